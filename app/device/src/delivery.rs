//! When to tell the server that messages have reached this device.
//!
//! The server counts a message as delivered only on the connection that carried it, so what was not acknowledged
//! when a connection is lost is asked for again: the next hello names the position before it.

use tidings_protocol::{DeviceFrame, Position, Timestamp, limits};

use crate::turn::Turn;

#[derive(Debug, Default)]
pub(crate) struct Delivery {
    /// The position before the first message not acknowledged, and when that is due.
    due: Option<(Option<Position>, Timestamp)>,
    count: u32,
}

impl Delivery {
    /// A message of somebody else came; the device stood at `before`.
    pub(crate) fn received(&mut self, now: Timestamp, before: Option<Position>) {
        self.due.get_or_insert((before, now + limits::ACKNOWLEDGE_EVERY));
        self.count = self.count.saturating_add(1);
    }

    /// A snapshot came: nothing before it needs to be asked for again.
    pub(crate) fn restart(&mut self) {
        *self = Self::default();
    }

    /// Acknowledges if that is due.
    pub(crate) fn tell(&mut self, turn: &mut Turn, position: Option<Position>) {
        let Some((_, at)) = self.due else { return };
        if (at <= turn.now || self.count >= limits::ACKNOWLEDGE_EVENTS)
            && let Some(position) = position
        {
            turn.transmit(DeviceFrame::Acknowledge { position });
            self.restart();
        }
    }

    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.due.map(|(_, at)| at)
    }

    /// Where the next connection resumes a device that stands at `position`.
    pub(crate) fn resume_from(&self, position: Option<Position>) -> Option<Position> {
        match (self.due, position) {
            // Of an earlier epoch, perhaps: a snapshot forgets it, and a resumed connection is in the same history.
            (Some((Some(before), _)), Some(_)) => Some(before),
            _ => position,
        }
    }
}
