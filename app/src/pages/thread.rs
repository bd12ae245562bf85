//! An open thread.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use tidings_device::Input;
use tidings_protocol::{Seq, ThreadId};

use super::NotFoundHere;
use crate::{
    components::{Composer, MessageList, ThreadHeader, TypingIndicator},
    live::use_live,
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
    live.open(thread);
    on_cleanup(move || live.close(thread));
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
    move || {
        if known.get() {
            view! {
                <ThreadHeader thread />
                <MessageList thread />
                <TypingIndicator thread />
                <Composer thread />
            }
            .into_any()
        } else {
            view! { <NotFoundHere what="thread" /> }.into_any()
        }
    }
}
