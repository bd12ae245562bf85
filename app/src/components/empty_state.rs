//! What stands where there is nothing yet.

use leptos::prelude::*;

use super::Icon;

/// Says that there is nothing, and what to do about it.
#[component]
pub fn EmptyState(
    /// A drawing for the eye.
    drawing: icondata::Icon,
    /// What is missing.
    #[prop(into)]
    title: String,
    /// What to do: text and links.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon">
                <Icon drawing />
            </span>
            <p class="empty-title">{title}</p>
            <div class="empty-text">{children()}</div>
        </div>
    }
}
