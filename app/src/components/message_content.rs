//! What a message holds.

use leptos::prelude::*;
use tidings_protocol::{Content, UserId};

use crate::{live::use_live, wording::preview};

/// The content of a message. Its text is a text node: nothing in it is markup.
#[component]
pub fn MessageContent(
    /// What it holds.
    #[prop(into)]
    content: Signal<Content>,
    /// Who sent it.
    sender: UserId,
) -> impl IntoView {
    let live = use_live();
    let is_text = Memo::new(move |_| matches!(*content.read(), Content::Text { .. }));
    let text = move || content.with(|content| preview(content, sender, |user| live.called(user)));
    view! {
        <p class="body" class:aside=move || !is_text.get() dir="auto">
            {text}
        </p>
    }
}
