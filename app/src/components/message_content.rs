//! What a message holds.

use leptos::prelude::*;
use tidings_protocol::{
    Body, Content, ThreadId, ThreadKind, UserId,
    markup::{self, Block},
};

use super::{
    MessageFiles,
    markup::{Audience, blocks, inlines},
};
use crate::{
    live::{Live, use_live},
    wording::preview,
};

/// The content of a message. Its text is read into nodes, and each node is an element: nothing in it is markup.
#[component]
pub fn MessageContent(
    /// What it holds.
    #[prop(into)]
    content: Signal<Content>,
    /// Who sent it.
    sender: UserId,
) -> impl IntoView {
    let live = use_live();
    let audience = expect_context::<InThread>().audience;
    move || {
        content.with(|content| match content {
            Content::Text { body } => text(body, audience),
            Content::Files { caption, attachments } => {
                let caption = caption.as_ref().map(|body| text(body, audience));
                view! {
                    <MessageFiles files=attachments.clone() sender />
                    {caption}
                }
                .into_any()
            }
            Content::Notice { .. } | Content::Deleted | Content::Hidden | Content::Unknown => {
                let text = preview(content, sender, |user| live.called(user));
                view! {
                    <p class="body aside" dir="auto">
                        {text}
                    </p>
                }
                .into_any()
            }
        })
    }
}

fn text(body: &Body, audience: Memo<Audience>) -> AnyView {
    let read = markup::parse(body.as_str());
    audience.with(|audience| match &read[..] {
        // One paragraph stands in line with the message's time.
        [Block::Paragraph(inner)] => view! {
            <p class="body" dir="auto">
                {inlines(inner, audience)}
            </p>
        }
        .into_any(),
        read => view! { <div class="body blocks">{blocks(read, audience)}</div> }.into_any(),
    })
}

/// Who can be mentioned in the thread that messages stand in: worked out once for all of them.
#[derive(Clone, Copy, Debug)]
pub struct InThread {
    audience: Memo<Audience>,
    thread: ThreadId,
}

impl InThread {
    /// The thread whose messages are about to be shown.
    #[must_use]
    pub fn new(live: Live, thread: ThreadId) -> Self {
        let audience = Memo::new(move |_| Audience {
            me: live.me().id,
            members: live.members(thread),
            kind: live.thread(thread).map_or(ThreadKind::Direct, |row| row.kind),
        });
        Self { audience, thread }
    }

    /// Which thread it is.
    #[must_use]
    pub fn thread(self) -> ThreadId {
        self.thread
    }
}
