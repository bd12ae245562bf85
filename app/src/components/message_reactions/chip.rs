//! One kind of reaction to a message.

use std::time::Duration;

use leptos::{
    ev::{self, FocusEvent, MouseEvent, PointerEvent},
    html::Span,
    prelude::*,
};
use tidings_device::{Act, Which};
use tidings_protocol::{Emoji, Reaction, ThreadId, UserId};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::long_press::LongPress;
use crate::{live::use_live, wording::reacted};

/// The pointer may leave a chip for so long on its way to the tooltip (WCAG 2.2, 1.4.13: hoverable).
const LEAVES_FOR: Duration = Duration::from_millis(300);

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
    let names = move || users.with(|users| reacted(users, live.me().id, |user: UserId| live.called(user)));
    let drawn = move || emoji.with_value(|emoji| emoji.as_str().to_owned());

    let shown = Shown::new();
    let pressing = LongPress::new(shown.held);
    let press = move |event: MouseEvent| {
        if !pressing.swallows(&event) {
            let (emoji, on) = (emoji.get_value(), !is_mine.get_untracked());
            live.amend(thread, which.get_untracked(), Act::React { emoji, on });
        }
    };
    let focus = move |event: FocusEvent| {
        let chip = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        // Not where the focus only follows a press.
        let by_key = chip.is_some_and(|chip| chip.matches(":focus-visible").unwrap_or(false));
        shown.focused.set(by_key);
    };
    view! {
        <span
            class="reaction-box"
            on:pointerenter=move |event| shown.enter(&event)
            on:pointerleave=move |event| shown.leave(&event)
        >
            <button
                type="button"
                class="reaction"
                aria-pressed=move || is_mine.get().to_string()
                aria-label=move || format!("{}: {}", drawn(), names())
                on:click=press
                on:pointerdown=move |event| pressing.down(&event)
                on:pointermove=move |event| pressing.moved(&event)
                on:pointerup=move |_| pressing.up()
                on:pointercancel=move |_| pressing.cancel()
                on:contextmenu=move |event: MouseEvent| {
                    if pressing.is_down() {
                        event.prevent_default();
                    }
                }
                on:focus=focus
                on:blur=move |_| shown.focused.set(false)
            >
                <span aria-hidden="true">{drawn}</span>
                <span aria-hidden="true" class="reaction-count">
                    {move || users.with(Vec::len)}
                </span>
            </button>
            {move || {
                shown
                    .is_any()
                    .then(|| {
                        view! {
                            <Tooltip close=Callback::new(move |()| shown.hide())>
                                <span class="reaction-tooltip-emoji">{drawn}</span>
                                <span>{names}</span>
                            </Tooltip>
                        }
                    })
            }}
        </span>
    }
}

/// Why the tooltip is shown: each reason lasts by itself (WCAG 2.2, 1.4.13: persistent).
#[derive(Clone, Copy)]
struct Shown {
    hovered: RwSignal<bool>,
    focused: RwSignal<bool>,
    held: RwSignal<bool>,
    leaving: StoredValue<Option<TimeoutHandle>>,
}

impl Shown {
    fn new() -> Self {
        let shown = Self {
            hovered: RwSignal::new(false),
            focused: RwSignal::new(false),
            held: RwSignal::new(false),
            leaving: StoredValue::new(None),
        };
        on_cleanup(move || shown.stay());
        shown
    }

    fn is_any(self) -> bool {
        self.hovered.get() || self.focused.get() || self.held.get()
    }

    fn hide(self) {
        for reason in [self.hovered, self.focused, self.held] {
            reason.set(false);
        }
    }

    fn enter(self, event: &PointerEvent) {
        // A finger that touches hovers as well: it is asked for by holding.
        if event.pointer_type() != "touch" {
            self.stay();
            self.hovered.set(true);
        }
    }

    fn leave(self, event: &PointerEvent) {
        if event.pointer_type() == "touch" {
            self.held.set(false);
            return;
        }
        let gone = move || {
            self.hovered.try_set(false);
        };
        match set_timeout_with_handle(gone, LEAVES_FOR) {
            Ok(timer) => self.leaving.set_value(Some(timer)),
            Err(_) => gone(),
        }
    }

    fn stay(self) {
        if let Some(timer) = self.leaving.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }
}

/// What is shown above a chip, or below where there is no room. It says what the chip's label says.
#[component]
fn Tooltip(
    /// Called when Escape is pressed, wherever the focus is (WCAG 2.2, 1.4.13: dismissible).
    close: Callback<()>,
    children: Children,
) -> impl IntoView {
    let tooltip = NodeRef::<Span>::new();
    Effect::new(move |_| {
        if let Some(tooltip) = tooltip.get() {
            keep_inside(&tooltip);
        }
    });
    let keys = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" {
            close.run(());
        }
    });
    on_cleanup(move || keys.remove());
    view! {
        <span class="reaction-tooltip" aria-hidden="true" node_ref=tooltip>
            <span class="reaction-tooltip-card">{children()}</span>
        </span>
    }
}

/// Moves a tooltip so that all of it is in the list of messages.
fn keep_inside(tooltip: &HtmlElement) {
    let Ok(Some(list)) = tooltip.closest(".messages") else {
        return;
    };
    let (room, place) = (
        list.get_bounding_client_rect(),
        tooltip.get_bounding_client_rect(),
    );
    let over = (place.right() - room.right()).max(0.0);
    let under = (room.left() - place.left() + over).max(0.0);
    let style = HtmlElement::style(tooltip);
    // A style that can't be set leaves it where it was.
    style.set_property("--shift", &format!("{}px", under - over)).ok();
    if place.top() < room.top() {
        tooltip.class_list().add_1("below").ok();
    }
}
