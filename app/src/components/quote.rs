//! A message as another one quotes it.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use tidings_device::{Input, Quoted};
use tidings_protocol::{Seq, ThreadId};

use crate::{
    live::{Live, use_live},
    wording::excerpt,
};

/// What is known of a quoted message, and asks for it while that is nothing.
fn followed(live: Live, thread: ThreadId, seq: Signal<Option<Seq>>) -> Memo<Quoted> {
    let quoted = Memo::new(move |_| seq.get().map_or(Quoted::Missing, |seq| live.quoted(thread, seq)));
    Effect::new(move |_| {
        if let (Quoted::Unknown, Some(seq)) = (quoted.get(), seq.get()) {
            live.report(Input::QuoteShown { thread, seq });
        }
    });
    quoted
}

/// Who said a quoted message, and the beginning of what it says.
#[component]
pub fn QuoteText(
    /// Where the message is.
    thread: ThreadId,
    /// Which.
    #[prop(into)]
    seq: Signal<Option<Seq>>,
) -> impl IntoView {
    let live = use_live();
    let quoted = followed(live, thread, seq);
    move || {
        let (sender, text, aside) = match quoted.get() {
            Quoted::Unknown => (None, "…".to_owned(), true),
            Quoted::Missing => (None, "Message not available".to_owned(), true),
            Quoted::Message { sender, content } => {
                let text = excerpt(&content, sender, |user| live.called(user));
                let aside = !content.is_said();
                (Some(live.called(sender)), text, aside)
            }
        };
        view! {
            {sender.map(|sender| view! { <b class="quote-sender" dir="auto">{sender}</b> })}
            <span class="quote-text" class:aside=aside dir="auto">
                {text}
            </span>
        }
    }
}

/// A quoted message above what answers it; pressing it shows the message itself.
#[component]
pub fn Quote(
    /// Where both are.
    thread: ThreadId,
    /// The quoted one.
    seq: Seq,
    /// The one that answers it, once it has a place: the way back.
    #[prop(into)]
    from: Signal<Option<Seq>>,
) -> impl IntoView {
    let live = use_live();
    let navigate = use_navigate();
    let jump = move |_| jump(live, &navigate, thread, from.get_untracked(), seq);
    view! {
        <button type="button" class="quote" title="Show this message" on:click=jump>
            <QuoteText thread seq=Some(seq) />
        </button>
    }
}

/// Shows a message of the open thread. The browser's way back leads to the one that one comes from.
fn jump(live: Live, navigate: &impl Fn(&str, NavigateOptions), thread: ThreadId, from: Option<Seq>, to: Seq) {
    let address = |seq: Seq| format!("/threads/{thread}?at={}", seq.0);
    let is_there = window()
        .location()
        .search()
        .is_ok_and(|query| query == format!("?at={}", to.0));
    if is_there {
        live.report(Input::ShowMessage { thread, seq: to });
        return;
    }
    if let (Some(from), Ok(history)) = (from, window().history()) {
        let state = history.state().unwrap_or_default();
        // Without it, the way back leads to the newest message.
        history
            .replace_state_with_url(&state, "", Some(&address(from)))
            .ok();
    }
    let options = NavigateOptions {
        scroll: false,
        ..NavigateOptions::default()
    };
    navigate(&address(to), options);
}
