//! Common replies by what a message seems to want, in the language that it seems to be in.

mod english;
mod french;
mod german;
mod spanish;

use super::words::split;

/// The phrases of a language.
struct Language {
    /// Words that most texts in it have and others don't.
    marks: &'static [&'static str],
    /// What to look for, the most telling first.
    wants: &'static [Want],
}

/// What a message may want, and what is commonly said to it.
struct Want {
    /// Words, or words in a row, that give it away.
    cues: &'static [&'static str],
    /// Whether it is a question, as told by its mark; `None` if that says nothing.
    question: Option<bool>,
    /// Replies, the commonest first.
    replies: &'static [&'static str],
}

const LANGUAGES: [&Language; 4] = [
    &english::LANGUAGE,
    &german::LANGUAGE,
    &spanish::LANGUAGE,
    &french::LANGUAGE,
];

/// Replies that fit `message`, best first; none if nothing gives away what it wants.
pub(super) fn fitting(message: &str) -> Vec<&'static str> {
    let words = split(message);
    let is_question = message.trim_end().ends_with(['?', '？']);
    // The first language wins where all say as much: a message of one word is in any of them.
    let spoken = |language: &Language| {
        words
            .iter()
            .filter(|word| language.marks.contains(&word.as_str()))
            .count()
    };
    let most = LANGUAGES.into_iter().map(spoken).max().unwrap_or(0);
    LANGUAGES
        .into_iter()
        .filter(|language| spoken(language) == most)
        .find_map(|language| language.wants.iter().find(|want| want.is_in(&words, is_question)))
        .map(|want| want.replies.to_vec())
        .unwrap_or_default()
}

impl Want {
    fn is_in(&self, words: &[String], is_question: bool) -> bool {
        self.question.is_none_or(|wanted| wanted == is_question)
            && (self.cues.is_empty() || self.cues.iter().any(|cue| holds(words, cue)))
    }
}

/// Whether the words of `cue` stand in `words` one after the other. A cue that begins with `^` must begin the message.
fn holds(words: &[String], cue: &str) -> bool {
    let (at_start, cue) = match cue.strip_prefix('^') {
        Some(cue) => (true, cue),
        None => (false, cue),
    };
    let cue: Vec<&str> = cue.split(' ').collect();
    let mut places = words.windows(cue.len());
    if at_start {
        places.next().is_some_and(|place| place == cue)
    } else {
        places.any(|place| place == cue)
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{Body, limits};

    use super::*;

    #[test]
    fn phrases_are_in_the_language_of_the_message() {
        assert_eq!(fitting("Thank you so much for this!")[0], "You're welcome!");
        assert_eq!(fitting("Vielen Dank für die Unterlagen!")[0], "Gern geschehen!");
        assert_eq!(fitting("Muchas gracias por todo")[0], "¡De nada!");
        assert_eq!(fitting("Merci beaucoup pour votre aide")[0], "Je vous en prie !");
    }

    #[test]
    fn a_question_gets_an_answer_and_a_statement_none_to_it() {
        assert_eq!(fitting("Is the room free?")[0], "Yes");
        assert!(fitting("The room is free").is_empty());
        assert!(fitting("When does it start?")[0].contains("check"));
    }

    #[test]
    fn cues_are_whole_words_in_a_row() {
        let words = split("Then I will hide the keys");
        assert!(!holds(&words, "hi"));
        assert!(holds(&words, "will hide"));
        assert!(!holds(&words, "hide will"));
        assert!(!holds(&words, "^will"));
        assert!(holds(&words, "^then"));
        assert!(!holds(&[], "then"));
    }

    #[test]
    fn every_want_has_replies_that_can_be_sent_and_fill_the_row() {
        for want in LANGUAGES.iter().flat_map(|language| language.wants) {
            assert_eq!(want.replies.len(), limits::SUGGESTIONS_MAX, "{:?}", want.replies);
            for reply in want.replies {
                assert!(
                    Body::new(reply).is_ok() && reply.chars().count() <= limits::SUGGESTION_MAX_CHARS,
                    "{reply}"
                );
            }
            for cue in want.cues {
                let bare = cue.strip_prefix('^').unwrap_or(cue);
                assert_eq!(split(bare).join(" "), *bare, "a cue that no text can hold");
            }
        }
    }
}
