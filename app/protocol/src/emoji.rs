//! Emoji, as people react with them.

use serde::{Deserialize, Serialize};

use crate::{
    limits,
    text::{TextError, validated},
};

/// One emoji, as far as its form says. Whether it is one that Unicode recommends is the server's to know, so that a
/// device can read emoji that are newer than itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Emoji(String);
validated!(Emoji);

impl Emoji {
    /// Checks `text`.
    ///
    /// # Errors
    /// [`TextError`] saying what is wrong.
    pub fn new(text: &str) -> Result<Self, TextError> {
        const FIELD: &str = "Emoji";
        if text.is_empty() {
            return Err(TextError::Empty { field: FIELD });
        }
        if text.len() > limits::EMOJI_MAX_BYTES {
            return Err(TextError::TooLong {
                field: FIELD,
                limit: limits::EMOJI_MAX_BYTES,
                unit: "bytes",
            });
        }
        if text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c.is_ascii_alphabetic())
        {
            return Err(TextError::Forbidden { field: FIELD });
        }
        Ok(Self(text.to_owned()))
    }
}
