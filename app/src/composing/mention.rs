//! Completing a name after an `@`.

use std::ops::Range;

use tidings_protocol::{ThreadKind, User, UserId, limits, mention::EVERYBODY};

use super::{Change, Field};

/// Names offered at once.
const OFFERED: usize = 8;

/// The beginning of a name or a short code that the caret stands at the end of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where it stands, the `@` or the colon included, in bytes.
    pub place: Range<usize>,
    /// What is written of it, in lower case.
    pub name: String,
}

/// The name that is being written, if one is.
#[must_use]
pub fn asked(field: &Field<'_>) -> Option<Asked> {
    if !field.selected.is_empty() || super::is_in_code(field) {
        return None;
    }
    let before = field.before();
    let at = before.rfind('@')?;
    let name = before.get(at + 1..)?;
    let is_name = name.len() <= limits::USERNAME_MAX_CHARS
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let may_begin = before.get(..at)?.chars().next_back().is_none_or(|c| {
        !c.is_ascii_alphanumeric() && !matches!(c, '@' | '/' | '.' | '-' | '+' | '=' | '\\' | '`')
    });
    let ends = !field.after().starts_with(|c: char| c.is_ascii_alphanumeric());
    (is_name && may_begin && ends).then(|| Asked {
        place: at..field.selected.start,
        name: name.to_lowercase(),
    })
}

/// Whom to offer: those whose username or a word of whose name begins like that, usernames first. And in groups,
/// everybody.
#[must_use]
pub fn offered(asked: &Asked, members: &[User], me: UserId, kind: ThreadKind) -> Vec<Offer> {
    let name = asked.name.as_str();
    let others = || members.iter().filter(|user| user.id != me && user.active);
    let by_username = |user: &&User| user.username.as_str().starts_with(name);
    let by_name = |user: &&User| {
        let shown = user.display_name.as_str().to_lowercase();
        shown.starts_with(name) || shown.split_whitespace().any(|word| word.starts_with(name))
    };
    let everybody = EVERYBODY
        .iter()
        .take(1)
        .filter(|word| kind == ThreadKind::Group && word.starts_with(name))
        .map(|_| Offer::Everybody);
    others()
        .filter(by_username)
        .chain(others().filter(|user| by_name(user) && !by_username(user)))
        .map(|user| Offer::Person(user.clone()))
        .chain(everybody)
        .take(OFFERED)
        .collect()
}

/// What can be put in the place of what is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// A member.
    Person(User),
    /// Every member.
    Everybody,
    /// An emoji.
    Symbol {
        /// The emoji, in the skin tone that the person prefers.
        emoji: String,
        /// What is written for it, colons included.
        code: String,
    },
}

impl Offer {
    /// How it is written: a name after an `@`, or a code between colons.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Person(user) => format!("@{}", user.username.as_str()),
            Self::Everybody => "@all".to_owned(),
            Self::Symbol { code, .. } => code.clone(),
        }
    }

    /// What is put in for it.
    fn text(&self) -> String {
        match self {
            Self::Person(_) | Self::Everybody => self.code(),
            Self::Symbol { emoji, .. } => emoji.clone(),
        }
    }
}

/// Puts an offer in the place of what was asked for.
#[must_use]
pub fn completed(asked: &Asked, offer: &Offer) -> Change {
    Change::to(asked.place.clone(), format!("{} ", offer.text()))
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{AccountRole, DisplayName, Username};
    use uuid::Uuid;

    use super::{
        super::testing::{field, on},
        *,
    };

    fn name(text: &str) -> Option<String> {
        let (text, selected) = field(text);
        asked(&Field {
            text: &text,
            selected,
        })
        .map(|asked| asked.name)
    }

    fn person(number: u128, username: &str, display_name: &str) -> User {
        User {
            id: UserId(Uuid::from_u128(number)),
            username: Username::new(username).unwrap(),
            display_name: DisplayName::new(display_name).unwrap(),
            role: AccountRole::Staff,
            active: true,
            last_seen: None,
        }
    }

    fn names(written: &str, kind: ThreadKind) -> Vec<String> {
        let members = [
            person(1, "ana", "Ana Torres"),
            person(2, "ben", "Ben Okafor"),
            person(3, "chidi", "Bento Chidi"),
            person(4, "dara", "Dara Benson"),
        ];
        let (text, selected) = field(written);
        let asked = asked(&Field {
            text: &text,
            selected,
        })
        .unwrap();
        let offers = offered(&asked, &members, UserId(Uuid::from_u128(1)), kind);
        offers.iter().map(|offer| offer.code().split_off(1)).collect()
    }

    #[test]
    fn a_name_is_asked_for_while_it_is_written() {
        assert_eq!(name("hi @|"), Some(String::new()));
        assert_eq!(name("@Be|"), Some("be".to_owned()));
        assert_eq!(name("(@b.c|)"), Some("b.c".to_owned()));
        for text in [
            "ana@|",
            "@a b|",
            "@a|b",
            "```\n@|",
            "|@",
            "|@a|",
            "\\@|",
            "https://x/@|",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn members_are_offered_by_username_and_by_name_but_not_oneself() {
        assert_eq!(names("@|", ThreadKind::Direct), ["ben", "chidi", "dara"]);
        assert_eq!(names("@ben|", ThreadKind::Group), ["ben", "chidi", "dara"]);
        assert_eq!(names("@a|", ThreadKind::Group), ["all"]);
        assert_eq!(names("@a|", ThreadKind::Direct), [""; 0]);
    }

    #[test]
    fn a_name_that_is_chosen_is_written_out() {
        let chosen = on("hi @be| there", |field| {
            let offer = Offer::Person(person(2, "ben", "Ben Okafor"));
            Some(completed(&asked(field)?, &offer))
        });
        assert_eq!(chosen.unwrap(), "hi @ben | there");
    }
}
