//! Text as the words in it, for comparing texts.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

/// Words looked at, at most: a message can be long, and an answer is owed in milliseconds.
const WORDS_MAX: usize = 64;

/// The words of a text and its pairs of neighbours, each once, as hashes in order. All numbers are one word, and so are
/// all question marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words(Vec<u64>);

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let words = split(text);
        let mut hashes: Vec<u64> = words.iter().map(hash).collect();
        hashes.extend(words.windows(2).map(hash));
        if text.contains(['?', '？', '؟']) {
            hashes.push(hash(&"?"));
        }
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u64> {
        self.0.iter().copied()
    }
}

/// How much it says about a text that a word is in it: the rarer among all texts, the more.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    texts: f64,
    with: HashMap<u64, f64>,
}

impl Weights {
    pub(super) fn of<'a>(texts: impl IntoIterator<Item = &'a Words>) -> Self {
        let mut weights = Self {
            texts: 0.0,
            with: HashMap::new(),
        };
        for text in texts {
            weights.texts += 1.0;
            for word in text.iter() {
                *weights.with.entry(word).or_default() += 1.0;
            }
        }
        weights
    }

    fn squared(&self, word: u64) -> f64 {
        let with = self.with.get(&word).copied().unwrap_or(0.0);
        let weight = (1.0 + self.texts / (1.0 + with)).ln();
        weight * weight
    }

    pub(super) fn length(&self, text: &Words) -> f64 {
        text.iter().map(|word| self.squared(word)).sum::<f64>().sqrt()
    }

    /// How alike two texts are, from 0 to 1: the cosine of the angle between them. The lengths are those of
    /// [`Self::length`], so that they are worked out once for many comparisons.
    pub(super) fn likeness(&self, (a, length_a): (&Words, f64), (b, length_b): (&Words, f64)) -> f64 {
        if length_a == 0.0 || length_b == 0.0 {
            return 0.0;
        }
        let mut others = b.iter().peekable();
        let mut shared = 0.0;
        for word in a.iter() {
            while others.next_if(|other| *other < word).is_some() {}
            if others.next_if_eq(&word).is_some() {
                shared += self.squared(word);
            }
        }
        shared / (length_a * length_b)
    }
}

/// The words of a text in order, in lower case.
pub(super) fn split(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’'))
        .filter(|word| !word.is_empty())
        .take(WORDS_MAX)
        .map(|word| {
            if word.chars().all(char::is_numeric) {
                "0".to_owned()
            } else {
                word.to_lowercase().replace('’', "'")
            }
        })
        .collect()
}

/// Equal for texts that say the same: case, white space and punctuation don't count. A text without words, such as an
/// emoji, is itself.
pub(super) fn key(text: &str) -> String {
    let words = split(text);
    if words.is_empty() {
        text.trim().to_owned()
    } else {
        words.join(" ")
    }
}

fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(a: &str, b: &str) -> f64 {
        let (a, b) = (Words::of(a), Words::of(b));
        let weights = Weights::of([&a, &b]);
        weights.likeness((&a, weights.length(&a)), (&b, weights.length(&b)))
    }

    #[test]
    fn texts_are_alike_by_their_words() {
        assert!((likeness("See you at 10!", "see you  at 11") - 1.0).abs() < 1e-9);
        assert!(likeness("See you at ten", "Where is the key") < 1e-9);
        let some = likeness("Can you call her?", "Can you call Ben today?");
        assert!(some > 0.3 && some < 1.0, "{some}");
    }

    #[test]
    fn a_question_differs_from_what_it_asks() {
        assert!(likeness("You are here", "You are here?") < 1.0);
    }

    #[test]
    fn nothing_is_like_nothing() {
        assert!(likeness("", "") < 1e-9);
        assert!(likeness("…", "word") < 1e-9);
    }

    #[test]
    fn the_key_of_a_text_ignores_how_it_is_written() {
        assert_eq!(key("  Okay,  GREAT! "), "okay great");
        assert_eq!(key("Don’t"), key("don't"));
        assert_eq!(key(" 👍 "), "👍");
    }
}
