//! A finger that is held on a row. Some browsers turn that into a context menu by themselves, others don't.

use std::time::Duration;

use leptos::{ev, prelude::*};

/// As long as systems wait themselves before they take a touch for a long one.
const LONG: Duration = Duration::from_millis(500);

/// Watches for a long press.
#[derive(Clone, Copy)]
pub(super) struct Pressing {
    waiting: StoredValue<Option<TimeoutHandle>>,
    /// Whether the finger that is still down was held long enough: lifting it then opens nothing.
    was_long: StoredValue<bool>,
    pressed: Callback<(i32, i32)>,
}

impl Pressing {
    /// `pressed` is told where.
    pub(super) fn new(pressed: impl Fn((i32, i32)) + Send + Sync + 'static) -> Self {
        let pressing = Self {
            waiting: StoredValue::new(None),
            was_long: StoredValue::new(false),
            pressed: Callback::new(pressed),
        };
        on_cleanup(move || pressing.end());
        pressing
    }

    pub(super) fn begin(self, event: &ev::TouchEvent) {
        self.end();
        self.was_long.set_value(false);
        let touches = event.touches();
        let (1, Some(touch)) = (touches.length(), touches.get(0)) else {
            return;
        };
        let place = (touch.client_x(), touch.client_y());
        let ring = move || {
            self.was_long.try_set_value(true);
            self.pressed.run(place);
        };
        self.waiting.set_value(set_timeout_with_handle(ring, LONG).ok());
    }

    /// The finger moved, or the browser took it for something else.
    pub(super) fn end(self) {
        if let Some(Some(timer)) = self.waiting.try_update_value(Option::take) {
            timer.clear();
        }
    }

    pub(super) fn lift(self, event: &ev::TouchEvent) {
        self.end();
        if self.was_long.get_value() {
            // Else the link is followed.
            event.prevent_default();
        }
    }
}
