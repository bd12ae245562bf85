//! Which messages have been in view long enough to count as read.
//!
//! A row counts when half of it, or as much as fills half the view, stays visible for [`limits::READ_AFTER`] in a
//! focused and visible window. Never past the last row on screen.

use leptos::{html::Div, prelude::*};
use tidings_device::Input;
use tidings_protocol::{Seq, ThreadId, limits};
use web_sys::HtmlElement;

use super::scrolling::rows;
use crate::live::Live;

/// Watches one thread's list.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    live: Live,
    thread: ThreadId,
    list: NodeRef<Div>,
    reported: StoredValue<Seq>,
    waiting: StoredValue<Option<TimeoutHandle>>,
}

impl Reading {
    pub(super) fn new(live: Live, thread: ThreadId, list: NodeRef<Div>) -> Self {
        let reading = Self {
            live,
            thread,
            list,
            reported: StoredValue::new(Seq::ZERO),
            waiting: StoredValue::new(None),
        };
        on_cleanup(move || {
            if let Some(timer) = reading.waiting.try_get_value().flatten() {
                timer.clear();
            }
        });
        reading
    }

    /// Looks again: something moved, came, or the window gained attention.
    pub(super) fn look(self) {
        if self
            .waiting
            .try_get_value()
            .is_none_or(|waiting| waiting.is_some())
        {
            return;
        }
        let Some(candidate) = self
            .newest_in_view()
            .filter(|&seq| seq > self.reported.get_value())
        else {
            return;
        };
        let timer = set_timeout_with_handle(move || self.decide(candidate), limits::READ_AFTER);
        self.waiting.set_value(timer.ok());
    }

    fn decide(self, candidate: Seq) {
        if self.waiting.try_set_value(None).is_some() {
            return;
        }
        if self.newest_in_view().is_some_and(|seq| seq >= candidate) {
            self.reported.set_value(candidate);
            self.live.report(Input::Seen {
                thread: self.thread,
                seq: candidate,
            });
        }
        self.look();
    }

    fn newest_in_view(self) -> Option<Seq> {
        let attentive = !document().hidden() && document().has_focus().unwrap_or(false);
        if !attentive {
            return None;
        }
        let list = self.list.try_get_untracked()??;
        newest_in_view(&list)
    }
}

fn newest_in_view(list: &HtmlElement) -> Option<Seq> {
    let view = list.get_bounding_client_rect();
    rows(list).iter().rev().find_map(|row| {
        let seq = row.get_attribute("data-seq")?.parse().ok()?;
        let place = row.get_bounding_client_rect();
        let visible = place.bottom().min(view.bottom()) - place.top().max(view.top());
        (visible > 0.0 && visible >= place.height().min(view.height()) / 2.0).then_some(Seq(seq))
    })
}
