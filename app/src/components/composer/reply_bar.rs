//! The message that is being answered, above the field.

use leptos::prelude::*;
use tidings_protocol::ThreadId;

use crate::{
    components::{Icon, QuoteText},
    replying::Replying,
};

/// Who said what is answered, its beginning, and a way to answer nothing.
#[component]
pub(super) fn ReplyBar(
    /// Where it was said.
    thread: ThreadId,
    /// What is answered.
    replying: Replying,
) -> impl IntoView {
    view! {
        <div class="reply-bar" id="reply-bar" role="group" aria-label="Replying to">
            <Icon drawing=icondata::LuReply />
            <div class="reply-text">
                <QuoteText thread seq=Signal::derive(move || replying.to()) />
            </div>
            <button
                type="button"
                class="composer-tool"
                aria-label="Cancel reply"
                title="Cancel reply (Esc)"
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| replying.restore(None)
            >
                <Icon drawing=icondata::LuX />
            </button>
        </div>
    }
}
