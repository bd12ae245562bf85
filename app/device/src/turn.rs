//! One call of [`crate::Device::handle`]: its time, and what it wants done.

use std::collections::BTreeSet;

use tidings_protocol::{DeviceFrame, Timestamp};

use crate::io::{Change, Effect};

/// Collects effects in order, and changes without repetition.
#[derive(Debug)]
pub(crate) struct Turn {
    /// The time of the input.
    pub(crate) now: Timestamp,
    effects: Vec<Effect>,
    changes: BTreeSet<Change>,
}

impl Turn {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            now,
            effects: Vec::new(),
            changes: BTreeSet::new(),
        }
    }

    pub(crate) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(crate) fn transmit(&mut self, frame: DeviceFrame) {
        self.effects.push(Effect::Transmit(frame));
    }

    pub(crate) fn changed(&mut self, change: Change) {
        self.changes.insert(change);
    }

    /// The effects, each change once and after everything else: a view that redraws sees the final state.
    pub(crate) fn finish(mut self) -> Vec<Effect> {
        self.effects.extend(self.changes.into_iter().map(Effect::Changed));
        self.effects
    }
}
