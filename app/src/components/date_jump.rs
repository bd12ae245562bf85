//! Going to a day of a thread.

use leptos::{ev, html::Input, prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use tidings_protocol::{Seq, ThreadId, command::LocateDate, search::Date};

use crate::{calendar::Day, live::use_live, searching::address_of};

/// Whether a day of the open thread is being chosen, and which it was at first.
#[derive(Clone, Copy)]
pub struct ChoosingDay(RwSignal<Option<Option<Day>>>);

impl ChoosingDay {
    /// No day is being chosen.
    #[must_use]
    pub fn new() -> Self {
        Self(RwSignal::new(None))
    }

    /// Asks for a day, beginning with this one.
    pub fn from(self, day: Day) {
        self.0.set(Some(Some(day)));
    }

    /// Asks for a day, or no longer.
    pub fn toggle(self) {
        self.0.update(|choosing| {
            *choosing = match choosing {
                Some(_) => None,
                None => Some(None),
            };
        });
    }

    /// Whether a day is being chosen.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.0.with(Option::is_some)
    }
}

impl Default for ChoosingDay {
    fn default() -> Self {
        Self::new()
    }
}

/// The day to go to, while it is chosen.
#[component]
pub fn DateJump(
    /// The open thread.
    thread: ThreadId,
) -> impl IntoView {
    let ChoosingDay(choosing) = expect_context();
    let chosen = Memo::new(move |_| choosing.get());
    move || {
        let first = chosen.get()?;
        Some(view! { <Form thread first /> })
    }
}

#[component]
fn Form(thread: ThreadId, first: Option<Day>) -> impl IntoView {
    let live = use_live();
    let ChoosingDay(choosing) = expect_context();
    let field = NodeRef::<Input>::new();
    let trouble = RwSignal::new(None::<String>);
    let today = untrack(|| live.moment(live.clock()).day);
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // Without focus it can still be clicked.
            field.focus().ok();
        }
    });
    let go = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let value = field
            .get_untracked()
            .map(|field| field.value())
            .unwrap_or_default();
        let Some(day) = Date::parse(&value) else {
            trouble.set(Some("Choose a day first.".to_owned()));
            return;
        };
        let navigate = navigate.clone();
        let at = live.begins(day);
        spawn_local(async move {
            let sentence = match live.ask(LocateDate { thread, at }).await {
                Ok(Seq::ZERO) => "Nothing was said here yet.".to_owned(),
                Ok(seq) => {
                    choosing.try_set(None);
                    return navigate(&address_of(thread, seq), Default::default());
                }
                Err(error) => error.message,
            };
            trouble.try_set(Some(sentence));
        });
    };
    let close = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            choosing.set(None);
        }
    };
    view! {
        <form class="date-jump" on:submit=go on:keydown=close>
            <label for="date-jump">"Show messages from"</label>
            <input
                id="date-jump"
                type="date"
                value=first.unwrap_or(today).iso()
                max=today.iso()
                node_ref=field
            />
            <button type="submit" class="button button-small">
                "Show"
            </button>
            {move || trouble.get().map(|sentence| view! { <p class="field-error" role="alert">{sentence}</p> })}
        </form>
    }
}
