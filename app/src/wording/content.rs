//! What a message says, in one line of text.

use tidings_protocol::{Attachment, AttachmentKind, Content, MemberRole, Notice, UserId, markup};

use super::counted;

/// Names beyond this many become "and 4 others".
const NAMED: usize = 3;

/// A message in one line, as lists and announcements show it. `name` says what somebody is called, and "You" for
/// oneself.
#[must_use]
pub fn preview(content: &Content, sender: UserId, name: impl Fn(UserId) -> String) -> String {
    match content {
        Content::Text { body } => markup::plain_text(body.as_str()),
        Content::Files { caption, attachments } => {
            let files = files(attachments);
            match caption {
                Some(caption) => format!("{files}: {}", markup::plain_text(caption.as_str())),
                None => files,
            }
        }
        Content::Notice { notice } => told(notice, sender, name),
        Content::Deleted => "Message deleted".to_owned(),
        Content::Hidden => "Message deleted for you".to_owned(),
        Content::Unknown => "Something that this version can't show".to_owned(),
    }
}

/// What files a message brings, in few words.
#[must_use]
pub fn files(attachments: &[Attachment]) -> String {
    let count = attachments.len();
    match attachments {
        [] => "File".to_owned(),
        [one] => match &one.kind {
            AttachmentKind::Image { .. } => "Photo".to_owned(),
            AttachmentKind::Voice { .. } => "Voice message".to_owned(),
            AttachmentKind::File | AttachmentKind::Unknown => format!("File: {}", one.name.as_str()),
        },
        all if all.iter().all(is_image) => format!("{count} photos"),
        _ => format!("{count} files"),
    }
}

fn is_image(attachment: &Attachment) -> bool {
    matches!(attachment.kind, AttachmentKind::Image { .. })
}

/// Characters of a message that others quote, at most: two lines of a bubble, whatever its width.
const EXCERPT_CHARS: usize = 140;

/// The beginning of a message in one line, as it is quoted.
#[must_use]
pub fn excerpt(content: &Content, sender: UserId, name: impl Fn(UserId) -> String) -> String {
    let whole = preview(content, sender, name);
    let line = whole.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT_CHARS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

/// A notice as a sentence without its full stop.
#[must_use]
pub fn told(notice: &Notice, sender: UserId, name: impl Fn(UserId) -> String) -> String {
    let by = name(sender);
    // "You" begins a sentence, and is "you" further on.
    let whom = |user: UserId| match name(user).as_str() {
        "You" => "you".to_owned(),
        other => other.to_owned(),
    };
    match notice {
        Notice::Created => format!("{by} created this group"),
        Notice::Added { users } => format!("{by} added {}", listed(users, whom)),
        Notice::Removed { user } => format!("{by} removed {}", whom(*user)),
        Notice::Left => format!("{by} left"),
        Notice::Renamed { title } => format!("{by} renamed this group to “{}”", title.as_str()),
        Notice::RoleChanged { user, role } => match role {
            MemberRole::Owner => format!("{by} made {} an owner", whom(*user)),
            MemberRole::Admin => format!("{by} made {} an admin", whom(*user)),
            MemberRole::Member => format!("{by} made {} a member without further rights", whom(*user)),
        },
        Notice::Unknown => format!("{by} changed this group"),
    }
}

/// People in a row: the first few by name, the others counted.
fn listed(users: &[UserId], whom: impl Fn(UserId) -> String) -> String {
    let (named, rest) = users.split_at(users.len().min(NAMED));
    let mut names: Vec<String> = named.iter().map(|user| whom(*user)).collect();
    if !rest.is_empty() {
        names.push(counted(rest.len(), "other", "others"));
    }
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        Some(only) => only,
        None => "nobody".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{AttachmentId, Body, FileName};
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
    fn an_excerpt_is_one_short_line() {
        let of = |text: &str| excerpt(&Body::new(text).unwrap().into(), ANA, name);
        assert_eq!(of("**Two**\n\n- lines"), "Two • lines");
        for long in ["x".repeat(5_000), "word ".repeat(1_000), "é".repeat(5_000)] {
            let excerpt = of(&long);
            assert!(excerpt.chars().count() <= EXCERPT_CHARS + 1, "{excerpt}");
            assert!(excerpt.ends_with('…'));
        }
        assert_eq!(of(&"x".repeat(EXCERPT_CHARS)).chars().count(), EXCERPT_CHARS);
        assert_eq!(excerpt(&Content::Deleted, ANA, name), "Message deleted");
    }

    #[test]
    fn a_notice_says_who_did_what_to_whom() {
        let notice = Notice::Added { users: vec![BEN] };
        assert_eq!(told(&notice, ANA, name), "Ana added you");
        assert_eq!(told(&Notice::Left, BEN, name), "You left");
        let role = MemberRole::Admin;
        let notice = Notice::RoleChanged { user: ANA, role };
        assert_eq!(told(&notice, BEN, name), "You made Ana an admin");
    }

    #[test]
    fn many_who_are_added_are_counted() {
        let notice = |count| Notice::Added {
            users: vec![ANA; count],
        };
        assert_eq!(told(&notice(2), BEN, name), "You added Ana and Ana");
        assert_eq!(told(&notice(4), BEN, name), "You added Ana, Ana, Ana and 1 other");
        assert_eq!(
            told(&notice(9), BEN, name),
            "You added Ana, Ana, Ana and 6 others"
        );
    }

    #[test]
    fn files_are_named_in_few_words() {
        let file = |name: &str, kind| Attachment {
            id: AttachmentId(Uuid::from_u128(1)),
            name: FileName::tidy(name),
            media_type: String::new(),
            size: 1,
            kind,
        };
        let photo = file("a.png", AttachmentKind::Image { width: 1, height: 1 });
        let plan = file("plan.pdf", AttachmentKind::File);
        for (files, caption, expected) in [
            (vec![photo.clone()], None, "Photo"),
            (vec![photo.clone(); 3], None, "3 photos"),
            (vec![plan.clone()], None, "File: plan.pdf"),
            (vec![plan.clone()], Some("**Look**"), "File: plan.pdf: Look"),
            (vec![photo, plan], Some("Look"), "2 files: Look"),
        ] {
            let caption = caption.map(|text| Body::new(text).unwrap());
            let content = Content::new(caption, files).unwrap();
            assert_eq!(preview(&content, ANA, name), expected);
        }
    }
}
