//! A thread in the list of threads.

mod pressing;

use leptos::{ev, html::Li, prelude::*};
use leptos_router::components::A;
use tidings_device::LastMessage;
use tidings_protocol::ThreadId;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use self::pressing::Pressing;
use super::{
    ClientChip, Icon, MessageState, ThreadFace, ThreadSigns, TimeText, UnreadBadge, thread_face::named,
    thread_menu::element_of, use_thread_menus,
};
use crate::{
    live::{Live, use_live},
    wording::{preview, silence},
};

/// A link to a thread: who is in it, which client it is about, what was said last and when, and what is unread. Its menu
/// opens with the right button, by holding a finger on it, with the keyboard's menu key, and by a button.
#[component]
pub fn ThreadRow(
    /// Which.
    thread: ThreadId,
) -> impl IntoView {
    let live = use_live();
    let menus = use_thread_menus();
    let item = NodeRef::<Li>::new();
    let row = Memo::new(move |_| live.thread(thread));
    let unread = Memo::new(move |_| live.unread(thread));
    let mentions = Memo::new(move |_| live.mentions(thread));
    let silent = Memo::new(move |_| {
        row.with(|row| {
            row.as_ref()
                .is_some_and(|row| silence(&row.settings, live.now()).is_some())
        })
    });
    let name = named(row);
    let client = Memo::new(move |_| {
        row.with(|row| {
            row.as_ref()
                .and_then(|row| row.client.as_ref().map(|c| c.name.clone()))
        })
    });
    let last = Memo::new(move |_| row.with(|row| row.as_ref().and_then(|row| row.last.clone())));
    let draft = Memo::new(move |_| live.draft_line(thread));
    let active_at = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.active_at)));
    let link = move || {
        let link = item.get_untracked()?.query_selector("a").ok().flatten()?;
        link.dyn_into::<HtmlElement>().ok()
    };
    let asked = move |event: ev::MouseEvent| {
        if let Some(link) = link() {
            event.prevent_default();
            menus.open(thread, &event, &link);
        }
    };
    let pressing = Pressing::new(move |place| {
        if let Some(link) = link() {
            menus.open_at(thread, &link, place);
        }
    });
    view! {
        <li
            class="thread-row"
            class:has-unread=move || unread.get() != 0
            class:silent=silent
            class:has-menu=move || menus.is_open(thread)
            node_ref=item
            on:contextmenu=asked
            on:touchstart=move |event| pressing.begin(&event)
            on:touchmove=move |_| pressing.end()
            on:touchend=move |event| pressing.lift(&event)
            on:touchcancel=move |_| pressing.end()
        >
            <A href=format!("/threads/{thread}") attr:class="thread-link">
                <span class="avatar-box">
                    <ThreadFace row /> <UnreadBadge count=unread mentions />
                </span>
                <span class="thread-text">
                    <span class="thread-top">
                        <span class="thread-name">{name}</span>
                        <ThreadSigns row />
                        {move || active_at.get().map(|at| view! { <TimeText at brief=true /> })}
                    </span>
                    {move || client.get().map(|name| view! { <ClientChip name /> })}
                    {move || {
                        draft
                            .get()
                            .map(|text| {
                                view! {
                                    <span class="thread-last thread-draft">
                                        <span class="draft-word">"Draft:"</span>
                                        <span class="thread-last-text">{text}</span>
                                    </span>
                                }
                            })
                    }}
                    <span class="thread-last">
                        {move || match last.get() {
                            Some(last) => said(live, last).into_any(),
                            None => view! { <span>"No messages yet"</span> }.into_any(),
                        }}
                    </span>
                </span>
            </A>
            <button
                type="button"
                class="icon-button thread-opener"
                aria-label=move || format!("Options for {}", name.get())
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
        </li>
    }
}

fn said(live: Live, last: LastMessage) -> impl IntoView {
    let mark = last
        .progress
        .map(|progress| view! { <MessageState progress=Signal::stored(progress) /> });
    let is_text = last.content.is_said();
    let you = (is_text && last.sender == live.me().id).then_some("You: ");
    let text = preview(&last.content, last.sender, |user| live.called(user));
    view! {
        {mark}
        <span class="thread-last-text">{you} {text}</span>
    }
}
