//! What a notification says.

/// Payloads as they are written.
pub mod written {
    use tidings_app::wording::preview;
    use tidings_protocol::{
        Content, Message, PushPayload, Seq, ThreadId, User, limits::PUSH_TEXT_MAX_CHARS, markup,
    };

    const PRODUCT: &str = "Tidings";

    /// That pushes arrive.
    #[must_use]
    pub fn test() -> PushPayload {
        PushPayload::Test {
            title: PRODUCT.to_owned(),
            text: "Notifications arrive in this browser.".to_owned(),
        }
    }

    /// A message of which nothing is told.
    #[must_use]
    pub fn hidden(thread: ThreadId, seq: Seq, unread: u32) -> PushPayload {
        PushPayload::Message {
            thread,
            seq,
            title: PRODUCT.to_owned(),
            text: "New message".to_owned(),
            unread,
        }
    }

    /// A message, from whom, in which group, and what it says.
    #[must_use]
    pub fn message(
        message: &Message,
        sender: Option<&User>,
        group: Option<&str>,
        unread: u32,
    ) -> PushPayload {
        let said = match &message.content {
            Content::Text { body } => markup::plain_text(body.as_str()),
            Content::Files { .. } => preview(&message.content, message.sender, |_| String::new()),
            Content::Notice { .. } | Content::Deleted | Content::Hidden | Content::Unknown => {
                "New message".to_owned()
            }
        };
        let name = sender.map_or(PRODUCT, |sender| sender.display_name.as_str());
        PushPayload::Message {
            thread: message.thread,
            seq: message.seq,
            title: group.map_or_else(|| name.to_owned(), |group| format!("{name} · {group}")),
            text: cut(&said),
            unread,
        }
    }

    fn cut(text: &str) -> String {
        match text.char_indices().nth(PUSH_TEXT_MAX_CHARS) {
            None => text.to_owned(),
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn long_texts_are_cut_between_characters() {
            assert_eq!(cut("Hello."), "Hello.");
            let long = "é".repeat(PUSH_TEXT_MAX_CHARS);
            assert_eq!(cut(&long), long);
            assert_eq!(cut(&format!("{long}x")), format!("{long}…"));
        }
    }
}
