//! Replies that a person may want to give: suggested from their own earlier answers and from common phrases.
//!
//! Pure functions: no database, no network, and no text of anybody else is ever suggested. What others wrote is only
//! compared with what was written now. What a language model suggests comes from [`crate::model`].

mod phrases;
mod recall;
mod words;

use tidings_protocol::{Body, Suggestion, SuggestionSource, limits};

pub use recall::Answer;
use words::key;

/// Only the end of a long message is looked at: that is where the question is.
const LOOKED_AT_CHARS: usize = 240;

/// Up to [`limits::SUGGESTIONS_MAX`] replies to `message`, the likeliest first: what the person answered to messages
/// like it, then phrases that fit. Nothing when nothing fits.
#[must_use]
pub fn suggest(message: &str, answers: &[Answer]) -> Vec<Suggestion> {
    let asked = end_of(message);
    let own = recall::recalled(asked, answers)
        .into_iter()
        .map(|text| (text, SuggestionSource::Own));
    let common = phrases::fitting(asked)
        .into_iter()
        .map(|text| (text, SuggestionSource::Phrase));
    distinct(own.chain(common))
}

/// The replies that a language model wrote, then the others, as many as fit.
#[must_use]
pub fn with_written(written: Vec<String>, others: Vec<Suggestion>) -> Vec<Suggestion> {
    let written = written.into_iter().map(|text| (text, SuggestionSource::Model));
    let others = others
        .into_iter()
        .map(|one| (one.text.as_str().to_owned(), one.source));
    distinct(written.chain(others))
}

/// The first of each, however it is written, as long as it can be sent.
pub(crate) fn distinct(
    texts: impl IntoIterator<Item = (impl AsRef<str>, SuggestionSource)>,
) -> Vec<Suggestion> {
    let mut keys = Vec::new();
    let mut suggestions = Vec::new();
    for (text, source) in texts {
        let Ok(text) = Body::new(text.as_ref()) else {
            continue;
        };
        let key = key(text.as_str());
        if suggestions.len() < limits::SUGGESTIONS_MAX && !keys.contains(&key) {
            keys.push(key);
            suggestions.push(Suggestion { text, source });
        }
    }
    suggestions
}

fn end_of(message: &str) -> &str {
    let from = message
        .char_indices()
        .rev()
        .nth(LOOKED_AT_CHARS - 1)
        .map_or(0, |(at, _)| at);
    &message[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(suggestions: &[Suggestion]) -> Vec<&str> {
        suggestions.iter().map(|one| one.text.as_str()).collect()
    }

    fn answer(asked: &str, text: &str) -> Answer {
        Answer {
            asked: asked.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn what_was_answered_before_comes_before_phrases() {
        let answers = [
            answer(
                "Can you cover the front desk on Friday?",
                "Sure thing, count me in",
            ),
            answer("Can you cover my shift on Monday?", "Sure thing, count me in"),
        ];
        let suggestions = suggest("Can you cover the desk on Tuesday?", &answers);
        assert_eq!(suggestions[0].text.as_str(), "Sure thing, count me in");
        assert_eq!(suggestions[0].source, SuggestionSource::Own);
        assert_eq!(suggestions.len(), limits::SUGGESTIONS_MAX);
        assert!(
            suggestions[1..]
                .iter()
                .all(|one| one.source == SuggestionSource::Phrase)
        );
    }

    #[test]
    fn the_same_reply_is_not_suggested_twice_however_it_is_written() {
        let given = [
            ("You're welcome!", SuggestionSource::Own),
            ("you’re welcome", SuggestionSource::Phrase),
            ("👍", SuggestionSource::Phrase),
            ("  ", SuggestionSource::Phrase),
            ("👍🏽", SuggestionSource::Phrase),
        ];
        assert_eq!(texts(&distinct(given)), ["You're welcome!", "👍", "👍🏽"]);
    }

    #[test]
    fn what_a_model_wrote_comes_first_and_leaves_room_to_the_others() {
        let local = suggest("Thank you!", &[]);
        let suggestions = with_written(vec!["Gladly, any time.".to_owned()], local.clone());
        assert_eq!(texts(&suggestions)[0], "Gladly, any time.");
        assert_eq!(suggestions[0].source, SuggestionSource::Model);
        assert_eq!(texts(&suggestions)[1..], texts(&local)[..suggestions.len() - 1]);
        assert!(suggestions.len() > 1);
        let three = ["One", "Two", "Three"].map(str::to_owned).to_vec();
        assert_eq!(
            texts(&with_written(three, local.clone())),
            ["One", "Two", "Three"]
        );
        assert_eq!(with_written(Vec::new(), local.clone()), local);
    }

    #[test]
    fn nothing_is_suggested_where_nothing_fits() {
        assert!(suggest("The invoice lies in the blue folder.", &[]).is_empty());
        assert!(suggest("", &[]).is_empty());
        assert!(suggest("?!…", &[]).is_empty());
    }

    #[test]
    fn the_end_of_a_long_message_counts() {
        let long = format!("{} Thank you!", "The report is with the office. ".repeat(400));
        assert_eq!(suggest(&long, &[])[0].source, SuggestionSource::Phrase);
    }
}
