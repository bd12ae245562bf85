//! Sentences that say what a device knows: pure functions, so that each wording is tested by itself.

mod connection;
mod content;
mod last_seen;
mod progress;
mod reacted;
mod typing;

pub use connection::{Blockage, blockage, carried_by, round_trip};
pub use content::{preview, told};
pub use last_seen::last_seen;
pub use progress::{Tick, tick};
pub use reacted::reacted;
pub use typing::typing;

use tidings_protocol::User;

/// One or two letters that stand for a name: the first of its first and last word.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}

/// What a thread is called for one of its members: the names of the others.
#[must_use]
pub fn thread_name(others: &[User]) -> String {
    if others.is_empty() {
        return "Only you".to_owned();
    }
    let names: Vec<&str> = others.iter().map(|user| user.display_name.as_str()).collect();
    names.join(", ")
}

/// `1 message`, `2 messages`.
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        assert_eq!(initials("Ana Maria Torres"), "AT");
        assert_eq!(initials("élodie"), "É");
        assert_eq!(initials("(Dr) Ben"), "DB");
        assert_eq!(initials("👋"), "");
    }
}
