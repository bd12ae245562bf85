//! An open thread.

use leptos::prelude::*;
use leptos_router::{
    components::A,
    hooks::{use_params_map, use_query_map},
};
use tidings_device::Input;
use tidings_protocol::{Seq, ThreadId};

use super::NotFoundHere;
use crate::{
    components::{
        ChoosingDay, Composer, DateJump, EditLast, EmptyState, HitBar, MessageList, PageHeader, ThreadHeader,
        TypingIndicator,
    },
    live::use_live,
    replying::Replying,
};

/// The thread that the address names.
#[component]
pub fn ThreadPage() -> impl IntoView {
    let params = use_params_map();
    let thread = Memo::new(move |_| params.read().get("thread")?.parse::<ThreadId>().ok());
    move || match thread.get() {
        Some(thread) => view! { <OpenThread thread /> }.into_any(),
        None => view! { <NotFoundHere what="thread" /> }.into_any(),
    }
}

#[component]
fn OpenThread(thread: ThreadId) -> impl IntoView {
    let live = use_live();
    provide_context(Replying::default());
    live.open(thread);
    provide_context(EditLast::new(live, thread));
    on_cleanup(move || live.close(thread));
    provide_context(ChoosingDay::new());
    let address = use_query_map();
    let at = Memo::new(move |_| address.read().get("at")?.parse().ok().map(Seq));
    Effect::new(move |before: Option<Option<Seq>>| {
        let at = at.get();
        match (before, at) {
            (_, Some(seq)) => live.report(Input::ShowMessage { thread, seq }),
            (Some(Some(_)), None) => live.report(Input::JumpToLatest(thread)),
            _ => {}
        }
        at
    });
    let known = Memo::new(move |_| live.thread(thread).is_some());
    let is_member = Memo::new(move |_| live.thread(thread).is_some_and(|row| row.role.is_some()));
    let gone = Memo::new(move |_| live.is_gone(thread));
    let below = move || {
        if is_member.get() {
            view! {
                <TypingIndicator thread />
                <Composer thread />
            }
            .into_any()
        } else {
            view! {
                <p class="no-longer" role="status">
                    "You are no longer in this group. You keep what was said until then."
                </p>
            }
            .into_any()
        }
    };
    move || {
        if known.get() {
            view! {
                <ThreadHeader thread />
                <DateJump thread />
                <HitBar thread />
                <MessageList thread />
                {below}
            }
            .into_any()
        } else if gone.get() {
            view! { <NoLongerHere /> }.into_any()
        } else {
            view! { <NotFoundHere what="thread" /> }.into_any()
        }
    }
}

/// What stands where a group was that the person was removed from.
#[component]
fn NoLongerHere() -> impl IntoView {
    view! {
        <PageHeader title="Group" />
        <EmptyState drawing=icondata::LuUserMinus title="You are no longer in this group">
            <p>"What was said in it can't be read any more. Ask one of its members to add you again."</p>
            <A href="/" attr:class="button">
                "To your threads"
            </A>
        </EmptyState>
    }
}
