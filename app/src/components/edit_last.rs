//! Editing the last own message from the composer, and coming back to it.

use leptos::{ev, html::Textarea, prelude::*};
use tidings_protocol::{LocalId, ThreadId};

use crate::live::Live;

/// Ties the composer of a thread to the messages above it.
#[derive(Clone, Copy)]
pub struct EditLast {
    live: Live,
    thread: ThreadId,
    /// The message that is wanted in its field.
    asked: RwSignal<Option<LocalId>>,
    composer: NodeRef<Textarea>,
}

impl EditLast {
    /// For the thread that is about to be shown.
    #[must_use]
    pub fn new(live: Live, thread: ThreadId) -> Self {
        Self {
            live,
            thread,
            asked: RwSignal::new(None),
            composer: NodeRef::new(),
        }
    }

    /// The field of the composer, to be given to its element.
    #[must_use]
    pub fn composer(self) -> NodeRef<Textarea> {
        self.composer
    }

    /// ArrowUp in an empty composer asks for the last own message. True if the key was for that.
    #[must_use]
    pub fn key_down(self, event: &ev::KeyboardEvent) -> bool {
        let is_plain = !(event.shift_key() || event.ctrl_key() || event.meta_key() || event.alt_key());
        let field = self.composer.get_untracked();
        let is_empty = field.is_some_and(|field| field.value().is_empty());
        if event.key() != "ArrowUp" || event.is_composing() || !is_plain || !is_empty {
            return false;
        }
        let last = untrack(|| self.last());
        if last.is_some() {
            event.prevent_default();
            self.asked.set(last);
        }
        last.is_some()
    }

    /// The last own message on screen whose text may still be changed, be it a caption.
    fn last(self) -> Option<LocalId> {
        let rows = self.live.timeline(self.thread).rows;
        let last = rows
            .into_iter()
            .rev()
            .find(|row| row.mine && row.content.is_said() && self.live.is_editable(row.which(), row.at));
        last.map(|row| row.key)
    }

    /// Whether this message is wanted in its field; true once for each time.
    #[must_use]
    pub fn takes(self, key: LocalId) -> bool {
        let is_it = self.asked.get() == Some(key);
        if is_it {
            self.asked.set(None);
        }
        is_it
    }

    /// Puts the focus back into the composer.
    pub fn back(self) {
        if let Some(field) = self.composer.get_untracked() {
            // Focus only fails to move for elements that are not shown.
            field.focus().ok();
        }
    }
}
