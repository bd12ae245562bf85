//! Messages: what was said, by whom, and its place in the thread.

use serde::{Deserialize, Serialize};

use crate::{
    emoji::Emoji,
    id::{LocalId, MessageId, ThreadId, UserId},
    limits,
    text::{TextError, validated},
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
    /// When the server stored it.
    pub sent_at: Timestamp,
    /// When its text was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Who reacted how, in the order in which each kind first came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// How often it has changed since it was stored. Of two states of one message, the higher one is the newer.
    #[serde(default)]
    pub revision: u32,
}

impl Message {
    /// Whether it counts as unread by those who have not read it: what the thread says of itself doesn't.
    #[must_use]
    pub fn counts(&self) -> bool {
        !matches!(self.content, Content::Notice { .. })
    }
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
    /// A change of the thread itself, told in its place among the messages. The sender is who made it.
    Notice {
        /// What changed.
        notice: Notice,
    },
    /// Nothing any more: it was deleted, and only its place is left.
    Deleted,
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
            Self::Notice { .. } | Self::Deleted | Self::Unknown => "",
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
    /// Somebody was brought in.
    Added {
        /// Whom.
        user: UserId,
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
        title: String,
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
    fn a_body_has_no_nul() {
        assert_eq!(Body::new("a\0b"), Err(TextError::Forbidden { field: "Message" }));
    }
}
