//! What a message holds.

use leptos::prelude::*;
use tidings_protocol::{
    Content, ThreadId, ThreadKind, UserId,
    markup::{self, Block},
};

use super::markup::{Audience, blocks, inlines};
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
    let InThread(audience) = expect_context();
    move || {
        content.with(|content| match content {
            Content::Text { body } => {
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
            Content::Notice { .. } | Content::Deleted | Content::Unknown => {
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

/// Who can be mentioned in the thread that messages stand in: worked out once for all of them.
#[derive(Clone, Copy, Debug)]
pub struct InThread(Memo<Audience>);

impl InThread {
    /// The thread whose messages are about to be shown.
    #[must_use]
    pub fn new(live: Live, thread: ThreadId) -> Self {
        Self(Memo::new(move |_| Audience {
            me: live.me().id,
            members: live.members(thread),
            kind: live.thread(thread).map_or(ThreadKind::Direct, |row| row.kind),
        }))
    }
}
