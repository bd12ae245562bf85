//! What a person answered to messages like this one.

use std::collections::HashMap;

use super::words::{Weights, Words, key};

/// Texts less alike than this have nothing to do with each other.
const LIKENESS_MIN: f64 = 0.2;

/// The most alike so many decide.
const NEIGHBOURS: usize = 24;

/// An answer given only once may be about that one thing: it is not a habit.
const HABIT: usize = 2;

/// What a person once answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The message before.
    pub asked: String,
    /// What they wrote.
    pub text: String,
}

/// The person's habitual answers to messages like `asked`, likeliest first, each as it was last written. `answers` are
/// the newest first.
pub(super) fn recalled<'a>(asked: &str, answers: &'a [Answer]) -> Vec<&'a str> {
    let asked = Words::of(asked);
    let before: Vec<Words> = answers.iter().map(|answer| Words::of(&answer.asked)).collect();
    let weights = Weights::of(&before);
    let length = weights.length(&asked);
    let mut near: Vec<(f64, usize)> = before
        .iter()
        .map(|words| weights.likeness((&asked, length), (words, weights.length(words))))
        .enumerate()
        .filter(|(_, likeness)| *likeness >= LIKENESS_MIN)
        .map(|(at, likeness)| (likeness, at))
        .collect();
    // Of those equally alike the newer ones count.
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    near.truncate(NEIGHBOURS);

    let keys: Vec<String> = answers.iter().map(|answer| key(&answer.text)).collect();
    let mut given: HashMap<&str, usize> = HashMap::new();
    for key in &keys {
        *given.entry(key).or_default() += 1;
    }
    let mut scores: Vec<(f64, usize)> = Vec::new();
    for (likeness, at) in near {
        if given.get(keys[at].as_str()).is_none_or(|times| *times < HABIT) {
            continue;
        }
        match scores.iter_mut().find(|(_, first)| keys[*first] == keys[at]) {
            Some((score, _)) => *score += likeness * likeness,
            None => {
                let newest = keys.iter().position(|key| *key == keys[at]).unwrap_or(at);
                scores.push((likeness * likeness, newest));
            }
        }
    }
    scores.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    scores
        .into_iter()
        .map(|(_, at)| answers[at].text.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(pairs: &[(&str, &str)]) -> Vec<Answer> {
        pairs
            .iter()
            .map(|(asked, text)| Answer {
                asked: (*asked).to_owned(),
                text: (*text).to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_habit_is_recalled_as_it_was_last_written() {
        let answers = answers(&[
            ("Lunch at noon?", "Gladly!"),
            ("Where is the van?", "In the yard"),
            ("Lunch today?", "gladly"),
            ("Where is the key?", "in the yard."),
        ]);
        assert_eq!(recalled("Lunch tomorrow?", &answers)[0], "Gladly!");
        assert_eq!(recalled("Where is the ladder?", &answers)[0], "In the yard");
    }

    #[test]
    fn what_was_said_once_is_not_recalled() {
        let answers = answers(&[
            ("What did the doctor say?", "That it is nothing serious"),
            ("Is the door locked?", "Yes"),
            ("Is the gate locked?", "Yes"),
        ]);
        let recalled = recalled("What did the doctor say?", &answers);
        assert!(!recalled.contains(&"That it is nothing serious"), "{recalled:?}");
    }

    #[test]
    fn unlike_messages_recall_nothing() {
        let answers = answers(&[("Lunch?", "Gladly!"), ("Lunch today?", "Gladly!")]);
        assert!(recalled("Der Bericht liegt im Büro", &answers).is_empty());
        assert!(recalled("", &answers).is_empty());
        assert!(recalled("Lunch?", &[]).is_empty());
    }
}
