//! Completing the short code of an emoji after a colon.

use super::{Asked, Field, Offer, is_in_code};
use crate::emoji::{Table, Tone, is_of_code, may_follow};

/// Fewer letters describe too many emoji, and people write `:)` and `:D`.
const LETTERS_MIN: usize = 2;

/// Emoji offered at once.
const OFFERED: usize = 8;

/// The short code that is being written, if one is.
#[must_use]
pub fn asked_code(field: &Field<'_>) -> Option<Asked> {
    if !field.selected.is_empty() {
        return None;
    }
    let before = field.before();
    let at = before.rfind(':')?;
    let name = before.get(at + 1..)?;
    let fits = name.len() >= LETTERS_MIN
        && name.chars().all(is_of_code)
        && may_follow(before.get(..at)?.chars().next_back())
        && !field.after().starts_with(is_of_code)
        && !is_in_code(field);
    fits.then(|| Asked {
        place: at..field.selected.start,
        name: name.to_owned(),
    })
}

/// The emoji to offer for it.
#[must_use]
pub fn offered_symbols(asked: &Asked, table: &Table, tone: Tone) -> Vec<Offer> {
    let found = table.completions(&asked.name, OFFERED).into_iter();
    let offers = found.map(|symbol| Offer::Symbol {
        emoji: symbol.in_tone(tone),
        code: symbol.code(),
    });
    offers.collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            completed,
            testing::{field, on},
        },
        *,
    };

    fn code(text: &str) -> Option<String> {
        let (text, selected) = field(text);
        let field = Field {
            text: &text,
            selected,
        };
        asked_code(&field).map(|asked| asked.name)
    }

    #[test]
    fn a_code_is_asked_for_from_its_second_letter_on() {
        assert_eq!(code("hi :sm|"), Some("sm".to_owned()));
        assert_eq!(code("(:+1|)"), Some("+1".to_owned()));
        for text in [
            ":|",
            ":s|",
            ":D|",
            "at 12:30|",
            "x::mem|",
            ":sm|ile",
            "|:smile",
            ":smile:|",
            "```\n:smi|",
            ": ok|",
        ] {
            assert_eq!(code(text), None, "{text}");
        }
    }

    #[test]
    fn the_emoji_takes_the_place_of_the_code() {
        let offer = Offer::Symbol {
            emoji: "🎉".to_owned(),
            code: ":tada:".to_owned(),
        };
        let written = on("a :ta|!", |field| Some(completed(&asked_code(field)?, &offer)));
        assert_eq!(written.as_deref(), Some("a 🎉 |!"));
    }
}
