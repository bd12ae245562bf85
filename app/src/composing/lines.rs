//! What a new line begins with.

use tidings_protocol::markup;

use super::{Change, Field};

/// Whether the caret stands in a code block that is not closed yet: Enter makes a line there, as in any editor.
#[must_use]
pub fn is_in_code(field: &Field<'_>) -> bool {
    // What comes after the caret may close the block that begins before it.
    markup::ends_in_code(field.before()) && markup::ends_in_code(field.text)
}

/// A new line that goes on with the list the caret stands in; on an item without text, the end of the list. `None` if
/// there is no list: then a new line is just that.
#[must_use]
pub fn next_line(field: &Field<'_>) -> Option<Change> {
    let before = field.before();
    if !field.selected.is_empty() || markup::ends_in_code(before) {
        return None;
    }
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.get(begin..)?;
    let text = line.trim_start_matches([' ', '\t']);
    let (indent, _) = line.split_at(line.len() - text.len());
    let (mark, said) = match text.split_once(' ')? {
        (mark @ ("-" | "*" | "+" | ">"), said) => (mark.to_owned(), said),
        (mark, said) => {
            let end = mark.chars().next_back().filter(|c| matches!(c, '.' | ')'))?;
            let digits = mark.strip_suffix(end)?;
            if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|c| c.is_ascii_digit()) {
                return None;
            }
            (format!("{}{end}", digits.parse::<u32>().ok()? + 1), said)
        }
    };
    if said.trim().is_empty() {
        return Some(Change::to(begin..field.selected.start, String::new()));
    }
    Some(Change::to(field.selected.clone(), format!("\n{indent}{mark} ")))
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{field, on},
        *,
    };

    fn line(text: &str) -> Option<String> {
        on(text, next_line)
    }

    #[test]
    fn a_list_goes_on_in_the_next_line() {
        assert_eq!(line("- a|").unwrap(), "- a\n- |");
        assert_eq!(line("x\n  * a|b").unwrap(), "x\n  * a\n  * |b");
        assert_eq!(line("9. a|").unwrap(), "9. a\n10. |");
        assert_eq!(line("1) a|").unwrap(), "1) a\n2) |");
        assert_eq!(line("> a|").unwrap(), "> a\n> |");
    }

    #[test]
    fn an_item_without_text_ends_the_list() {
        assert_eq!(line("- a\n- |").unwrap(), "- a\n|");
        assert_eq!(line("1. |").unwrap(), "|");
    }

    #[test]
    fn other_lines_are_just_lines() {
        for text in [
            "a|",
            "-a|",
            "|- a",
            "99999999999. a|",
            "x. a|",
            "```\n- a|",
            "- |a|",
        ] {
            assert_eq!(line(text), None, "{text}");
        }
    }

    #[test]
    fn a_caret_in_an_open_block_is_in_code() {
        for (text, inside) in [
            ("```\na|", true),
            ("a|", false),
            ("```\na\n```|", false),
            ("```\na|\n```", false),
        ] {
            let (text, selected) = field(text);
            assert_eq!(
                is_in_code(&Field {
                    text: &text,
                    selected
                }),
                inside,
                "{text}"
            );
        }
    }
}
