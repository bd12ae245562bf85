//! Sentences that say what a device knows: pure functions, so that each wording is tested by itself.

mod connection;
mod content;
mod duration;
mod last_seen;
mod own_settings;
mod progress;
mod push;
mod reacted;
mod receipts;
mod refused;
mod roles;
mod typing;

pub use connection::{Blockage, blockage, carried_by, round_trip};
pub use content::{excerpt, preview, told};
pub use duration::{clock_time, spoken_time};
pub use last_seen::last_seen;
pub use own_settings::{MUTES, level_name, muted_until, silence};
pub use progress::{Tick, tick};
pub use push::{PushHere, browser_name, push_obstacle, push_outcome, push_problem};
pub use reacted::reacted;
pub use receipts::read_by;
pub use refused::refused;
pub use roles::{role_label, what_history_means};
pub use typing::typing;

use tidings_protocol::{Title, User};

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

/// What a thread is called for one of its members: its name if it has one, else the names of the others.
#[must_use]
pub fn thread_name(title: Option<&Title>, others: &[User]) -> String {
    if let Some(title) = title {
        return title.as_str().to_owned();
    }
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

/// What a device has not sent yet; `None` when it has sent everything.
#[must_use]
pub fn waiting(messages: usize, changes: usize) -> Option<String> {
    let said = (messages > 0).then(|| counted(messages, "unsent message", "unsent messages"));
    let made = (changes > 0).then(|| counted(changes, "unsent change", "unsent changes"));
    match (said, made) {
        (Some(said), Some(made)) => Some(format!("{said} and {made}")),
        (said, made) => said.or(made),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_counted_by_kind() {
        assert_eq!(waiting(0, 0), None);
        assert_eq!(waiting(2, 0).as_deref(), Some("2 unsent messages"));
        assert_eq!(waiting(0, 1).as_deref(), Some("1 unsent change"));
        assert_eq!(
            waiting(1, 2).as_deref(),
            Some("1 unsent message and 2 unsent changes")
        );
    }

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        assert_eq!(initials("Ana Maria Torres"), "AT");
        assert_eq!(initials("élodie"), "É");
        assert_eq!(initials("(Dr) Ben"), "DB");
        assert_eq!(initials("👋"), "");
    }
}
