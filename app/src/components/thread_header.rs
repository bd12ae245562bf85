//! The top of an open thread.

use leptos::prelude::*;
use leptos_router::components::A;
use tidings_protocol::{Presence, ThreadId, ThreadKind, User};

use super::{
    ChoosingDay, ClientChip, Icon, ThreadFace, ThreadSigns, thread_face::named, thread_menu::element_of,
    use_thread_menus,
};
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
    let menus = use_thread_menus();
    let row = Memo::new(move |_| live.thread(thread));
    let day: ChoosingDay = expect_context();
    let name = named(row);
    let detail = move || {
        row.with(|row| {
            row.as_ref().map(|row| match (row.kind, row.others.first()) {
                (ThreadKind::Direct, Some(other)) if !other.active => "account deactivated".to_owned(),
                (ThreadKind::Direct, Some(other)) => {
                    last_seen(&live.presence(other.id), live.clock(), |at| live.moment(at))
                }
                _ if row.role.is_none() => "you are no longer in this group".to_owned(),
                _ => {
                    let here = |user: &&User| live.presence(user.id).presence == Presence::Online;
                    let members = counted(row.others.len() + 1, "member", "members");
                    match row.others.iter().filter(here).count() {
                        0 => members,
                        others => format!("{members}, {} online", others + 1),
                    }
                }
            })
        })
    };
    let client = Memo::new(move |_| {
        row.with(|row| {
            row.as_ref()
                .and_then(|row| row.client.as_ref().map(|c| (c.id, c.name.clone())))
        })
    });
    let group =
        Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(|row| row.kind == ThreadKind::Group)));
    view! {
        <header class="page-header thread-header">
            <A href="/" attr:class="back icon-button" attr:aria-label="Back">
                <Icon drawing=icondata::LuArrowLeft />
            </A>
            <span class="avatar-box">
                <ThreadFace row />
            </span>
            <div class="thread-heading">
                <div class="thread-title">
                    <h1 class="page-title">{name}</h1>
                    <ThreadSigns row />
                </div>
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
                <button
                    type="button"
                    class="icon-button"
                    aria-label="Thread options"
                    title="Thread options"
                    aria-haspopup="menu"
                    aria-expanded=move || menus.is_open(thread).to_string()
                    on:click=move |event| {
                        if let Some(button) = element_of(&event) {
                            menus.open(thread, &event, &button);
                        }
                    }
                >
                    <Icon drawing=icondata::LuEllipsisVertical />
                </button>
                {move || {
                    group
                        .get()
                        .then(|| {
                            view! {
                                <A
                                    href=format!("/threads/{thread}/group")
                                    attr:class="icon-button"
                                    attr:aria-label="Group details"
                                    attr:title="Group details"
                                >
                                    <Icon drawing=icondata::LuInfo />
                                </A>
                            }
                        })
                }}
                <button
                    type="button"
                    class="icon-button"
                    aria-label="Jump to a day"
                    title="Jump to a day"
                    aria-expanded=move || day.is_open().to_string()
                    on:click=move |_| day.toggle()
                >
                    <Icon drawing=icondata::LuCalendarDays />
                </button>
            </div>
        </header>
    }
}
