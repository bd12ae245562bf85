//! What a message says, in one line of text.

use tidings_protocol::{Content, Notice, UserId, markup};

/// A message in one line, as lists and announcements show it. `name` says what somebody is called, and "You" for
/// oneself.
#[must_use]
pub fn preview(content: &Content, sender: UserId, name: impl Fn(UserId) -> String) -> String {
    match content {
        Content::Text { body } => markup::plain_text(body.as_str()),
        Content::Notice { notice } => told(notice, sender, name),
        Content::Deleted => "Message deleted".to_owned(),
        Content::Unknown => "Something that this version can't show".to_owned(),
    }
}

/// A notice as a sentence without its full stop.
#[must_use]
pub fn told(notice: &Notice, sender: UserId, name: impl Fn(UserId) -> String) -> String {
    let by = name(sender);
    match notice {
        Notice::Created => format!("{by} created this group"),
        Notice::Added { user } => format!("{by} added {}", name(*user)),
        Notice::Removed { user } => format!("{by} removed {}", name(*user)),
        Notice::Left => format!("{by} left"),
        Notice::Renamed { title } => format!("{by} renamed this group to “{title}”"),
        Notice::Unknown => format!("{by} changed this group"),
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::Body;
    use uuid::Uuid;

    use super::*;

    const ANA: UserId = UserId(Uuid::from_u128(1));
    const BEN: UserId = UserId(Uuid::from_u128(2));

    fn name(user: UserId) -> String {
        if user == ANA { "Ana" } else { "You" }.to_owned()
    }

    #[test]
    fn a_text_is_its_own_preview() {
        let content = Content::from(Body::new("hello").unwrap());
        assert_eq!(preview(&content, ANA, name), "hello");
        assert_eq!(preview(&Content::Deleted, ANA, name), "Message deleted");
    }

    #[test]
    fn a_notice_says_who_did_what_to_whom() {
        let notice = Notice::Added { user: BEN };
        assert_eq!(told(&notice, ANA, name), "Ana added You");
        assert_eq!(told(&Notice::Left, ANA, name), "Ana left");
    }
}
