//! The part of a text that shows why it was found.

use std::ops::Range;

use tidings_protocol::{limits, reply::Span};

/// Characters that lead up to the first hit.
const LEAD: usize = 40;

/// The part of `text` around the first of the ranges, on one line, with all of them that are in it. The ranges are bytes
/// of the text, in any order.
pub(super) fn snippet(text: &str, mut hits: Vec<Range<usize>>) -> Vec<Span> {
    hits.sort_by_key(|range| range.start);
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let (from, to) = part(&chars, hits.first().map_or(0, |range| range.start));
    let mut spans: Vec<Span> = Vec::new();
    let mut say = |c: char, hit: bool| match spans.last_mut() {
        Some(span) if span.hit == hit => span.text.push(c),
        _ => spans.push(Span {
            text: c.to_string(),
            hit,
        }),
    };
    if from > 0 {
        say('…', false);
    }
    let mut blank = true;
    for (at, c) in chars.iter().take(to).skip(from) {
        let is_hit = hits.iter().any(|range| range.contains(at));
        if !c.is_whitespace() && !c.is_control() {
            say(*c, is_hit);
        } else if !blank {
            say(' ', is_hit);
        }
        blank = c.is_whitespace() || c.is_control();
    }
    if to < chars.len() {
        say('…', false);
    }
    spans
}

/// The first and one after the last of the characters that are shown when the one at `byte` is to be.
fn part(chars: &[(usize, char)], byte: usize) -> (usize, usize) {
    if chars.len() <= limits::SNIPPET_CHARS {
        return (0, chars.len());
    }
    let hit = chars.partition_point(|(at, _)| *at < byte);
    let earliest = hit
        .saturating_sub(LEAD)
        .min(chars.len() - limits::SNIPPET_CHARS.min(chars.len()));
    // From the beginning of a word, if one is near.
    let from = chars
        .iter()
        .enumerate()
        .take(hit)
        .skip(earliest)
        .find(|(_, (_, c))| c.is_whitespace())
        .map_or(earliest, |(place, _)| place + 1);
    let from = if earliest == 0 { 0 } else { from };
    (from, (from + limits::SNIPPET_CHARS).min(chars.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, hits: &[&str]) -> String {
        let ranges = hits
            .iter()
            .map(|hit| {
                let start = text.find(hit).unwrap();
                start..start + hit.len()
            })
            .collect();
        let marked = |span: Span| {
            if span.hit {
                format!("[{}]", span.text)
            } else {
                span.text
            }
        };
        snippet(text, ranges).into_iter().map(marked).collect()
    }

    #[test]
    fn a_short_text_is_shown_whole_on_one_line() {
        assert_eq!(shown("The room\n\n is  free.", &["room"]), "The [room] is free.");
        assert_eq!(shown("room", &["room"]), "[room]");
        assert_eq!(shown("nothing is sought", &[]), "nothing is sought");
    }

    #[test]
    fn hits_that_overlap_are_one() {
        assert_eq!(shown("abcdef", &["cde", "bcd"]), "a[bcde]f");
        assert_eq!(shown("two three", &["three", "two"]), "[two] [three]");
    }

    #[test]
    fn a_long_text_is_shown_around_its_first_hit() {
        let text = format!("{} needle {}", "word ".repeat(100), "more ".repeat(100));
        let shown = shown(&text, &["needle"]);
        assert!(shown.starts_with("…word "), "{shown}");
        assert!(shown.contains("word [needle] more"), "{shown}");
        assert!(
            shown.ends_with('…') && shown.chars().count() <= limits::SNIPPET_CHARS + 4,
            "{shown}"
        );
    }

    #[test]
    fn both_ends_of_a_long_text_can_be_shown() {
        let text = format!("needle {} thread", "more ".repeat(100));
        assert!(shown(&text, &["needle"]).starts_with("[needle] more"));
        assert!(shown(&text, &["thread"]).ends_with("more [thread]"));
    }

    #[test]
    fn a_hit_that_is_longer_than_what_is_shown_is_cut() {
        let text = "会".repeat(1_000);
        assert_eq!(
            shown(&text, &[text.as_str()]).chars().count(),
            limits::SNIPPET_CHARS + 3
        );
    }
}
