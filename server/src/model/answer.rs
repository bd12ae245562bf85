//! What a model answered, read as from a stranger: others wrote what it was given, so they may have written this.

use serde::Deserialize;
use tidings_protocol::{limits, text::is_invisible};

/// What a completion is of the endpoint's answer; the rest of it is not looked at.
#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Written,
}

#[derive(Deserialize)]
struct Written {
    content: Option<String>,
}

/// The text in an endpoint's answer; `None` if that is no completion.
pub fn written(answer: &[u8]) -> Option<String> {
    let completion: Completion = serde_json::from_slice(answer).ok()?;
    completion.choices.into_iter().next()?.message.content
}

/// The replies in what a model wrote: a JSON array of strings, also within a code fence, and nothing else. Of those, the
/// first ones that can be said on one line of at most [`limits::WRITTEN_SUGGESTION_MAX_CHARS`], each once; `None` if there
/// is none.
#[must_use]
pub fn replies(text: &str) -> Option<Vec<String>> {
    let given: Vec<String> = serde_json::from_str(unfenced(text.trim())).ok()?;
    let mut replies = Vec::new();
    for reply in given.iter().filter_map(|text| line(text)) {
        if replies.len() < limits::SUGGESTIONS_MAX && !replies.contains(&reply) {
            replies.push(reply);
        }
    }
    (!replies.is_empty()).then_some(replies)
}

/// What stands in a code fence; everything, if there is none.
fn unfenced(text: &str) -> &str {
    const FENCE: &str = "```";
    let inside = text
        .strip_prefix(FENCE)
        .and_then(|rest| rest.strip_suffix(FENCE))
        .map(|inside| inside.strip_prefix("json").unwrap_or(inside));
    inside.unwrap_or(text)
}

/// A reply without what can't be seen in it; `None` if it is no line that fits.
fn line(text: &str) -> Option<String> {
    let text = text.trim();
    if text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
        return None;
    }
    let shown: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let shown = shown.trim();
    let fits = (1..=limits::WRITTEN_SUGGESTION_MAX_CHARS).contains(&shown.chars().count());
    fits.then(|| shown.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        replies(text).unwrap_or_default()
    }

    #[test]
    fn an_array_of_strings_is_read_also_in_a_fence() {
        let expected = ["Yes, gladly.", "Sorry, I can't."];
        for text in [
            r#"["Yes, gladly.", "Sorry, I can't."]"#,
            "  [\"Yes, gladly.\",\n\"Sorry, I can't.\"]\n",
            "```json\n[\"Yes, gladly.\", \"Sorry, I can't.\"]\n```",
            "```\n[\"Yes, gladly.\", \"Sorry, I can't.\"]\n```\n",
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn anything_else_gives_nothing() {
        for text in [
            "",
            "Sure! Here are three replies: [\"Yes\"]",
            "[\"Yes\"] I hope this helps.",
            "\"Yes\"",
            "{\"replies\": [\"Yes\"]}",
            "[\"Yes\", 7]",
            "[[\"Yes\"]]",
            "[null]",
            "[]",
            "[\"\", \"  \"]",
            "[\"Yes\"",
            "```json\n[\"Yes\"]",
            "```",
            "``````",
            &"[".repeat(50_000),
        ] {
            assert!(read(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn at_most_three_are_taken_and_each_once() {
        assert_eq!(read(r#"["a", " a ", "b", "a", "c", "d"]"#), ["a", "b", "c"]);
    }

    #[test]
    fn what_is_no_short_line_is_left_out() {
        let longest = "é".repeat(limits::WRITTEN_SUGGESTION_MAX_CHARS);
        let text = serde_json::to_string(&[
            "one\ntwo",
            "one\u{2028}two",
            "one\rtwo",
            &format!("{longest}é"),
            &longest,
        ]);
        assert_eq!(read(&text.unwrap_or_default()), [longest]);
    }

    #[test]
    fn what_can_not_be_seen_is_taken_out() {
        let text = r#"["\u0000\u0007Yes\t", "\u202egnp.exe", "\u200b\u2066\ufeff", "N\u00ado", "👩🏽\u200d⚕️ is in", "Hi\udb40\udc41"]"#;
        assert_eq!(read(text), ["Yes", "gnp.exe", "No"]);
        assert_eq!(read("[\"👩🏽\u{200d}⚕️ is in\"]"), ["👩🏽\u{200d}⚕️ is in"]);
        assert_eq!(read("[\"Hi\u{e0041}\"]"), ["Hi"]);
    }

    #[test]
    fn of_an_endpoints_answer_only_the_first_text_counts() {
        let text = |answer: &str| written(answer.as_bytes());
        assert_eq!(
            text(
                r#"{"id": 1, "choices": [{"index": 0, "message": {"role": "assistant", "content": "[]"}}, {"message": {"content": "x"}}]}"#
            ),
            Some("[]".to_owned())
        );
        for nothing in [
            "",
            "<html>",
            "[]",
            r#"{"choices": []}"#,
            r#"{"choices": [{"message": {"content": null}}]}"#,
            r#"{"choices": [{"text": "x"}]}"#,
            r#"{"error": {"message": "no such model"}}"#,
        ] {
            assert_eq!(text(nothing), None, "{nothing}");
        }
    }
}
