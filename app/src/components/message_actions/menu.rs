//! What can be done with a message, as a list.

use icondata::Icon as Drawing;
use leptos::{ev, html::Div, prelude::*};
use tidings_protocol::Emoji;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::super::Icon;

/// What is offered before one looks for another.
const QUICK: [&str; 6] = ["👍", "❤️", "😂", "🎉", "😮", "🙏"];

/// One line of the menu.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    word: &'static str,
    drawing: Drawing,
    chosen: Callback<()>,
}

impl Entry {
    /// A line that says `word`, and does `chosen` once the menu is closed.
    pub(super) fn new(
        word: &'static str,
        drawing: Drawing,
        chosen: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self {
            word,
            drawing,
            chosen: Callback::new(move |()| chosen()),
        }
    }
}

/// Quick reactions, and under them the lines. Arrow keys go through all of them.
#[component]
pub(super) fn Menu(
    /// What is offered, in this order.
    entries: Vec<Entry>,
    /// Whether it opens below the message: there is more room.
    below: bool,
    /// Whether reactions are offered.
    quick: bool,
    /// Reacts.
    react: Callback<Emoji>,
    /// Closes the menu.
    close: Callback<()>,
) -> impl IntoView {
    let menu = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if let Some(first) = menu.get().and_then(|menu| buttons(&menu).into_iter().next()) {
            // Focus only fails to move for elements that are not shown.
            first.focus().ok();
        }
    });
    let key_down = move |event: ev::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowDown" | "ArrowRight" => 1,
            "ArrowUp" | "ArrowLeft" => -1,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        if let Some(menu) = menu.get_untracked() {
            step_from_focus(&buttons(&menu), step);
        }
    };
    let symbols = QUICK
        .iter()
        .filter_map(|symbol| Some((*symbol, Emoji::new(symbol).ok()?)));
    let reactions = symbols.map(|(symbol, emoji)| {
        view! {
            <button
                type="button"
                class="action"
                aria-label=format!("React with {symbol}")
                on:click=move |_| {
                    react.run(emoji.clone());
                    close.run(());
                }
            >
                {symbol}
            </button>
        }
    });
    let lines = entries.into_iter().map(|entry| {
        view! {
            <button
                type="button"
                class="action action-line"
                on:click=move |_| {
                    close.run(());
                    entry.chosen.run(());
                }
            >
                <Icon drawing=entry.drawing />
                {entry.word}
            </button>
        }
    });
    view! {
        <div
            class="actions actions-menu"
            class:below=below
            role="group"
            aria-label="Actions"
            node_ref=menu
            on:keydown=key_down
        >
            {quick.then(|| view! { <div class="actions-quick">{reactions.collect_view()}</div> })}
            {lines.collect_view()}
        </div>
    }
}

fn buttons(menu: &HtmlElement) -> Vec<HtmlElement> {
    let Ok(found) = menu.query_selector_all("button") else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|index| found.get(index)?.dyn_into().ok())
        .collect()
}

/// Moves the focus by one, round both ends.
fn step_from_focus(buttons: &[HtmlElement], step: isize) {
    let focused = document().active_element();
    let at = buttons
        .iter()
        .position(|button| focused.as_deref() == Some(button.as_ref()))
        .and_then(|at| isize::try_from(at).ok());
    let (Some(at), Ok(count)) = (at, isize::try_from(buttons.len())) else {
        return;
    };
    let next = usize::try_from((at + step).rem_euclid(count)).ok();
    if let Some(button) = next.and_then(|next| buttons.get(next)) {
        button.focus().ok();
    }
}
