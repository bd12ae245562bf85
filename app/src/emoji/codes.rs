//! Short codes in a text: `:tada:`.

use std::ops::Range;

use tidings_protocol::markup;

use super::Table;

/// Longest short code; the longest that there is has 46 characters.
const CODE_MAX: usize = 64;

/// Whether a character may stand in a short code.
pub(crate) fn is_of_code(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '+' | '-')
}

/// Whether a short code may begin after this character: `12:30` and `std::mem` have none.
pub(crate) fn may_follow(before: Option<char>) -> bool {
    before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, ':' | '/' | '`' | '\\'))
}

/// Whether a text may hold a short code, so that the table is wanted.
#[must_use]
pub fn may_hold_code(text: &str) -> bool {
    places(text).next().is_some()
}

/// A text with its short codes replaced by their emoji; code stays as it is.
#[must_use]
pub fn written_out(text: &str, table: &Table) -> String {
    let spans = code_spans(text);
    let is_code = |place: &Range<usize>| {
        spans.iter().any(|span| span.contains(&place.start))
            || markup::ends_in_code(text.get(..place.start).unwrap_or_default())
    };
    let mut written = String::with_capacity(text.len());
    let mut done = 0;
    for place in places(text) {
        let name = text.get(place.start + 1..place.end - 1).unwrap_or_default();
        if let Some(symbol) = table.of_code(name)
            && !is_code(&place)
        {
            written.push_str(text.get(done..place.start).unwrap_or_default());
            written.push_str(&symbol.emoji);
            done = place.end;
        }
    }
    written.push_str(text.get(done..).unwrap_or_default());
    written
}

/// What stands between two runs of as many backticks.
fn code_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut opened: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('`')) {
        let start = at + found;
        let length = text
            .get(start..)
            .map_or(1, |rest| rest.bytes().take_while(|c| *c == b'`').count());
        at = start + length;
        match opened.iter().position(|(_, opened)| *opened == length) {
            Some(place) => {
                spans.push(opened[place].0..start);
                // What stands inside opens nothing.
                opened.clear();
            }
            None => opened.push((at, length)),
        }
    }
    spans
}

/// Where something stands that has the form of a short code, colons included.
fn places(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + text.get(from..)?.find(':')?;
            let inside = text.get(start + 1..)?;
            let length = inside.find(|c| !is_of_code(c)).unwrap_or(inside.len());
            let end = start + 1 + length;
            let follows_code = start == from && start > 0;
            let before = text.get(..start)?.chars().next_back();
            let is_closed = text.get(end..)?.starts_with(':');
            let after = text.get(end..)?.chars().nth(1);
            let fits = (1..=CODE_MAX).contains(&length)
                && is_closed
                && (follows_code || may_follow(before))
                && after.is_none_or(|c| !c.is_alphanumeric());
            if fits {
                from = end + 1;
                return Some(start..from);
            }
            // Never where a code has just ended, which the next look would take for one.
            from = start + 1;
            if text.get(from..)?.starts_with(':') {
                from += text.get(from..)?.chars().take_while(|c| *c == ':').count();
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{super::table::tests::table, *};

    fn out(text: &str) -> String {
        written_out(text, &table())
    }

    #[test]
    fn codes_become_emoji_wherever_they_stand_alone() {
        assert_eq!(out(":tada:"), "🎉");
        assert_eq!(out("Done :tada: and (:+1:)!"), "Done 🎉 and (👍)!");
        assert_eq!(out(":tada::smile: :tada:"), "🎉😄 🎉");
        assert_eq!(out(":100:, or :nothing: of it"), "💯, or :nothing: of it");
    }

    #[test]
    fn what_only_looks_like_one_stays() {
        for text in [
            "12:100:30",
            "std::smile::x",
            "::smile::",
            "http://host:100:",
            "a:tada:",
            ":tada:b",
            ": tada:",
            ":Tada:",
            ":",
            "::",
            ":tada",
            "😄:é:",
        ] {
            assert_eq!(out(text), text, "{text}");
        }
    }

    #[test]
    fn code_stays_as_it_is() {
        for text in ["`:tada:`", "```\n:tada:\n```", "``a ` :tada:``"] {
            assert_eq!(out(text), text, "{text}");
        }
        assert_eq!(out("`:tada:` :tada:"), "`:tada:` 🎉");
        assert_eq!(out("a ` :tada:"), "a ` 🎉");
    }

    #[test]
    fn the_table_is_wanted_only_for_what_may_be_a_code() {
        assert!(may_hold_code("x :tada:"));
        assert!(!may_hold_code("at 12:30: come"));
        assert!(!may_hold_code("nothing"));
    }
}
