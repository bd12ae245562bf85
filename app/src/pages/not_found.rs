//! Nothing is at an address.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::components::{EmptyState, PageHeader};

/// The page for an address that means nothing.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <Title text="Not found · Tidings" />
        <main class="outside">
            <div class="card">
                <h1>"There is nothing here"</h1>
                <p>"The address may be mistyped, or what was here is gone."</p>
                <a class="button" href="/" rel="external">
                    "Go to your threads"
                </a>
            </div>
        </main>
    }
}

/// Stands in the place of a record that doesn't exist or isn't this person's: the same words for both.
#[component]
pub fn NotFoundHere(
    /// What was looked for.
    what: &'static str,
) -> impl IntoView {
    view! {
        <PageHeader title="Not found" />
        <EmptyState drawing=icondata::LuSearchX title=format!("There is no such {what}")>
            <p>"It doesn't exist, or you are not a part of it."</p>
            <A href="/" attr:class="button">
                "Go to your threads"
            </A>
        </EmptyState>
    }
}
