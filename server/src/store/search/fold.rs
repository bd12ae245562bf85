//! What counts as the same when texts are compared: case never, accents on Latin letters if a word is long enough, the
//! kinds of apostrophes and of white space never.

use std::ops::Range;

use unicode_normalization::char::decompose_canonical;

use super::Needle;

/// Ways to write an apostrophe.
const APOSTROPHES: [char; 4] = ['\'', '’', '‘', 'ʼ'];

/// All ways in which a character is written.
pub(super) fn spelled(c: char) -> Vec<char> {
    match APOSTROPHES.contains(&c) {
        true => APOSTROPHES.to_vec(),
        false => vec![c],
    }
}

/// Whether a character only puts an accent on the one before it.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// A character as it counts where case doesn't.
fn caseless(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    match c {
        c if APOSTROPHES.contains(&c) => '\'',
        c => c.to_lowercase().next().unwrap_or(c),
    }
}

/// A character as it counts where neither case nor accents do.
pub(super) fn folded(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut base = None;
    let mut plain = true;
    decompose_canonical(c, |part| match base {
        None => base = Some(part),
        Some(_) => plain &= is_mark(part),
    });
    caseless(base.filter(|base| plain && base.is_ascii()).unwrap_or(c))
}

/// A text made ready to be looked through.
pub struct Hay {
    /// Each character as it counts with accents and without, and the bytes of the text that it stands for.
    chars: Vec<(char, char, Range<usize>)>,
}

impl Hay {
    /// Folds a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut chars: Vec<(char, char, Range<usize>)> = Vec::with_capacity(text.len());
        for (start, c) in text.char_indices() {
            let end = start + c.len_utf8();
            let blank = c.is_whitespace() || c.is_control();
            match chars.last_mut() {
                Some((_, _, range)) if is_mark(c) => range.end = end,
                Some((' ', _, range)) if blank => range.end = end,
                _ if blank => chars.push((' ', ' ', start..end)),
                _ => chars.push((caseless(c), folded(c), start..end)),
            }
        }
        Self { chars }
    }

    /// Where a needle is, as ranges of bytes of the text that don't overlap, in order.
    #[must_use]
    pub fn find(&self, needle: &Needle) -> Vec<Range<usize>> {
        let loose = needle.has_triples();
        let sought: Vec<char> = needle
            .chars()
            .map(if loose { folded } else { caseless })
            .collect();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(here) = self.chars.get(at..at + sought.len()) {
            let is_same = here
                .iter()
                .zip(&sought)
                .all(|((cased, plain, _), sought)| (if loose { plain } else { cased }) == sought);
            match (is_same, here.first(), here.last()) {
                (true, Some((_, _, first)), Some((_, _, last))) => {
                    found.push(first.start..last.end);
                    at += sought.len();
                }
                _ => at += 1,
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(text: &'t str, term: &str) -> Vec<&'t str> {
        let hay = Hay::new(text);
        let ranges = hay.find(&Needle::new(term).unwrap());
        ranges.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn case_does_not_count() {
        assert_eq!(found("The ROOM, a room", "Room"), ["ROOM", "room"]);
        assert_eq!(found("ÜBER über", "Über"), ["ÜBER", "über"]);
        assert_eq!(found("İstanbul", "istanbul"), ["İstanbul"]);
    }

    #[test]
    fn accents_count_in_short_words_only() {
        assert_eq!(found("Ein Café, cafe\u{301}", "cafe"), ["Café", "cafe\u{301}"]);
        assert_eq!(found("cafe", "Café"), ["cafe"]);
        assert_eq!(found("dà da", "da"), ["da"]);
        assert_eq!(found("Việt", "viet"), ["Việt"]);
    }

    #[test]
    fn letters_that_only_look_alike_differ() {
        assert_eq!(
            found("각", "가"),
            [""; 0],
            "a syllable is not the one it begins with"
        );
        assert_eq!(found("がくせい", "かくせい"), [""; 0]);
        assert_eq!(found("йод", "иод"), [""; 0]);
    }

    #[test]
    fn words_of_a_phrase_may_stand_on_two_lines() {
        assert_eq!(found("next \r\n week", "next week"), ["next \r\n week"]);
        assert_eq!(found("nextweek", "next week"), [""; 0]);
        assert_eq!(found("I don’t", "don't"), ["don’t"]);
    }

    #[test]
    fn what_is_found_does_not_overlap() {
        assert_eq!(found("aaaaa", "aa"), ["aa", "aa"]);
        assert_eq!(found("", "a"), [""; 0]);
        assert_eq!(found("会议和会", "会"), ["会", "会"]);
    }
}
