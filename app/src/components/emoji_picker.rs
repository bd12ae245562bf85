//! Choosing an emoji.

mod grid;
mod place;

use leptos::{ev, html::Dialog, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use self::{grid::Grid, place::put_beside};
use crate::{
    emoji::{Stock, Supply, Tone},
    live::use_live,
};

/// What shows skin tones best.
const HAND: &str = "✋";

/// What is done with the emoji that is chosen.
type Take = Box<dyn FnOnce(String) + Send + Sync>;

/// The emoji picker of the page. A handle: copies are the same one.
#[derive(Clone, Copy)]
pub struct EmojiPicker {
    /// Where its emoji come from.
    pub supply: Supply,
    dialog: NodeRef<Dialog>,
    is_open: RwSignal<bool>,
    take: StoredValue<Option<Take>>,
}

/// The emoji picker of the page.
#[must_use]
pub fn use_emoji_picker() -> EmojiPicker {
    expect_context()
}

impl EmojiPicker {
    /// A picker that is closed. [`EmojiPickerHost`] shows it.
    #[must_use]
    pub fn new(supply: Supply) -> Self {
        Self {
            supply,
            dialog: NodeRef::new(),
            is_open: RwSignal::new(false),
            take: StoredValue::new(None),
        }
    }

    /// Opens it beside `opener`; `take` is called with the emoji that is chosen, if one is. It may outlive whatever
    /// opened the picker, such as a menu that closes by that.
    pub fn open(self, opener: &Element, take: impl FnOnce(String) + Send + Sync + 'static) {
        let Some(dialog) = self.dialog.get_untracked() else {
            return;
        };
        self.supply.order();
        self.take.set_value(Some(Box::new(take)));
        // A dialog that is open already stays open.
        if dialog.show_modal().is_ok() {
            self.is_open.set(true);
        }
        put_beside(&dialog, opener);
    }

    fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }

    /// An emoji is chosen.
    fn choose(self, emoji: &str) {
        self.supply.used(emoji);
        self.close();
        if let Some(take) = self.take.try_update_value(Option::take).flatten() {
            take(emoji.to_owned());
        }
    }
}

/// The dialog of the page's emoji picker.
#[component]
pub fn EmojiPickerHost() -> impl IntoView {
    let picker = use_emoji_picker();
    let supply = picker.supply;
    let search = RwSignal::new(String::new());
    let closed = move |_| {
        picker.is_open.set(false);
        search.set(String::new());
    };
    // What is pressed beside the box is the dialog itself.
    let pressed = move |event: ev::MouseEvent| {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        if target.is_some_and(|target| target.tag_name() == "DIALOG") {
            picker.close();
        }
    };
    let tones = Tone::ALL.map(|tone| {
        view! {
            <button
                type="button"
                class="picker-tone"
                aria-label=tone.name()
                title=tone.name()
                aria-pressed=move || (supply.tone() == tone).to_string()
                on:click=move |_| supply.prefer(tone)
            >
                {tone.of(HAND)}
            </button>
        }
    });
    view! {
        <dialog
            class="picker"
            aria-label="Choose an emoji"
            node_ref=picker.dialog
            on:close=closed
            on:click=pressed
        >
            <div class="picker-box">
                {move || {
                    picker
                        .is_open
                        .get()
                        .then(|| match supply.stock() {
                            Stock::Here(table) => view! { <Grid picker table search /> }.into_any(),
                            Stock::Untouched | Stock::Ordered => {
                                view! {
                                    <p class="picker-note" role="status">
                                        "Loading emoji…"
                                    </p>
                                }
                                    .into_any()
                            }
                            Stock::Missing => {
                                view! {
                                    <div class="picker-note" role="alert">
                                        <p>"The emoji could not be loaded. Is there a connection?"</p>
                                        <button
                                            type="button"
                                            class="button button-small"
                                            on:click=move |_| supply.order()
                                        >
                                            "Try again"
                                        </button>
                                    </div>
                                }
                                    .into_any()
                            }
                        })
                }}
                <div class="picker-foot">
                    <div class="picker-tones" role="group" aria-label="Skin tone">
                        {tones}
                    </div>
                    <button type="button" class="button button-quiet button-small" on:click=move |_| picker.close()>
                        "Close"
                    </button>
                </div>
            </div>
        </dialog>
    }
}

/// Makes the page's emoji picker known to what is inside.
pub fn provide_emoji_picker() {
    provide_context(EmojiPicker::new(Supply::new(use_live())));
}
