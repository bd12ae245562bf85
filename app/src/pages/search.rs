//! The search, as the page of its own that it is on a phone.

use leptos::prelude::*;

use crate::{components::EmptyState, searching::use_searching};

/// What stands beside the search while no hit is looked at.
#[component]
pub fn SearchPage() -> impl IntoView {
    let searching = use_searching();
    Effect::new(move |_| searching.open.set(true));
    view! {
        <h1 class="sr-only">"Search"</h1>
        <EmptyState drawing=icondata::LuTextSearch title="No message is open">
            <p>"Choose one that was found, to see it in its thread."</p>
        </EmptyState>
    }
}
