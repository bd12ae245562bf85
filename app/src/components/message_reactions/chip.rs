//! One kind of reaction to a message.

use std::time::Duration;

use leptos::{
    ev::{FocusEvent, KeyboardEvent, MouseEvent, PointerEvent},
    prelude::*,
};
use tidings_device::{Act, Which};
use tidings_protocol::{Emoji, Reaction, ThreadId, UserId};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::{
    live::use_live,
    wording::{NAMED_AT_LENGTH, NAMED_IN_SHORT, reacted},
};

/// How long a finger rests on a reaction to be told who reacted. As long as systems take for a long press.
const HELD: Duration = Duration::from_millis(450);

/// An emoji with how many reacted so.
#[component]
pub(super) fn Chip(
    /// Where the message is.
    thread: ThreadId,
    /// Which.
    which: Signal<Which>,
    /// All reactions to it.
    reactions: Signal<Vec<Reaction>>,
    /// The one of this chip.
    emoji: Emoji,
) -> impl IntoView {
    let live = use_live();
    let emoji = StoredValue::new(emoji);
    let users = Memo::new(move |_| {
        let found = reactions.with(|all| {
            let own = emoji.with_value(|emoji| all.iter().find(|one| one.emoji == *emoji).cloned());
            own.map(|reaction| reaction.users)
        });
        found.unwrap_or_default()
    });
    let is_mine = Memo::new(move |_| users.with(|users| users.contains(&live.me().id)));
    let named = move |most: usize| {
        users.with(|users| reacted(users, live.me().id, most, |user: UserId| live.called(user)))
    };
    let drawn = move || emoji.with_value(|emoji| emoji.as_str().to_owned());

    let telling = RwSignal::new(false);
    let finger = Finger::new(telling);
    let press = move |_| {
        if !finger.lifted() {
            let (emoji, on) = (emoji.get_value(), !is_mine.get_untracked());
            live.amend(thread, which.get_untracked(), Act::React { emoji, on });
        }
    };
    let enter = move |event: PointerEvent| {
        if event.pointer_type() != "touch" {
            telling.set(true);
        }
    };
    let leave = move |_: PointerEvent| {
        finger.left();
        telling.set(false);
    };
    let focus = move |event: FocusEvent| {
        let chip = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        // Not where the focus only follows a press.
        if chip.is_some_and(|chip| chip.matches(":focus-visible").unwrap_or(false)) {
            telling.set(true);
        }
    };
    let key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && telling.get_untracked() {
            event.stop_propagation();
            telling.set(false);
        }
    };
    view! {
        <span class="reaction-box" on:pointerenter=enter on:pointerleave=leave>
            <button
                type="button"
                class="reaction"
                aria-pressed=move || is_mine.get().to_string()
                aria-label=move || format!("{}: {}", drawn(), named(NAMED_IN_SHORT))
                on:click=press
                on:pointerdown=move |event| finger.down(&event)
                on:pointercancel=move |_| finger.left()
                on:contextmenu=move |event: MouseEvent| {
                    if finger.is_down() {
                        event.prevent_default();
                    }
                }
                on:focus=focus
                on:blur=move |_| telling.set(false)
                on:keydown=key
            >
                <span aria-hidden="true">{drawn}</span>
                <span aria-hidden="true" class="reaction-count">
                    {move || users.with(Vec::len)}
                </span>
            </button>
            {move || {
                telling
                    .get()
                    .then(|| {
                        view! {
                            // What it says is the button's label.
                            <span class="reaction-people" aria-hidden="true">
                                <span class="reaction-people-card">
                                    <span class="reaction-people-emoji">{drawn}</span>
                                    <span>{move || named(NAMED_AT_LENGTH)}</span>
                                </span>
                            </span>
                        }
                    })
            }}
        </span>
    }
}

/// A finger on a chip: one that rests is told who reacted, and does not react.
#[derive(Clone, Copy)]
struct Finger {
    telling: RwSignal<bool>,
    timer: StoredValue<Option<TimeoutHandle>>,
    rested: StoredValue<bool>,
}

impl Finger {
    fn new(telling: RwSignal<bool>) -> Self {
        let finger = Self {
            telling,
            timer: StoredValue::new(None),
            rested: StoredValue::new(false),
        };
        on_cleanup(move || finger.left());
        finger
    }

    fn down(self, event: &PointerEvent) {
        self.left();
        self.rested.set_value(false);
        if event.pointer_type() != "touch" {
            return;
        }
        let rest = move || {
            self.timer.try_set_value(None);
            self.rested.try_set_value(true);
            self.telling.try_set(true);
        };
        // Without a timer there is only the press.
        self.timer.set_value(set_timeout_with_handle(rest, HELD).ok());
    }

    /// Whether a finger is on the chip, or was just now.
    fn is_down(self) -> bool {
        self.rested.get_value() || self.timer.with_value(Option::is_some)
    }

    /// The finger is lifted: whether it had rested.
    fn lifted(self) -> bool {
        self.left();
        let rested = self.rested.get_value();
        self.rested.set_value(false);
        rested
    }

    fn left(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }
}
