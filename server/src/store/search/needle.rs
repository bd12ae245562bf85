//! What a text must contain, and how the engines are asked for it.

use super::fold::{folded, is_mark, spelled};

/// Triples that are asked for at most: more would narrow nothing down further.
const TRIPLES_MAX: usize = 32;

/// A word, or several that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle {
    words: Vec<Word>,
}

/// A part of a text without white space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word(Vec<char>);

impl Needle {
    /// What `term` asks for; `None` if nothing is left of it.
    #[must_use]
    pub fn new(term: &str) -> Option<Self> {
        let words: Vec<_> = term
            .split(|c: char| c.is_whitespace() || c.is_control())
            .map(|word| Word(word.chars().filter(|c| !is_mark(*c)).collect()))
            .filter(|word| !word.0.is_empty())
            .collect();
        (!words.is_empty()).then_some(Self { words })
    }

    /// Its words.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.words.iter()
    }

    /// Whether a word of it is long enough to be found by triples of characters. If not, accents count: there is
    /// little else to go by.
    #[must_use]
    pub fn has_triples(&self) -> bool {
        self.words().any(|word| word.0.len() >= 3)
    }

    /// Its characters, with one space between words.
    pub fn chars(&self) -> impl Iterator<Item = char> {
        let spaced = |(place, word): (usize, &Word)| {
            let space = (place > 0).then_some(' ');
            space.into_iter().chain(word.0.clone())
        };
        self.words.iter().enumerate().flat_map(spaced)
    }
}

impl Word {
    /// Patterns for `LIKE … ESCAPE '\'` of which a text that has the word fits one. SQLite knows the two cases of ASCII
    /// letters only, so a short word comes in all its cases.
    #[must_use]
    pub fn patterns(&self) -> Vec<String> {
        let mut patterns = vec![String::from("%")];
        for &c in &self.0 {
            let upper = c.to_uppercase().next().unwrap_or(c);
            let lower = c.to_lowercase().next().unwrap_or(c);
            let both = !c.is_ascii() && self.0.len() < 3 && upper != lower;
            let forms = if both { vec![lower, upper] } else { vec![c] };
            patterns = forms
                .into_iter()
                .flat_map(|form| {
                    patterns
                        .iter()
                        .map(move |pattern| format!("{pattern}{}", literal(form)))
                })
                .collect();
        }
        patterns.iter_mut().for_each(|pattern| pattern.push('%'));
        patterns
    }
}

/// A character as a pattern has it. An apostrophe is written in several ways.
fn literal(c: char) -> String {
    match c {
        '%' | '_' | '\\' => format!("\\{c}"),
        c if spelled(c).len() > 1 => "_".to_owned(),
        c => c.to_string(),
    }
}

/// An expression of SQLite's full-text search for texts with all triples of the needles; `None` if they have none.
#[must_use]
pub fn triples(needles: &[Needle]) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    for triple in needles
        .iter()
        .flat_map(Needle::words)
        .flat_map(|word| word.0.windows(3))
    {
        let mut forms = vec![String::new()];
        for &c in triple {
            forms = spelled(c)
                .iter()
                .flat_map(|form| forms.iter().map(move |start| format!("{start}{form}")))
                .collect();
        }
        let triple = any_of(&forms);
        if !all.contains(&triple) {
            all.push(triple);
        }
    }
    // From all over the text: its beginning may be what everybody says.
    let step = all.len().div_ceil(TRIPLES_MAX).max(1);
    let chosen: Vec<_> = all.into_iter().step_by(step).collect();
    (!chosen.is_empty()).then(|| chosen.join(" AND "))
}

/// An expression for texts with any of these triples.
#[must_use]
pub fn any_of(triples: &[String]) -> String {
    let strings: Vec<_> = triples
        .iter()
        .map(|triple| format!("\"{}\"", triple.replace('"', "\"\"")))
        .collect();
    format!("({})", strings.join(" OR "))
}

/// The beginning that some triple of each text with the longest word of the needles has, as the index folds it. For
/// needles without triples; `None` if it has no single one.
#[must_use]
pub fn longest(needles: &[Needle]) -> Option<String> {
    let word = needles
        .iter()
        .flat_map(Needle::words)
        .max_by_key(|word| word.0.len())?;
    if word.0.iter().any(|c| spelled(*c).len() > 1) {
        return None;
    }
    Some(word.0.iter().copied().map(folded).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needle(term: &str) -> Needle {
        Needle::new(term).unwrap()
    }

    fn expression(term: &str) -> Option<String> {
        triples(&[needle(term)])
    }

    #[test]
    fn a_long_word_is_asked_for_by_its_triples() {
        assert_eq!(expression("Room").unwrap(), r#"("Roo") AND ("oom")"#);
        assert_eq!(expression("C++").unwrap(), r#"("C++")"#);
        assert_eq!(expression("会議室").unwrap(), r#"("会議室")"#);
        assert_eq!(expression("aaaaaa").unwrap(), r#"("aaa")"#);
        assert_eq!(expression("a\"b").unwrap(), r#"("a""b")"#);
    }

    #[test]
    fn words_of_a_phrase_are_asked_for_apart() {
        assert_eq!(
            expression("room to let").unwrap(),
            r#"("roo") AND ("oom") AND ("let")"#
        );
    }

    #[test]
    fn an_apostrophe_is_asked_for_in_each_way() {
        let asked = expression("n't").unwrap();
        for form in ["\"n't\"", "\"n’t\""] {
            assert!(asked.contains(form), "{asked}");
        }
        assert_eq!(needle("don't").words[0].patterns(), ["%don_t%"]);
    }

    #[test]
    fn short_words_have_no_triples() {
        assert_eq!(expression("50"), None);
        assert_eq!(
            expression("e\u{301}a"),
            None,
            "an accent is no character of its own"
        );
        assert_eq!(longest(&[needle("a"), needle("ÜB")]).unwrap(), "ub");
        assert_eq!(longest(&[needle("'s")]), None);
    }

    #[test]
    fn patterns_take_what_they_contain_literally() {
        assert_eq!(needle("5%_\\").words[0].patterns(), [r"%5\%\_\\%"]);
        assert_eq!(needle("ü").words[0].patterns(), ["%ü%", "%Ü%"]);
        assert_eq!(needle("会").words[0].patterns(), ["%会%"]);
    }

    #[test]
    fn nothing_is_left_of_what_can_not_be_stored() {
        assert_eq!(Needle::new(" \0\n"), None);
        assert_eq!(needle("a\0b").words.len(), 2);
    }

    #[test]
    fn a_long_term_is_asked_for_by_some_of_its_triples() {
        let long: String = ('a'..='z')
            .cycle()
            .take(300)
            .enumerate()
            .map(|(n, c)| if n % 7 == 0 { '-' } else { c })
            .collect();
        let asked = expression(&long).unwrap();
        assert!(asked.split(" AND ").count() <= TRIPLES_MAX, "{asked}");
    }
}
