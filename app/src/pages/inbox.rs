//! No thread is open.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::EmptyState;

/// What stands beside the list while no thread is open.
#[component]
pub fn InboxPage() -> impl IntoView {
    view! {
        <h1 class="sr-only">"Inbox"</h1>
        <EmptyState drawing=icondata::LuMessagesSquare title="No thread is open">
            <p>"Choose one on the left, or write to somebody new."</p>
            <A href="/people" attr:class="button">
                "Find people"
            </A>
        </EmptyState>
    }
}
