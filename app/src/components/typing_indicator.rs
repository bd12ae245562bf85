//! Who is typing, between the messages and the composer.

use leptos::prelude::*;
use tidings_protocol::ThreadId;

use crate::{live::use_live, wording::typing};

/// A line that is always there, so that nothing moves when somebody begins to type.
#[component]
pub fn TypingIndicator(
    /// Where.
    thread: ThreadId,
) -> impl IntoView {
    let live = use_live();
    let text = Memo::new(move |_| {
        let typists = live.typists(thread);
        let names: Vec<&str> = typists.iter().map(|user| user.display_name.as_str()).collect();
        typing(&names)
    });
    view! {
        <div class="typing" role="status">
            {move || {
                let text = text.get();
                (!text.is_empty())
                    .then(|| {
                        view! {
                            <span class="typing-dots" aria-hidden="true">
                                <i></i>
                                <i></i>
                                <i></i>
                            </span>
                            <em>{text}</em>
                        }
                    })
            }}
        </div>
    }
}
