//! What a message holds.

use leptos::prelude::*;
use tidings_protocol::{
    Content, ThreadId, ThreadKind, UserId,
    markup::{self, Block},
};

use super::markup::{Audience, blocks, inlines};
use crate::{live::use_live, wording::preview};

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
    let thread = use_context::<InThread>();
    let audience = Memo::new(move |_| Audience {
        me: live.me().id,
        members: thread.map_or_else(Vec::new, |thread| live.members(thread.0)),
        kind: thread
            .and_then(|thread| live.thread(thread.0))
            .map_or(ThreadKind::Direct, |row| row.kind),
    });
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

/// The thread that messages stand in: says who can be mentioned.
#[derive(Clone, Copy, Debug)]
pub struct InThread(pub ThreadId);
