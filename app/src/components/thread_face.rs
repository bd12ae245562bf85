//! Who a thread is with, at a glance.

use leptos::prelude::*;
use tidings_device::ThreadRow;
use tidings_protocol::ThreadKind;

use super::{Avatar, PresenceDot};
use crate::{live::use_live, wording::thread_name};

/// The avatar of the first other member and, between two people, whether that one is here.
#[component]
pub fn ThreadFace(
    /// The thread.
    row: Memo<Option<ThreadRow>>,
) -> impl IntoView {
    let live = use_live();
    let name = named(row);
    // Apart from the rest of the row, so that a new message doesn't make the dot's ripple begin anew.
    let other = Memo::new(move |_| {
        row.with(|row| {
            let row = row.as_ref()?;
            Some((row.others.first()?.id, row.kind == ThreadKind::Direct))
        })
    });
    move || {
        other.get().map(|(user, direct)| {
            let dot = direct.then(|| {
                let presence = Memo::new(move |_| live.presence(user).presence);
                view! { <PresenceDot presence /> }
            });
            view! { <Avatar user name /> {dot} }
        })
    }
}

/// What a thread is called: the names of the other members.
pub(super) fn named(row: Memo<Option<ThreadRow>>) -> Memo<String> {
    Memo::new(move |_| {
        row.with(|row| {
            row.as_ref()
                .map(|row| thread_name(&row.others))
                .unwrap_or_default()
        })
    })
}
