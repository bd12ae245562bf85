//! Whether a person is here, as a dot.

use leptos::prelude::*;
use tidings_protocol::Presence;

/// A dot whose colour and shape tell the presence, with the word for those who don't see it.
#[component]
pub fn PresenceDot(
    /// The presence.
    #[prop(into)]
    presence: Signal<Presence>,
) -> impl IntoView {
    let word = move || match presence.get() {
        Presence::Online => "online",
        Presence::Idle => "idle",
        Presence::Offline => "offline",
    };
    view! {
        <span class=move || format!("presence {}", word()) title=word>
            <span class="sr-only">{word}</span>
        </span>
    }
}
