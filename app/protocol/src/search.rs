//! What people search messages for, and how they write it: `from:ana "next week" after:2026-11-01`.
//!
//! [`parse`] reads what was typed and never refuses: a half-written filter is left out, and what can't be understood
//! is told as a [`Puzzle`]. Dates mean days where the person is, so only their device can turn [`Written`] into a
//! [`Query`].

mod parsing;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

pub use parsing::{Puzzle, Typing, Written, parse, quoted, typing};

/// What messages are searched for. A message is found if it contains all `terms` and fits every kind of filter that is
/// there; several filters of one kind widen it to what any of them allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Each a part of a word, or a phrase. Case doesn't matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<String>,
    /// Whose messages: a username, a part of a name, or `me`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// In which threads: a part of their name, or the id of one.
    #[serde(default, rename = "in", skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<String>,
    /// In threads about which clients: a part of a name or reference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client: Vec<String>,
    /// Sent before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Timestamp>,
    /// Sent at this time or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Timestamp>,
    /// With what attached to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub has: Vec<Attached>,
}

impl Query {
    /// Whether it asks for nothing, so that nothing is found by it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What can be attached to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attached {
    /// A file of any kind.
    File,
    /// An image.
    Image,
    /// A recorded voice.
    Voice,
}

impl Attached {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::File, Self::Image, Self::Voice];

    /// The word for it after `has:`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Image => "image",
            Self::Voice => "voice",
        }
    }
}

/// A filter, by the word that begins it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Filter {
    /// `from:`
    From,
    /// `in:`
    In,
    /// `client:`
    Client,
    /// `before:`
    Before,
    /// `after:`
    After,
    /// `has:`
    Has,
}

impl Filter {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::From,
        Self::In,
        Self::Client,
        Self::Before,
        Self::After,
        Self::Has,
    ];

    /// The word before the colon.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::In => "in",
            Self::Client => "client",
            Self::Before => "before",
            Self::After => "after",
            Self::Has => "has",
        }
    }
}

/// Where a search stands: it goes on with older messages from here. What it counts is the server's own matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Place(pub i64);

/// A calendar day, without a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Gregorian year, 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl Date {
    /// Reads `2026-11-03`, `2026-11` (its first day) or `2026`; slashes and dots do as well.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(['-', '/', '.']);
        let mut number = |longest: usize| match parts.next() {
            None => Some(None),
            Some(part) if (1..=longest).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()) => {
                part.parse::<u16>().ok().map(Some)
            }
            Some(_) => None,
        };
        let (year, month, day) = (number(4)??, number(2)?, number(2)?);
        if parts.next().is_some() || year < 1000 {
            return None;
        }
        let small = |part: Option<u16>| u8::try_from(part.unwrap_or(1)).ok();
        let date = Self {
            year,
            month: small(month)?,
            day: small(day)?,
        };
        date.is_there().then_some(date)
    }

    fn is_there(self) -> bool {
        let leap =
            self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            _ => 0,
        };
        (1..=days).contains(&self.day)
    }

    /// The first moment of the day in UTC: for programs, which are nowhere.
    #[must_use]
    pub fn begins_in_utc(self) -> Timestamp {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        // Days since 1970-01-01, by Howard Hinnant's `days_from_civil`.
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
        Timestamp((era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468) * DAY)
    }
}

/// Whether a term has something that can be searched for: a letter, a digit, or a sign such as an emoji. Punctuation
/// alone would find nearly everything.
#[must_use]
pub fn is_searchable(term: &str) -> bool {
    term.chars().any(|c| {
        let is_sign = c >= '\u{2190}' && !matches!(c, '\u{2e00}'..='\u{303f}' | '\u{fe00}'..='\u{ff0f}');
        c.is_alphanumeric() || (is_sign && !c.is_whitespace())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: u16, month: u8, day: u8) -> Option<Date> {
        Some(Date { year, month, day })
    }

    #[test]
    fn a_date_is_read_as_people_write_it() {
        assert_eq!(Date::parse("2026-11-03"), date(2026, 11, 3));
        assert_eq!(Date::parse("2026/1/3"), date(2026, 1, 3));
        assert_eq!(Date::parse("2026-02"), date(2026, 2, 1));
        assert_eq!(Date::parse("2026"), date(2026, 1, 1));
        assert_eq!(Date::parse("2024-02-29"), date(2024, 2, 29));
    }

    #[test]
    fn a_day_that_never_was_is_no_date() {
        for text in [
            "",
            "-",
            "2026-",
            "2026-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-11-31",
            "2026-11-03-1",
            "26-11-03",
            "yesterday",
            "+026-1-1",
            "20260-1-1",
            "2026-١-1",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight() {
        let begins = |text| Date::parse(text).unwrap().begins_in_utc().0;
        assert_eq!(begins("1970-01-01"), 0);
        assert_eq!(begins("2000-02-29"), 951_782_400_000);
        assert_eq!(begins("2023-11-14"), 1_699_920_000_000);
    }

    #[test]
    fn punctuation_alone_can_not_be_searched_for() {
        for term in ["C++", "50%", "don't", "é", "会", "🎉", "→", "½", "ß", "٣"] {
            assert!(is_searchable(term), "{term}");
        }
        for term in [
            "", " ", "++", "%", "_", "\\", "…", "“”", "、。", "\u{fe0f}", "\0", "-- '",
        ] {
            assert!(!is_searchable(term), "{term:?}");
        }
    }
}
