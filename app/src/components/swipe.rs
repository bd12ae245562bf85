//! Answering a message by pulling it aside with a finger.

use leptos::{ev, prelude::*};
use tidings_protocol::{Seq, ThreadId};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::{
    live::{Live, use_live},
    replying::Replying,
    swiping::{Lines, Swipe},
};

/// What goes sideways under a finger by itself.
const SLIDES: &str = "input, textarea, pre, table";

/// The finger on one message. A handle: copies are the same.
#[derive(Clone, Copy)]
pub(super) struct Swiping {
    live: Live,
    thread: ThreadId,
    replying: Replying,
    /// What is answered; `None` for what can't be.
    to: Signal<Option<Seq>>,
    swipe: RwSignal<Swipe>,
    /// Which finger, and which way lines run where it is.
    finger: StoredValue<Option<(i32, Lines)>>,
}

impl Swiping {
    pub(super) fn new(thread: ThreadId, to: Signal<Option<Seq>>) -> Self {
        Self {
            live: use_live(),
            thread,
            replying: expect_context(),
            to,
            swipe: RwSignal::default(),
            finger: StoredValue::new(None),
        }
    }

    /// How far the message is pulled; `None` while it is where it belongs.
    pub(super) fn pull(self) -> Option<f64> {
        self.swipe.get().pull()
    }

    /// Whether letting go answers it.
    pub(super) fn is_enough(self) -> bool {
        self.swipe.get().is_enough()
    }

    pub(super) fn down(self, event: &ev::PointerEvent) {
        // A mouse marks text, and has the menu; a pen that draws a line is a mouse here.
        if event.pointer_type() != "touch" || !self.may_answer() {
            return;
        }
        let Some(element) = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
        else {
            return;
        };
        if !matches!(element.closest(SLIDES), Ok(None)) {
            return;
        }
        self.finger
            .set_value(Some((event.pointer_id(), lines_of(&element))));
        let (x, y) = place_of(event);
        self.swipe.update(|swipe| *swipe = swipe.down(x, y));
    }

    pub(super) fn moved(self, event: &ev::PointerEvent) {
        let Some(lines) = self.lines_under(event) else {
            return;
        };
        let (x, y) = place_of(event);
        let before = self.swipe.get_untracked();
        let after = before.moved(x, y, lines);
        if after != before {
            self.swipe.set(after);
        }
    }

    pub(super) fn up(self, event: &ev::PointerEvent) {
        if self.lines_under(event).is_none() {
            return;
        }
        let was_enough = self.swipe.get_untracked().is_enough();
        self.end();
        if was_enough && let Some(seq) = self.to.get_untracked() {
            self.replying.choose(seq);
        }
    }

    /// The browser took the finger for something else, such as scrolling.
    pub(super) fn end(self) {
        self.finger.set_value(None);
        if self.swipe.get_untracked() != Swipe::Idle {
            self.swipe.set(Swipe::Idle);
        }
    }

    fn lines_under(self, event: &ev::PointerEvent) -> Option<Lines> {
        let (finger, lines) = self.finger.get_value()?;
        (finger == event.pointer_id()).then_some(lines)
    }

    /// Whether there is a composer to answer in, and something to answer.
    fn may_answer(self) -> bool {
        let row = untrack(|| self.live.thread(self.thread));
        row.is_some_and(|row| row.role.is_some()) && self.to.get_untracked().is_some()
    }
}

fn place_of(event: &ev::PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

fn lines_of(element: &Element) -> Lines {
    let style = window().get_computed_style(element).ok().flatten();
    let direction = style.and_then(|style| style.get_property_value("direction").ok());
    match direction.as_deref() {
        Some("rtl") => Lines::Left,
        Some(_) | None => Lines::Right,
    }
}
