//! How long ago the person last touched the device, and what the server has been told of it.

use tidings_protocol::{DeviceFrame, Timestamp, limits};

use crate::turn::Turn;

#[derive(Debug, Default)]
pub(crate) struct Activity {
    last_input: Option<Timestamp>,
    /// Whether the server holds the person for idle.
    told_idle: bool,
}

impl Activity {
    pub(crate) fn touched(&mut self, now: Timestamp) {
        self.last_input = Some(now);
    }

    /// The age to put into a hello.
    pub(crate) fn greet(&mut self, now: Timestamp) -> u64 {
        self.told_idle = self.is_idle(now);
        self.idle_for_ms(now)
    }

    /// Tells the server once when the person becomes idle, and once when they are back.
    pub(crate) fn tell(&mut self, turn: &mut Turn) {
        let idle = self.is_idle(turn.now);
        if idle != self.told_idle {
            self.told_idle = idle;
            turn.transmit(DeviceFrame::Activity {
                idle_for_ms: if idle { self.idle_for_ms(turn.now) } else { 0 },
            });
        }
    }

    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.last_input
            .filter(|_| !self.told_idle)
            .map(|last| last + limits::IDLE_AFTER)
    }

    fn is_idle(&self, now: Timestamp) -> bool {
        self.last_input
            .is_some_and(|last| now.since(last) >= limits::IDLE_AFTER)
    }

    fn idle_for_ms(&self, now: Timestamp) -> u64 {
        self.last_input.map_or(0, |last| {
            u64::try_from(now.since(last).as_millis()).unwrap_or(u64::MAX)
        })
    }
}
