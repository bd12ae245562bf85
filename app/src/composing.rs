//! What keys do to a text while it is written: pure functions from a field to a change of it.
//!
//! Knows nothing of browsers: `components/composer` reads the field, and makes the change in a way that can be undone.

mod lines;
mod mention;
mod short_code;
mod suggestion;
mod wrapping;

use std::ops::Range;

pub use lines::{is_in_code, next_line};
pub use mention::{Asked, Offer, asked, completed, offered};
pub use short_code::{asked_code, offered_symbols};
pub use suggestion::added;
pub use wrapping::{Wrap, linked, wrapped};

/// A text field: what is in it and what is selected, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'t> {
    /// The text.
    pub text: &'t str,
    /// What is selected; empty where the caret stands.
    pub selected: Range<usize>,
}

impl<'t> Field<'t> {
    /// A field as a browser describes it, which counts in UTF-16 units.
    #[must_use]
    pub fn new(text: &'t str, start: u32, end: u32) -> Self {
        let start = byte_at(text, start);
        Self {
            text,
            selected: start..byte_at(text, end).max(start),
        }
    }

    fn before(&self) -> &'t str {
        self.text.get(..self.selected.start).unwrap_or_default()
    }

    /// What is selected.
    #[must_use]
    pub fn inside(&self) -> &'t str {
        self.text.get(self.selected.clone()).unwrap_or_default()
    }

    fn after(&self) -> &'t str {
        self.text.get(self.selected.end..).unwrap_or_default()
    }
}

/// A change of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What is replaced, in bytes.
    pub replaced: Range<usize>,
    /// By what.
    pub by: String,
    /// What is selected afterwards, in bytes of the text afterwards.
    pub selected: Range<usize>,
}

impl Change {
    /// Puts `by` in, with the caret after it.
    fn to(replaced: Range<usize>, by: String) -> Self {
        let caret = replaced.start + by.len();
        Self {
            replaced,
            by,
            selected: caret..caret,
        }
    }

    /// The text afterwards.
    #[must_use]
    pub fn applied(&self, text: &str) -> String {
        let before = text.get(..self.replaced.start).unwrap_or_default();
        let after = text.get(self.replaced.end..).unwrap_or_default();
        format!("{before}{}{after}", self.by)
    }
}

/// Puts something in where the caret stands, instead of what is selected.
#[must_use]
pub fn inserted(field: &Field<'_>, text: &str) -> Change {
    Change::to(field.selected.clone(), text.to_owned())
}

/// Where in a text so many UTF-16 units are over.
fn byte_at(text: &str, units: u32) -> usize {
    let mut left = units as usize;
    for (at, c) in text.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.saturating_sub(c.len_utf16());
    }
    text.len()
}

/// How many UTF-16 units a text has up to a byte.
#[must_use]
pub fn units_at(text: &str, byte: usize) -> u32 {
    let units = text.get(..byte).unwrap_or(text).encode_utf16().count();
    u32::try_from(units).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod testing {
    use super::{Change, Field};

    /// A text with `|` at both ends of what is selected, or one where the caret is.
    pub(super) fn field(marked: &str) -> (String, std::ops::Range<usize>) {
        let start = marked.find('|').expect("a mark");
        let text = marked.replacen('|', "", 1);
        let end = text.find('|').unwrap_or(start);
        (text.replacen('|', "", 1), start..end)
    }

    pub(super) fn on(marked: &str, change: impl FnOnce(&Field<'_>) -> Option<Change>) -> Option<String> {
        let (text, selected) = field(marked);
        let change = change(&Field {
            text: &text,
            selected,
        })?;
        let mut text = change.applied(&text);
        text.insert(change.selected.end, '|');
        if change.selected.start != change.selected.end {
            text.insert(change.selected.start, '|');
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_count_in_utf16() {
        let text = "é👋x";
        assert_eq!(Field::new(text, 1, 3).inside(), "👋");
        assert_eq!(Field::new(text, 9, 9).selected, 7..7);
        assert_eq!(units_at(text, 6), 3);
        for units in 0..6 {
            assert!(text.is_char_boundary(byte_at(text, units)));
        }
    }
}
