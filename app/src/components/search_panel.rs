//! The search: a box, what it can be narrowed down by, and what was found.

mod filters;
mod found;

use leptos::{ev, html::Input, prelude::*};
use leptos_router::hooks::use_location;

use super::{Icon, focus_walk::FocusWalk};
use crate::searching::use_searching;
use filters::Filters;
use found::Found;

/// The search, in the place of the threads.
#[component]
pub fn SearchPanel() -> impl IntoView {
    let searching = use_searching();
    let path = use_location().pathname;
    let field = NodeRef::<Input>::new();
    let panel = NodeRef::new();
    let focus = move || {
        if let Some(field) = field.get_untracked() {
            // Without focus it can still be clicked.
            field.focus().ok();
            field.select();
        }
    };
    Effect::new(move |_| {
        searching.summoned.track();
        if field.get().is_some() {
            // On a phone the panel is only shown once the address has changed.
            request_animation_frame(focus);
        }
    });
    let close = move || searching.dismiss(&path.get_untracked());
    let keys = move |event: ev::KeyboardEvent| {
        let Some(panel): Option<web_sys::HtmlElement> = panel.get_untracked() else {
            return;
        };
        let key = event.key();
        let in_field = field
            .get_untracked()
            .is_some_and(|field| document().active_element().as_ref() == Some(field.as_ref()));
        match key.as_str() {
            "ArrowDown" | "ArrowUp" => {
                event.prevent_default();
                let choices = FocusWalk::through(&panel, "[data-choice]");
                if key == "ArrowDown" {
                    choices.down();
                } else if !choices.up() {
                    focus();
                }
            }
            "Escape" if in_field => {
                // Browsers would empty the field, and what is typed stays for the next time.
                event.prevent_default();
                close();
            }
            "Escape" => focus(),
            "Enter" if in_field => {
                event.prevent_default();
                searching.ask();
            }
            _ => {}
        }
    };
    view! {
        <section class="threads search-panel" role="search" aria-label="Messages" on:keydown=keys node_ref=panel>
            <div class="threads-top">
                <h2 class="threads-title">"Search"</h2>
                <button type="button" class="icon-button" aria-label="Close search" on:click=move |_| close()>
                    <Icon drawing=icondata::LuX />
                </button>
            </div>
            <div class="filters">
                <div class="search-box">
                    <Icon drawing=icondata::LuSearch />
                    <input
                        type="search"
                        name="q"
                        aria-label="Search messages"
                        placeholder="Words, or from:ana"
                        autocomplete="off"
                        spellcheck="false"
                        enterkeyhint="search"
                        prop:value=searching.text
                        value=searching.text.get_untracked()
                        on:input:target=move |event| searching.text.set(event.target().value())
                        node_ref=field
                    />
                </div>
                <Filters focus=Callback::new(move |()| focus_at_end(field)) />
            </div>
            <Found />
        </section>
    }
}

fn focus_at_end(field: NodeRef<Input>) {
    // After the text that it shows has changed.
    request_animation_frame(move || {
        if let Some(field) = field.get_untracked() {
            let end = u32::try_from(field.value().encode_utf16().count()).unwrap_or(u32::MAX);
            field.focus().ok();
            field.set_selection_range(end, end).ok();
        }
    });
}
