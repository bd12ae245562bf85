//! The client that a thread is about.

use leptos::prelude::*;

use super::Icon;

/// A client's name as a small label.
#[component]
pub fn ClientChip(
    /// The client's name.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    view! {
        <span class="chip">
            <Icon drawing=icondata::LuBriefcase />
            <span class="sr-only">"Client: "</span>
            <span class="chip-name">{name}</span>
        </span>
    }
}
