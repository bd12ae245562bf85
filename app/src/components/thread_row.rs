//! A thread in the list of threads.

use leptos::prelude::*;
use leptos_router::components::A;
use tidings_device::LastMessage;
use tidings_protocol::{Content, ThreadId};

use super::{ClientChip, MessageState, ThreadFace, TimeText, UnreadBadge, thread_face::named};
use crate::{
    live::{Live, use_live},
    wording::preview,
};

/// A link to a thread: who is in it, which client it is about, what was said last and when, and what is unread.
#[component]
pub fn ThreadRow(
    /// Which.
    thread: ThreadId,
) -> impl IntoView {
    let live = use_live();
    let row = Memo::new(move |_| live.thread(thread));
    let unread = Memo::new(move |_| live.unread(thread));
    let mentions = Memo::new(move |_| live.mentions(thread));
    let name = named(row);
    let client = Memo::new(move |_| {
        row.with(|row| {
            row.as_ref()
                .and_then(|row| row.client.as_ref().map(|c| c.name.clone()))
        })
    });
    let last = Memo::new(move |_| row.with(|row| row.as_ref().and_then(|row| row.last.clone())));
    let active_at = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.active_at)));
    view! {
        <li class="thread-row" class:has-unread=move || unread.get() != 0>
            <A href=format!("/threads/{thread}") attr:class="thread-link">
                <span class="avatar-box">
                    <ThreadFace row /> <UnreadBadge count=unread mentions />
                </span>
                <span class="thread-text">
                    <span class="thread-top">
                        <span class="thread-name">{name}</span>
                        {move || active_at.get().map(|at| view! { <TimeText at brief=true /> })}
                    </span>
                    {move || client.get().map(|name| view! { <ClientChip name /> })}
                    <span class="thread-last">
                        {move || match last.get() {
                            Some(last) => said(live, last).into_any(),
                            None => view! { <span>"No messages yet"</span> }.into_any(),
                        }}
                    </span>
                </span>
            </A>
        </li>
    }
}

fn said(live: Live, last: LastMessage) -> impl IntoView {
    let mark = last
        .progress
        .map(|progress| view! { <MessageState progress=Signal::stored(progress) /> });
    let is_text = matches!(last.content, Content::Text { .. });
    let you = (is_text && last.sender == live.me().id).then_some("You: ");
    let text = preview(&last.content, last.sender, |user| live.called(user));
    view! {
        {mark}
        <span class="thread-last-text">{you} {text}</span>
    }
}
