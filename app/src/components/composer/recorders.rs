//! Recordings that are not sent yet, of all threads.

use std::collections::HashMap;

use leptos::prelude::*;
use tidings_protocol::ThreadId;

use super::voice_recorder::Recorder;

/// The recorders of a page: what was recorded in a thread is there when one comes back to it. A handle: copies are the
/// same.
#[derive(Clone, Copy)]
pub struct Recorders {
    /// Outlasts the threads that are shown.
    owner: StoredValue<Owner>,
    kept: StoredValue<HashMap<ThreadId, (Owner, Recorder)>>,
}

impl Recorders {
    /// None yet. They last as long as the caller's owner.
    #[must_use]
    pub fn new() -> Self {
        // One of its own: an owner that kept itself would never be dropped.
        let owner = Owner::current().map_or_else(Owner::new, |page| page.child());
        Self {
            owner: StoredValue::new(owner),
            kept: StoredValue::new(HashMap::new()),
        }
    }

    /// The recorder of a thread that is shown until the caller's owner is gone. What runs then is ended, for nobody is to be
    /// recorded by a page that does not show it, and kept.
    pub(super) fn shown(self, thread: ThreadId) -> Recorder {
        let known = self
            .kept
            .with_value(|kept| kept.get(&thread).map(|(_, recorder)| *recorder));
        let recorder = known.unwrap_or_else(|| {
            let owner = self.owner.with_value(Owner::child);
            let recorder = owner.with(Recorder::new);
            self.kept.update_value(|kept| {
                kept.insert(thread, (owner, recorder));
            });
            recorder
        });
        on_cleanup(move || self.leave(thread, recorder));
        recorder
    }

    fn leave(self, thread: ThreadId, recorder: Recorder) {
        recorder.end();
        if !recorder.holds_something() {
            let gone = self.kept.try_update_value(|kept| kept.remove(&thread)).flatten();
            if let Some((owner, _)) = gone {
                owner.cleanup();
            }
        }
    }
}

impl Default for Recorders {
    fn default() -> Self {
        Self::new()
    }
}
