//! What can be done with a message, as a list.

use icondata::Icon as Drawing;
use leptos::{ev, html::Div, prelude::*};
use tidings_protocol::Emoji;

use super::super::{Icon, focus_walk::FocusWalk};

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
        if let Some(menu) = menu.get() {
            FocusWalk::through(&menu, "button").to_first();
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
            FocusWalk::through(&menu, "button").round(step);
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
