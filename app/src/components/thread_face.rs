//! Who a thread is with, at a glance.

use leptos::prelude::*;
use tidings_device::ThreadRow;
use tidings_protocol::{ThreadId, ThreadKind, UserId};

use super::{Avatar, GroupAvatar, PresenceDot};
use crate::{live::use_live, wording::thread_name};

/// Between two people, the avatar of the other one and whether they are here; of a group, its own.
#[component]
pub fn ThreadFace(
    /// The thread.
    row: Memo<Option<ThreadRow>>,
) -> impl IntoView {
    let live = use_live();
    let name = named(row);
    // Apart from the rest of the row, so that a new message doesn't make the dot's ripple begin anew.
    let face = Memo::new(move |_| {
        row.with(|row| {
            let row = row.as_ref()?;
            Some(match (row.kind, row.others.first()) {
                (ThreadKind::Direct, Some(other)) => Face::Person(other.id),
                (ThreadKind::Direct, None) | (ThreadKind::Group, _) => Face::Group(row.id),
            })
        })
    });
    move || {
        face.get().map(|face| match face {
            Face::Person(user) => {
                let presence = Memo::new(move |_| live.presence(user).presence);
                view! {
                    <Avatar user name />
                    <PresenceDot presence />
                }
                .into_any()
            }
            Face::Group(thread) => view! { <GroupAvatar thread /> }.into_any(),
        })
    }
}

/// Whose avatar a thread has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Face {
    Person(UserId),
    Group(ThreadId),
}

/// What a thread is called.
pub(super) fn named(row: Memo<Option<ThreadRow>>) -> Memo<String> {
    Memo::new(move |_| {
        row.with(|row| {
            row.as_ref()
                .map(|row| thread_name(row.title.as_ref(), &row.others))
                .unwrap_or_default()
        })
    })
}
