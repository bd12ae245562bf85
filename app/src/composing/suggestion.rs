//! Taking a suggested reply.

use super::{Change, Field};

/// Puts a suggested reply after what is written, with the caret at its end; nothing that was written is lost.
#[must_use]
pub fn added(field: &Field<'_>, text: &str) -> Change {
    let written = field.text.trim_end();
    let between = if written.is_empty() { "" } else { " " };
    Change::to(written.len()..field.text.len(), format!("{between}{text}"))
}

#[cfg(test)]
mod tests {
    use super::{super::testing::on, *};

    fn with_reply(marked: &str) -> String {
        on(marked, |field| Some(added(field, "Sure."))).unwrap()
    }

    #[test]
    fn a_reply_fills_an_empty_field_and_follows_what_is_there() {
        assert_eq!(with_reply("|"), "Sure.|");
        assert_eq!(with_reply("Hel|lo  "), "Hello Sure.|");
    }
}
