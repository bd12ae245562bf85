//! Reading what was typed into the search box.

use super::{Attached, Date, Filter, Query, is_searchable};
use crate::time::Timestamp;

/// What was typed, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Words and phrases.
    pub terms: Vec<String>,
    /// See [`Query::from`].
    pub from: Vec<String>,
    /// See [`Query::within`].
    pub within: Vec<String>,
    /// See [`Query::client`].
    pub client: Vec<String>,
    /// Sent before this day began.
    pub before: Option<Date>,
    /// Sent on this day or later.
    pub after: Option<Date>,
    /// See [`Query::has`].
    pub has: Vec<Attached>,
    /// What could not be understood. A search without it would find what was not asked for.
    pub puzzle: Option<Puzzle>,
}

/// A part of what was typed that can't be searched for. Its sentence is fit to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Puzzle {
    /// What comes after `before:` or `after:` is no date.
    #[error("“{0}” is not a date. Write it as 2026-11-03, 2026-11 or 2026.")]
    Date(String),
    /// What comes after `has:` is nothing that can be attached.
    #[error("“has:{0}” is not known. Search for has:file, has:image or has:voice.")]
    Attached(String),
    /// Nothing but punctuation.
    #[error("Punctuation alone can't be searched for. Add a letter or a digit.")]
    OnlyPunctuation,
}

impl Written {
    /// The search it stands for. `begins` says when a day begins where the person is.
    #[must_use]
    pub fn query(self, begins: impl Fn(Date) -> Timestamp) -> Query {
        Query {
            terms: self.terms,
            from: self.from,
            within: self.within,
            client: self.client,
            before: self.before.map(&begins),
            after: self.after.map(&begins),
            has: self.has,
        }
    }

    fn filter(&mut self, filter: Filter, value: String) {
        match filter {
            // Still being written.
            _ if value.trim().is_empty() => {}
            Filter::From => self.from.push(value),
            Filter::In => self.within.push(value),
            Filter::Client => self.client.push(value),
            Filter::Before | Filter::After => match (Date::parse(&value), filter) {
                (Some(date), Filter::Before) => self.before = Some(date),
                (Some(date), _) => self.after = Some(date),
                (None, _) => self.puzzle = Some(Puzzle::Date(value)),
            },
            Filter::Has => {
                match Attached::ALL
                    .into_iter()
                    .find(|attached| value.eq_ignore_ascii_case(attached.word()))
                {
                    Some(attached) => self.has.push(attached),
                    None => self.puzzle = Some(Puzzle::Attached(value)),
                }
            }
        }
    }
}

/// Reads what was typed. Words are separated by white space; quotes hold a phrase, or a filter's value, together. A
/// quote that is not closed holds all that follows. What looks like a filter and is in quotes, or is none that is known,
/// is searched for as it stands.
///
/// ```
/// use tidings_protocol::search::parse;
/// let written = parse(r#"from:"Ana Ferreira" don't "next week""#);
/// assert_eq!(written.from, ["Ana Ferreira"]);
/// assert_eq!(written.terms, ["don't", "next week"]);
/// ```
#[must_use]
pub fn parse(text: &str) -> Written {
    let mut written = Written::default();
    let mut punctuation = false;
    for token in Tokens(text) {
        match token.filter {
            Some(filter) => written.filter(filter, token.value.to_owned()),
            None if is_searchable(token.value) => written.terms.push(token.value.trim().to_owned()),
            None => punctuation |= !token.value.trim().is_empty(),
        }
    }
    let is_empty = Written {
        puzzle: None,
        ..written.clone()
    } == Written::default();
    if punctuation && is_empty && written.puzzle.is_none() {
        written.puzzle = Some(Puzzle::OnlyPunctuation);
    }
    written
}

/// A filter that is being written at the end of what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typing<'t> {
    /// Which.
    pub filter: Filter,
    /// Its value so far, without the quote that opened it.
    pub value: &'t str,
    /// What stands before it.
    pub before: &'t str,
}

/// The filter that is being written at the end of `text`, if there is one.
#[must_use]
pub fn typing(text: &str) -> Option<Typing<'_>> {
    let last = Tokens(text).ending()?;
    let open = !last.closed && (last.in_quotes || !text.ends_with(char::is_whitespace));
    Some(Typing {
        filter: last.filter.filter(|_| open)?,
        value: last.value,
        before: &text[..last.start],
    })
}

/// A filter's value as it is written: in quotes if it has to be.
#[must_use]
pub fn quoted(value: &str) -> String {
    let plain = value.replace(is_quote, "");
    match plain.is_empty() || plain.contains(char::is_whitespace) {
        true => format!("\"{plain}\""),
        false => plain,
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

#[derive(Debug)]
struct Token<'t> {
    filter: Option<Filter>,
    value: &'t str,
    /// Where in the text it begins.
    start: usize,
    in_quotes: bool,
    /// In quotes, and the closing one is there.
    closed: bool,
}

/// The tokens of what is left of a text.
struct Tokens<'t>(&'t str);

impl<'t> Tokens<'t> {
    /// The last one, with its place in the whole text.
    fn ending(self) -> Option<Token<'t>> {
        let whole = self.0.len();
        let mut rest = self;
        let mut last = None;
        loop {
            let at = whole - rest.0.trim_start().len();
            match rest.next() {
                Some(token) => last = Some(Token { start: at, ..token }),
                None => return last,
            }
        }
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        let text = self.0.trim_start();
        if text.is_empty() {
            return None;
        }
        let filter = Filter::ALL.into_iter().find(|filter| {
            let word = filter.word();
            let starts = text
                .get(..word.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(word));
            starts && text[word.len()..].starts_with(':')
        });
        let value = filter.map_or(text, |filter| &text[filter.word().len() + 1..]);
        let opened = value.chars().next().filter(|c| is_quote(*c));
        let (value, rest, closed) = match opened {
            Some(quote) => {
                let inner = &value[quote.len_utf8()..];
                match inner.split_once(is_quote) {
                    Some((value, rest)) => (value, rest, true),
                    None => (inner, "", false),
                }
            }
            None => {
                let end = value.find(char::is_whitespace).unwrap_or(value.len());
                (&value[..end], &value[end..], false)
            }
        };
        self.0 = rest;
        Some(Token {
            filter,
            value,
            start: 0,
            in_quotes: opened.is_some(),
            closed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        parse(text).terms
    }

    #[test]
    fn words_are_taken_as_they_stand() {
        assert_eq!(terms("  don't  C++ 50% "), ["don't", "C++", "50%"]);
        assert_eq!(terms("会議 明日"), ["会議", "明日"]);
        assert_eq!(terms(r#"a*b "c"#), ["a*b", "c"]);
        assert_eq!(
            terms("NEAR(a b) AND NOT -x ^y"),
            ["NEAR(a", "b)", "AND", "NOT", "-x", "^y"]
        );
        assert_eq!(
            terms(r#"5" disk"#),
            [r#"5""#, "disk"],
            "no phrase begins within a word"
        );
    }

    #[test]
    fn quotes_hold_a_phrase_together() {
        assert_eq!(terms(r#""next week" x"#), ["next week", "x"]);
        assert_eq!(terms("“next week” x"), ["next week", "x"]);
        assert_eq!(terms(r#""from:ana" "in: x""#), ["from:ana", "in: x"]);
        assert_eq!(terms(r#""never closed, all of it"#), ["never closed, all of it"]);
        assert_eq!(terms(r#""""#), [""; 0]);
    }

    #[test]
    fn filters_are_read_whatever_their_case() {
        let written =
            parse(r#"From:ana IN:"Ben W" client:marlow before:2026-11-03 after:2026 has:File hello"#);
        assert_eq!(written.from, ["ana"]);
        assert_eq!(written.within, ["Ben W"]);
        assert_eq!(written.client, ["marlow"]);
        assert_eq!(written.before, Date::parse("2026-11-03"));
        assert_eq!(written.after, Date::parse("2026"));
        assert_eq!(written.has, [Attached::File]);
        assert_eq!(written.terms, ["hello"]);
        assert_eq!(written.puzzle, None);
    }

    #[test]
    fn what_is_no_filter_is_searched_for() {
        assert_eq!(
            terms("http://x note:this infrom:ana"),
            ["http://x", "note:this", "infrom:ana"]
        );
        assert_eq!(
            parse("from: in:\"\" hello"),
            parse("hello"),
            "a half-written filter is left out"
        );
    }

    #[test]
    fn what_can_not_be_understood_is_said() {
        assert_eq!(
            parse("before:soon x").puzzle,
            Some(Puzzle::Date("soon".to_owned()))
        );
        assert_eq!(
            parse("has:cake").puzzle,
            Some(Puzzle::Attached("cake".to_owned()))
        );
        for text in ["...", "\"?!\" --", "%_%"] {
            assert_eq!(parse(text).puzzle, Some(Puzzle::OnlyPunctuation), "{text}");
        }
        assert_eq!(parse("a - b").puzzle, None);
        assert_eq!(parse("from:ana -").puzzle, None);
        assert_eq!(parse("  ").puzzle, None);
    }

    #[test]
    fn the_filter_that_is_being_written_is_known() {
        let at = |text| typing(text).map(|t| (t.filter, t.value.to_owned(), t.before.to_owned()));
        assert_eq!(at("from:"), Some((Filter::From, String::new(), String::new())));
        assert_eq!(
            at("hello in:be"),
            Some((Filter::In, "be".to_owned(), "hello ".to_owned()))
        );
        assert_eq!(
            at("client:\"the mar"),
            Some((Filter::Client, "the mar".to_owned(), String::new()))
        );
        assert_eq!(at("from:ana "), None);
        assert_eq!(at("in:\"Ben W\""), None);
        assert_eq!(at("hello"), None);
        assert_eq!(at(""), None);
    }

    #[test]
    fn a_value_that_was_quoted_reads_back() {
        for value in ["ana", "Ana Ferreira", "the \"best\" one", "O'Neil", ""] {
            let written = parse(&format!("from:{}", quoted(value)));
            let kept = value.replace('"', "");
            assert_eq!(written.from.first().cloned().unwrap_or_default(), kept, "{value}");
        }
    }

    #[test]
    fn a_day_begins_where_the_person_is() {
        let query = parse("after:2026-11-03 x").query(|date| Timestamp(i64::from(date.day)));
        assert_eq!((query.after, query.before), (Some(Timestamp(3)), None));
        assert!(parse("   ").query(|_| Timestamp(0)).is_empty());
    }
}
