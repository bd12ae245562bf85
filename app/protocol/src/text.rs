//! Text that people enter: one validator, so that the browser, the API and the socket refuse the same things.

use thiserror::Error;

/// Why a text was refused. The sentences are fit to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// Nothing is left after trimming white space.
    #[error("{field} is empty")]
    Empty {
        /// What was being entered, as it begins a sentence.
        field: &'static str,
    },
    /// More than the limit.
    #[error("{field} is too long: at most {limit} {unit}")]
    TooLong {
        /// What was being entered.
        field: &'static str,
        /// The most that is accepted.
        limit: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// Less than the minimum.
    #[error("{field} is too short: at least {limit} characters")]
    TooShort {
        /// What was being entered.
        field: &'static str,
        /// The least that is accepted.
        limit: usize,
    },
    /// A character that can't be stored or shown, such as NUL.
    #[error("{field} contains a character that can't be used")]
    Forbidden {
        /// What was being entered.
        field: &'static str,
    },
}

/// A one-line text such as a name: trimmed, not empty, without control characters.
///
/// # Errors
/// [`TextError`] saying what is wrong; `field` begins the sentence.
pub fn line(field: &'static str, text: &str, limit: usize) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty { field });
    }
    if text.chars().any(char::is_control) {
        return Err(TextError::Forbidden { field });
    }
    if text.chars().count() > limit {
        return Err(TextError::TooLong {
            field,
            limit,
            unit: "characters",
        });
    }
    Ok(text.to_owned())
}

/// Like [`line()`], but empty text means "none", and line breaks and tabs are allowed.
///
/// # Errors
/// [`TextError`] saying what is wrong; `field` begins the sentence.
pub fn optional(field: &'static str, text: &str, limit: usize) -> Result<Option<String>, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err(TextError::Forbidden { field });
    }
    if text.chars().count() > limit {
        return Err(TextError::TooLong {
            field,
            limit,
            unit: "characters",
        });
    }
    Ok(Some(text.to_owned()))
}

/// Whether a character shows nothing, or changes how those around it stand: what texts of strangers are shown without,
/// since with it `gpj.exe` is made to look like `exe.jpg`, and two texts that differ look the same.
///
/// Control characters, and what Unicode 17 lists as `Default_Ignorable_Code_Point` or `Bidi_Control`. The joiners U+200C and
/// U+200D and the variation selectors are none: emoji, Persian and the scripts of India are written with them.
///
/// ```
/// use tidings_protocol::text::is_invisible;
/// assert!(is_invisible('\u{202e}') && is_invisible('\u{7}'));
/// assert!("👩🏽\u{200d}⚕\u{fe0f}".chars().all(|c| !is_invisible(c)));
/// ```
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        )
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}')
        || matches!(c, '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

/// Implements a validated string newtype: construction through `new`, and the same check when deserialised.
macro_rules! validated {
    ($name:ident) => {
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::text::TextError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}
pub(crate) use validated;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_text_may_be_absent_and_may_have_lines() {
        assert_eq!(optional("Note", " \n ", 10), Ok(None));
        assert_eq!(optional("Note", "a\n\tb ", 10), Ok(Some("a\n\tb".to_owned())));
        assert_eq!(
            optional("Note", "a\u{7}", 10),
            Err(TextError::Forbidden { field: "Note" })
        );
    }

    #[test]
    fn the_refusal_names_the_field_and_the_limit() {
        assert_eq!(
            line("Name", "abcd", 3).unwrap_err().to_string(),
            "Name is too long: at most 3 characters"
        );
        assert_eq!(line("Name", " ", 3).unwrap_err().to_string(), "Name is empty");
    }
}
