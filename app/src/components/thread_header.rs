//! The top of an open thread.

use leptos::prelude::*;
use leptos_router::components::A;
use tidings_protocol::{ThreadId, ThreadKind};

use super::{ClientChip, Icon, ThreadFace, thread_face::named};
use crate::{
    live::use_live,
    wording::{counted, last_seen},
};

/// Who is in the thread, which client it is about, and whether the other person is here.
#[component]
pub fn ThreadHeader(
    /// Which.
    thread: ThreadId,
) -> impl IntoView {
    let live = use_live();
    let row = Memo::new(move |_| live.thread(thread));
    let name = named(row);
    let detail = move || {
        row.with(|row| {
            row.as_ref().map(|row| match (row.kind, row.others.first()) {
                (ThreadKind::Direct, Some(other)) if !other.active => "account deactivated".to_owned(),
                (ThreadKind::Direct, Some(other)) => {
                    last_seen(&live.presence(other.id), live.clock(), |at| live.moment(at))
                }
                _ => counted(row.others.len() + 1, "member", "members"),
            })
        })
    };
    let client = Memo::new(move |_| {
        row.with(|row| {
            row.as_ref()
                .and_then(|row| row.client.as_ref().map(|c| (c.id, c.name.clone())))
        })
    });
    view! {
        <header class="page-header thread-header">
            <A href="/" attr:class="back icon-button" attr:aria-label="Back">
                <Icon drawing=icondata::LuArrowLeft />
            </A>
            <span class="avatar-box">
                <ThreadFace row />
            </span>
            <div class="thread-heading">
                <h1 class="page-title">{name}</h1>
                <p class="last-seen">{detail}</p>
            </div>
            <div class="page-actions">
                {move || {
                    client
                        .get()
                        .map(|(id, name)| {
                            view! {
                                <A href=format!("/clients/{id}") attr:class="chip-link">
                                    <ClientChip name />
                                </A>
                            }
                        })
                }}
            </div>
        </header>
    }
}
