//! What to choose from while a name is written after an `@`, or a short code after a colon.

use leptos::prelude::*;

use crate::{
    components::{Avatar, PresenceDot},
    composing::Offer,
    live::use_live,
};

/// What is offered, and which of it Enter takes.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    /// The offers; empty while there is nothing to complete.
    pub(super) offers: RwSignal<Vec<Offer>>,
    /// Which one is chosen.
    pub(super) chosen: RwSignal<usize>,
}

impl Choice {
    pub(super) fn new() -> Self {
        Self {
            offers: RwSignal::new(Vec::new()),
            chosen: RwSignal::new(0),
        }
    }

    pub(super) fn is_open(self) -> bool {
        self.offers.with(|offers| !offers.is_empty())
    }

    pub(super) fn show(self, offers: Vec<Offer>) {
        if self.offers.with_untracked(|known| *known != offers) {
            self.chosen.set(0);
            self.offers.set(offers);
        }
    }

    /// One further down or, with `up`, up; around the ends.
    pub(super) fn step(self, up: bool) {
        let count = self.offers.with_untracked(Vec::len).max(1);
        self.chosen
            .update(|chosen| *chosen = (*chosen + if up { count - 1 } else { 1 }) % count);
    }

    /// The offer that is chosen.
    pub(super) fn taken(self) -> Option<Offer> {
        let chosen = self.chosen.get_untracked();
        self.offers.with_untracked(|offers| offers.get(chosen).cloned())
    }
}

/// The id of an offer, for the field's `aria-activedescendant`.
pub(super) fn id_of(place: usize) -> String {
    format!("offer-{place}")
}

/// The list above the field.
#[component]
pub(super) fn Completion(
    /// What to choose from.
    choice: Choice,
    /// Called with the offer that is clicked.
    take: Callback<Offer>,
) -> impl IntoView {
    let live = use_live();
    let option = move |(place, offer): (usize, Offer)| {
        let kept = StoredValue::new(offer.clone());
        let said = match offer {
            Offer::Person(user) => {
                let (id, name) = (user.id, user.display_name.as_str().to_owned());
                let shown = name.clone();
                view! {
                    <span class="offer-face">
                        <Avatar user=id name=Signal::stored(name) />
                        <PresenceDot presence=Signal::derive(move || live.presence(id).presence) />
                    </span>
                    <b dir="auto">{shown}</b>
                }
                .into_any()
            }
            Offer::Everybody => view! { <b>"Everybody in this group"</b> }.into_any(),
            Offer::Symbol { emoji, .. } => view! { <span class="offer-emoji">{emoji}</span> }.into_any(),
        };
        view! {
            <li
                id=id_of(place)
                role="option"
                class="offer"
                aria-selected=move || (choice.chosen.get() == place).to_string()
                on:mousedown=move |event| {
                    event.prevent_default();
                    take.run(kept.get_value());
                }
            >
                {said}
                <span class="offer-username">{kept.with_value(Offer::code)}</span>
            </li>
        }
    };
    move || {
        let offers = choice.offers.get();
        let label = match offers.first() {
            Some(Offer::Symbol { .. }) => "Emoji",
            Some(Offer::Person(_) | Offer::Everybody) | None => "Members to mention",
        };
        (!offers.is_empty()).then(|| {
            let options: Vec<_> = offers.into_iter().enumerate().map(option).collect();
            view! {
                <ul class="offers" id="offers" role="listbox" aria-label=label>
                    {options}
                </ul>
            }
        })
    }
}
