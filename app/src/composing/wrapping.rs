//! Marks around what is selected.

use tidings_protocol::markup::Address;

use super::{Change, Field};

/// How a selection can be marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrap {
    /// Bold.
    Strong,
    /// Italic.
    Emphasis,
    /// Code: a block if it has several lines.
    Code,
    /// A link, whose address is written next.
    Link,
}

impl Wrap {
    /// What a key with Ctrl or Cmd marks as. Without a selection, K is left to the search, as on the rest of the page.
    #[must_use]
    pub fn of_key(key: &str, selection: bool) -> Option<Self> {
        match key {
            "b" | "B" => Some(Self::Strong),
            "i" | "I" => Some(Self::Emphasis),
            "e" | "E" => Some(Self::Code),
            "k" | "K" if selection => Some(Self::Link),
            _ => None,
        }
    }
}

/// Marks the selection, or takes the mark away if it has it. Without a selection the caret stands inside of the marks.
#[must_use]
pub fn wrapped(field: &Field<'_>, wrap: Wrap) -> Change {
    let inside = field.inside();
    let (open, close) = match wrap {
        Wrap::Strong => ("**", "**"),
        Wrap::Emphasis => ("_", "_"),
        Wrap::Code if inside.contains('\n') => ("```\n", "\n```"),
        Wrap::Code => ("`", "`"),
        Wrap::Link => return link(field),
    };
    if field.before().ends_with(open) && field.after().starts_with(close) {
        let start = field.selected.start - open.len();
        return Change {
            replaced: start..field.selected.end + close.len(),
            by: inside.to_owned(),
            selected: start..start + inside.len(),
        };
    }
    let start = field.selected.start + open.len();
    Change {
        replaced: field.selected.clone(),
        by: format!("{open}{inside}{close}"),
        selected: start..start + inside.len(),
    }
}

fn link(field: &Field<'_>) -> Change {
    let inside = field.inside();
    let start = field.selected.start;
    if Address::new(inside).is_some() {
        return Change {
            replaced: field.selected.clone(),
            by: format!("[]({inside})"),
            selected: start + 1..start + 1,
        };
    }
    let at = if inside.is_empty() {
        start + 1
    } else {
        start + inside.len() + 3
    };
    Change {
        replaced: field.selected.clone(),
        by: format!("[{inside}]()"),
        selected: at..at,
    }
}

/// A link of what is selected to what is pasted over it; `None` if that is not an address, or nothing to link is
/// selected.
#[must_use]
pub fn linked(field: &Field<'_>, pasted: &str) -> Option<Change> {
    let (inside, pasted) = (field.inside(), pasted.trim());
    let label = !inside.trim().is_empty()
        && !inside.contains(['\n', '[', ']'])
        && Address::new(inside.trim()).is_none();
    let address = Address::new(pasted).is_some() && !pasted.contains(['(', ')', '[', ']']);
    (label && address).then(|| Change::to(field.selected.clone(), format!("[{inside}]({pasted})")))
}

#[cfg(test)]
mod tests {
    use super::{super::testing::on, *};

    fn marked(text: &str, wrap: Wrap) -> String {
        on(text, |field| Some(wrapped(field, wrap))).unwrap()
    }

    #[test]
    fn a_selection_is_marked_and_unmarked() {
        assert_eq!(marked("say |hi| you", Wrap::Strong), "say **|hi|** you");
        assert_eq!(marked("say **|hi|** you", Wrap::Strong), "say |hi| you");
        assert_eq!(marked("|hi|", Wrap::Emphasis), "_|hi|_");
        assert_eq!(marked("|hi|", Wrap::Code), "`|hi|`");
        assert_eq!(marked("|a\nb|", Wrap::Code), "```\n|a\nb|\n```");
    }

    #[test]
    fn without_a_selection_one_writes_inside_of_the_marks() {
        assert_eq!(marked("a |", Wrap::Strong), "a **|**");
        assert_eq!(marked("a **|**", Wrap::Strong), "a |");
        assert_eq!(marked("|", Wrap::Link), "[|]()");
    }

    #[test]
    fn a_link_wants_what_it_lacks() {
        assert_eq!(marked("|the site|", Wrap::Link), "[the site](|)");
        assert_eq!(
            marked("|https://a.example|", Wrap::Link),
            "[|](https://a.example)"
        );
    }

    #[test]
    fn an_address_pasted_over_words_links_them() {
        let paste = |text: &str, pasted: &str| on(text, |field| linked(field, pasted));
        let site = " https://a.example\n";
        assert_eq!(
            paste("see |this| now", site).unwrap(),
            "see [this](https://a.example)| now"
        );
        assert_eq!(paste("|", site), None);
        assert_eq!(paste("|https://b.example|", site), None);
        assert_eq!(paste("|this|", "javascript:x"), None);
        assert_eq!(paste("|this|", "words"), None);
    }
}
