//! Whom a text mentions: names after an `@`, outside of code and links.
//!
//! `@ana` may end a sentence, so dots, dashes and underscores at the end of a name are tried with and without:
//! `@ana.` is Ana, and also somebody whose username is `ana.`. Mentions matter only to members of the thread; whether
//! somebody is one is not known here.

use crate::{
    markup::{self, Inline},
    message::Content,
    thread::ThreadKind,
    user::Username,
};

/// What mentions everybody in a group.
pub const EVERYBODY: [&str; 2] = ["all", "everyone"];

/// The mentions of one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Names as written, in lower case, each once.
    names: Vec<String>,
}

impl Mentions {
    /// Those of a text.
    ///
    /// ```
    /// use tidings_protocol::{ThreadKind, Username, mention::Mentions};
    /// let (ana, ben) = (Username::new("ana").unwrap(), Username::new("ben").unwrap());
    /// let mentions = Mentions::of("Could you, @Ana? `@ben` is code, ben@example.org an address.");
    /// assert!(mentions.address(&ana, ThreadKind::Direct));
    /// assert!(!mentions.address(&ben, ThreadKind::Direct));
    /// ```
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut names = Vec::new();
        // Most texts have none, and reading all of a text is work.
        if text.contains('@') {
            markup::visit(&markup::parse(text), &mut |inline| {
                if let Inline::Mention(name) = inline {
                    let name = name.to_ascii_lowercase();
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            });
        }
        Self { names }
    }

    /// Those of what a message holds.
    #[must_use]
    pub fn in_content(content: &Content) -> Self {
        Self::of(content.text())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether a member of a thread of this kind, of this username, is mentioned.
    #[must_use]
    pub fn address(&self, username: &Username, kind: ThreadKind) -> bool {
        self.names
            .iter()
            .any(|name| readings(name).any(|name| name == username.as_str() || is_everybody(name, kind)))
    }
}

/// Whether a name means everybody in a thread of this kind. Where two talk there is nobody else to call.
#[must_use]
pub fn is_everybody(name: &str, kind: ThreadKind) -> bool {
    kind == ThreadKind::Group && EVERYBODY.contains(&name)
}

/// The usernames that a name after an `@` may stand for, longest first.
pub fn readings(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| name.strip_suffix(['.', '-', '_']))
        .filter(|name| name.len() >= crate::limits::USERNAME_MIN_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str, name: &str) -> bool {
        Mentions::of(text).address(&Username::new(name).unwrap(), ThreadKind::Direct)
    }

    #[test]
    fn a_name_after_an_at_is_a_mention_wherever_a_word_may_begin() {
        for text in [
            "@ana",
            "hi @ana",
            "@Ana, could you?",
            "(@ana)",
            "**@ana**",
            "_@ana_",
            "@ana.",
            "cc:@ana",
            "- @ana",
            "> @ana",
            "@ben @ana's",
            "„@ana“",
            "你好@ana你好",
        ] {
            assert!(address(text, "ana"), "{text}");
        }
    }

    #[test]
    fn an_address_a_longer_name_and_code_are_no_mentions() {
        for text in [
            "ana@ana.org",
            "@anabel",
            "`@ana`",
            "```\n@ana\n```",
            "@ana@example.org",
            "https://example.org/@ana",
            "[@ana](https://example.org)",
            "@anaé",
            "@@ana",
            "\\@ana",
            "@ ana",
            "ana",
            "x.@ana",
        ] {
            assert!(!address(text, "ana"), "{text}");
        }
    }

    #[test]
    fn marks_at_the_end_of_a_name_are_read_both_ways() {
        assert!(address("@ana.b-2_c...", "ana.b-2_c"));
        assert!(address("@ana_", "ana_"));
        assert!(address("@ana_", "ana"));
        assert!(!address("@ana.b", "ana"));
    }

    #[test]
    fn everybody_is_called_in_groups_only() {
        let ana = Username::new("ana").unwrap();
        for text in ["@all", "@Everyone: lunch!", "for @all."] {
            assert!(Mentions::of(text).address(&ana, ThreadKind::Group), "{text}");
            assert!(!Mentions::of(text).address(&ana, ThreadKind::Direct), "{text}");
        }
    }
}
