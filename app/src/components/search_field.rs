//! A search that a page is about.

use leptos::prelude::*;

use super::Icon;

/// A labelled search input that keeps what is typed in `text`.
#[component]
pub fn SearchField(
    /// The label.
    label: &'static str,
    /// The input's id.
    id: &'static str,
    /// What can be searched for.
    placeholder: &'static str,
    /// What is typed.
    text: RwSignal<String>,
) -> impl IntoView {
    view! {
        <div class="field grow">
            <label for=id>{label}</label>
            <div class="search-box">
                <Icon drawing=icondata::LuSearch />
                <input
                    id=id
                    type="search"
                    autocomplete="off"
                    placeholder=placeholder
                    on:input:target=move |event| text.set(event.target().value())
                />
            </div>
        </div>
    }
}
