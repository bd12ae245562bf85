//! A finger that rests on a button asks for something else than one that taps it.

use std::time::Duration;

use leptos::{
    ev::{MouseEvent, PointerEvent},
    prelude::*,
};

/// How long a finger rests. As long as systems take for a long press.
const LONG: Duration = Duration::from_millis(450);

/// Browsers send the click of a finger right after it is lifted; of one that rested, not all send any.
const CLICKS_WITHIN: Duration = Duration::from_millis(100);

/// A finger that has gone farther than this, in CSS pixels, does something else.
const SLACK: i32 = 10;

/// What the finger on a button does. A handle: copies are the same.
#[derive(Clone, Copy)]
pub(super) struct LongPress {
    /// True from when it has rested for long until it is lifted.
    held: RwSignal<bool>,
    timer: StoredValue<Option<TimeoutHandle>>,
    from: StoredValue<(i32, i32)>,
    /// The click that may follow is none.
    rested: StoredValue<bool>,
}

impl LongPress {
    /// No finger yet. `held` says while one rests.
    pub(super) fn new(held: RwSignal<bool>) -> Self {
        let press = Self {
            held,
            timer: StoredValue::new(None),
            from: StoredValue::new((0, 0)),
            rested: StoredValue::new(false),
        };
        on_cleanup(move || press.stop());
        press
    }

    pub(super) fn down(self, event: &PointerEvent) {
        self.cancel();
        if event.pointer_type() != "touch" {
            return;
        }
        self.from.set_value((event.client_x(), event.client_y()));
        let rest = move || {
            self.timer.try_set_value(None);
            self.rested.try_set_value(true);
            self.held.try_set(true);
        };
        // Without a timer there are only taps.
        self.timer.set_value(set_timeout_with_handle(rest, LONG).ok());
    }

    pub(super) fn moved(self, event: &PointerEvent) {
        let (x, y) = self.from.get_value();
        let is_far = (event.client_x() - x).abs().max((event.client_y() - y).abs()) > SLACK;
        if is_far {
            self.stop();
        }
    }

    pub(super) fn up(self) {
        self.stop();
        self.held.set(false);
        let over = move || {
            self.rested.try_set_value(false);
        };
        set_timeout(over, CLICKS_WITHIN);
    }

    pub(super) fn cancel(self) {
        self.stop();
        self.held.set(false);
        self.rested.set_value(false);
    }

    /// Whether a finger is down, or has rested until just now.
    pub(super) fn is_down(self) -> bool {
        self.rested.get_value() || self.timer.with_value(Option::is_some)
    }

    /// Whether a click is that of a finger that rested. Those of keys and of assistive technology are not.
    pub(super) fn swallows(self, event: &MouseEvent) -> bool {
        let rested = self.rested.get_value();
        self.rested.set_value(false);
        rested && event.detail() != 0
    }

    fn stop(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }
}
