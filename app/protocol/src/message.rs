//! Messages: what was said, by whom, and its place in the thread.

use serde::{Deserialize, Serialize};

use crate::{
    attachment::Attachment,
    emoji::Emoji,
    id::{LocalId, MessageId, ThreadId, UserId},
    limits,
    preview::LinkPreview,
    text::{TextError, validated},
    thread::{MemberRole, Title},
    time::Timestamp,
};

/// Place of a message in its thread: 1, 2, 3, … without gaps, given by the server in commit order.
///
/// Everyone sees a thread in this order; no clock decides it. Zero is "before the first message".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub i64);

impl Seq {
    /// Before the first message.
    pub const ZERO: Self = Self(0);

    /// The place after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The place before this one; before the first message there is nothing more.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1).max(0))
    }

    /// Whether it is before the first message.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its identity.
    pub id: MessageId,
    /// The thread it was said in.
    pub thread: ThreadId,
    /// Its place in the thread.
    pub seq: Seq,
    /// Who said it.
    pub sender: UserId,
    /// The id the sender's device gave it; ties the bubble already on screen to this row.
    pub local_id: LocalId,
    /// What was said, as it stands now.
    pub content: Content,
    /// The message of the same thread that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    /// Whether it repeats what was said elsewhere. By whom and where is not told: those who said it spoke to others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forwarded: bool,
    /// When the server stored it.
    pub sent_at: Timestamp,
    /// When its text was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Who reacted how, in the order in which each kind first came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// What the first page that its text links to says of itself. It comes some time after the message, if it comes, and
    /// is no edit. Boxed, since most messages have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Box<LinkPreview>>,
    /// How often it has changed since it was stored. Of two states of one message, the higher one is the newer.
    #[serde(default)]
    pub revision: u32,
}

impl Message {
    /// Whether it counts as unread by those who have not read it: what the thread says of itself doesn't, nor what was deleted,
    /// nor what they have hidden.
    #[must_use]
    pub fn counts(&self) -> bool {
        !matches!(
            self.content,
            Content::Notice { .. } | Content::Deleted | Content::Hidden
        )
    }

    /// Leaves only its place, as somebody sees it who has hidden it.
    pub fn hide(&mut self) {
        self.content = Content::Hidden;
        self.reply_to = None;
        self.edited_at = None;
        self.reactions.clear();
        self.preview = None;
    }
}

/// Has `user` among those who react with `emoji`, or no longer: a new kind comes last, a new person last of their kind,
/// and a kind that nobody has is gone.
pub fn set_reaction(reactions: &mut Vec<Reaction>, emoji: &Emoji, user: UserId, on: bool) {
    let kind = reactions.iter_mut().find(|kind| kind.emoji == *emoji);
    match (kind, on) {
        (Some(kind), true) if kind.users.contains(&user) => {}
        (Some(kind), true) => kind.users.push(user),
        (Some(kind), false) => kind.users.retain(|other| *other != user),
        (None, true) => reactions.push(Reaction {
            emoji: emoji.clone(),
            users: vec![user],
        }),
        (None, false) => {}
    }
    reactions.retain(|kind| !kind.users.is_empty());
}

/// What a message holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// Text that somebody wrote.
    Text {
        /// The text.
        body: Body,
    },
    /// Files that somebody sent.
    Files {
        /// What was written with them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<Body>,
        /// The files, in the order in which they are shown. One or more.
        attachments: Vec<Attachment>,
    },
    /// A change of the thread itself, told in its place among the messages. The sender is who made it.
    Notice {
        /// What changed.
        notice: Notice,
    },
    /// Nothing any more: it was deleted, and only its place is left.
    Deleted,
    /// Nothing for the person who sees this: they have hidden it from themselves, and only its place is left.
    Hidden,
    /// Something from a newer peer.
    #[serde(other)]
    Unknown,
}

impl Content {
    /// What somebody wrote; empty where nobody wrote anything.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text { body } => body.as_str(),
            Self::Files { caption, .. } => caption.as_ref().map_or("", Body::as_str),
            Self::Notice { .. } | Self::Deleted | Self::Hidden | Self::Unknown => "",
        }
    }

    /// What a message with this text and these files holds; `None` without either.
    #[must_use]
    pub fn new(body: Option<Body>, attachments: Vec<Attachment>) -> Option<Self> {
        match (body, attachments.is_empty()) {
            (Some(body), true) => Some(Self::Text { body }),
            (None, true) => None,
            (caption, false) => Some(Self::Files { caption, attachments }),
        }
    }

    /// The same with another text, as an edit leaves it.
    #[must_use]
    pub fn edited(self, body: Body) -> Self {
        match self {
            Self::Files { attachments, .. } => Self::Files {
                caption: Some(body),
                attachments,
            },
            Self::Text { .. } | Self::Notice { .. } | Self::Deleted | Self::Hidden | Self::Unknown => {
                Self::Text { body }
            }
        }
    }

    /// The files; none where there can be none.
    #[must_use]
    pub fn attachments(&self) -> &[Attachment] {
        match self {
            Self::Files { attachments, .. } => attachments,
            Self::Text { .. } | Self::Notice { .. } | Self::Deleted | Self::Hidden | Self::Unknown => &[],
        }
    }

    /// Whether somebody said it, so that it can be answered, edited, deleted and reacted to.
    #[must_use]
    pub fn is_said(&self) -> bool {
        match self {
            Self::Text { .. } | Self::Files { .. } => true,
            Self::Notice { .. } | Self::Deleted | Self::Hidden | Self::Unknown => false,
        }
    }
}

impl From<Body> for Content {
    fn from(body: Body) -> Self {
        Self::Text { body }
    }
}

/// What changed about a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Notice {
    /// The group was made.
    Created,
    /// People were brought in.
    Added {
        /// Whom.
        users: Vec<UserId>,
    },
    /// Somebody was taken out.
    Removed {
        /// Whom.
        user: UserId,
    },
    /// The sender left.
    Left,
    /// The group has another name.
    Renamed {
        /// The new one.
        title: Title,
    },
    /// Somebody may do more or less in the group from now on.
    RoleChanged {
        /// Who.
        user: UserId,
        /// What they are now.
        role: MemberRole,
    },
    /// Something from a newer peer.
    #[serde(other)]
    Unknown,
}

/// One kind of reaction to a message, and who has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// Which.
    pub emoji: Emoji,
    /// Who, in the order in which they reacted. Never empty.
    pub users: Vec<UserId>,
}

/// Validated text of a message: surrounding white space removed, not empty, no NUL, at most
/// [`limits::BODY_MAX_BYTES`] of UTF-8.
///
/// The only way to make message text, so both ends refuse the same things:
///
/// ```
/// use tidings_protocol::Body;
/// assert_eq!(Body::new("  hello\nyou ").unwrap().as_str(), "hello\nyou");
/// assert!(Body::new(" \n\t ").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Body(String);
validated!(Body);

impl Body {
    /// Checks and trims `text`.
    ///
    /// # Errors
    /// [`TextError`] saying what is wrong.
    pub fn new(text: &str) -> Result<Self, TextError> {
        const FIELD: &str = "Message";
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty { field: FIELD });
        }
        if text.len() > limits::BODY_MAX_BYTES {
            return Err(TextError::TooLong {
                field: FIELD,
                limit: limits::BODY_MAX_BYTES,
                unit: "bytes",
            });
        }
        // NUL can't be stored in a PostgreSQL text.
        if text.contains('\0') {
            return Err(TextError::Forbidden { field: FIELD });
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_trimmed_and_keeps_its_lines() {
        assert_eq!(
            Body::new("\n one\r\n\ttwo \u{a0}").unwrap().as_str(),
            "one\r\n\ttwo"
        );
    }

    #[test]
    fn a_body_needs_something_to_show() {
        for text in ["", " ", "\n\t \u{2003}"] {
            assert_eq!(
                Body::new(text),
                Err(TextError::Empty { field: "Message" }),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_body_is_measured_in_bytes_after_trimming() {
        let longest = "é".repeat(limits::BODY_MAX_BYTES / 2);
        assert!(Body::new(&format!("  {longest}  ")).is_ok());
        let error = Body::new(&format!("{longest}x")).unwrap_err();
        assert_eq!(error.to_string(), "Message is too long: at most 16384 bytes");
    }

    #[test]
    fn a_kind_of_reaction_keeps_its_place_as_long_as_somebody_has_it() {
        let (party, eyes) = (Emoji::new("🎉").unwrap(), Emoji::new("👀").unwrap());
        let [ana, ben] = [1, 2].map(|number| UserId(uuid::Uuid::from_u128(number)));
        let mut reactions = Vec::new();
        for (emoji, user, on) in [
            (&party, ana, true),
            (&eyes, ana, true),
            (&party, ben, true),
            (&party, ben, true),
            (&party, ana, false),
            (&eyes, ben, false),
        ] {
            set_reaction(&mut reactions, emoji, user, on);
        }
        let kinds: Vec<_> = reactions
            .iter()
            .map(|kind| (kind.emoji.as_str(), &kind.users[..]))
            .collect();
        assert_eq!(kinds, [("🎉", &[ben][..]), ("👀", &[ana][..])]);
        set_reaction(&mut reactions, &eyes, ana, false);
        assert_eq!(reactions.len(), 1);
    }

    #[test]
    fn a_body_has_no_nul() {
        assert_eq!(Body::new("a\0b"), Err(TextError::Forbidden { field: "Message" }));
    }
}
