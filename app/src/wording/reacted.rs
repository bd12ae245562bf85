//! Who reacted.

use tidings_protocol::UserId;

/// Names beyond this many become "and 4 others".
const NAMED: usize = 24;

/// Those who reacted, oneself first. `name` says what somebody is called, and "You" for oneself.
#[must_use]
pub fn reacted(users: &[UserId], me: UserId, name: impl Fn(UserId) -> String) -> String {
    let mine = users.iter().filter(|user| **user == me);
    let others = users.iter().filter(|user| **user != me);
    let mut names: Vec<String> = mine.chain(others).take(NAMED).map(|user| name(*user)).collect();
    let rest = users.len().saturating_sub(NAMED);
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
        reacted(&users, ME, |user| {
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
        let many = |count: u128| named(&(1..=count).rev().collect::<Vec<_>>());
        assert!(many(24).starts_with("You, P24, P23") && many(24).ends_with(", P3 and P2"));
        assert!(many(25).ends_with(", P3 and 1 other"));
        assert!(many(26).ends_with(", P4 and 2 others"));
    }
}
