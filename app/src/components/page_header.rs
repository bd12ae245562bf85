//! The top of a page beside the threads.

use leptos::prelude::*;
use leptos_router::components::A;

use super::Icon;

/// A page's heading, with a way back on a phone and room for what can be done there.
#[component]
pub fn PageHeader(
    /// The heading.
    #[prop(into)]
    title: Signal<String>,
    /// Where "Back" leads.
    #[prop(default = "/".to_owned(), into)]
    back: String,
    /// Buttons and links at the end.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="page-header">
            <A href=back attr:class="back icon-button" attr:aria-label="Back">
                <Icon drawing=icondata::LuArrowLeft />
            </A>
            <h1 class="page-title">{title}</h1>
            <div class="page-actions">{children.map(|children| children())}</div>
        </header>
    }
}
