//! Who reacted.

use tidings_protocol::UserId;

/// So many names are read out.
pub const NAMED_IN_SHORT: usize = 4;
/// So many names are shown to whoever wants to know.
pub const NAMED_AT_LENGTH: usize = 24;

/// Those who reacted, oneself first; names beyond `most` become "and 4 others". `name` says what somebody is called, and
/// "You" for oneself.
#[must_use]
pub fn reacted(users: &[UserId], me: UserId, most: usize, name: impl Fn(UserId) -> String) -> String {
    let mine = users.iter().filter(|user| **user == me);
    let others = users.iter().filter(|user| **user != me);
    let mut names: Vec<String> = mine.chain(others).take(most).map(|user| name(*user)).collect();
    let rest = users.len().saturating_sub(most);
    match rest {
        0 => {}
        1 => names.push("1 other".to_owned()),
        rest => names.push(format!("{rest} others")),
    }
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        Some(only) => only,
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ME: UserId = UserId(Uuid::from_u128(1));

    fn named(numbers: &[u128]) -> String {
        let users: Vec<UserId> = numbers
            .iter()
            .map(|number| UserId(Uuid::from_u128(*number)))
            .collect();
        reacted(&users, ME, NAMED_IN_SHORT, |user| {
            if user == ME {
                "You".to_owned()
            } else {
                format!("P{}", user.0.as_u128())
            }
        })
    }

    #[test]
    fn oneself_comes_first_and_many_are_counted() {
        assert_eq!(named(&[]), "");
        assert_eq!(named(&[2]), "P2");
        assert_eq!(named(&[2, 1]), "You and P2");
        assert_eq!(named(&[2, 3, 4, 1]), "You, P2, P3 and P4");
        assert_eq!(named(&[2, 3, 4, 5, 1]), "You, P2, P3, P4 and 1 other");
        assert_eq!(named(&[2, 3, 4, 5, 6, 1]), "You, P2, P3, P4 and 2 others");
    }
}
