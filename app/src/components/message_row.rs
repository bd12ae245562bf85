//! One message.

use leptos::prelude::*;
use tidings_device::{Input, Progress, Row};

use tidings_protocol::{ApiError, ThreadId};

use super::{Avatar, MessageActions, MessageContent, MessageReactions, MessageState, TimeText};
use crate::{live::use_live, transcript::Place};

/// A message and where it stands in its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The message.
    pub row: Row,
    /// Its place.
    pub place: Place,
}

/// A message with its sender, time and state.
#[component]
pub fn MessageRow(
    /// The message; its key and sender never change.
    #[prop(into)]
    message: Signal<Placed>,
    /// Whether the sender's name is shown above the first message of a group.
    #[prop(into)]
    names: Signal<bool>,
    /// The thread it is in.
    thread: ThreadId,
) -> impl IntoView {
    let live = use_live();
    let Row {
        key, sender, mine, ..
    } = message.with_untracked(|message| message.row.clone());
    let first = Memo::new(move |_| message.read().place.first);
    let last = Memo::new(move |_| message.read().place.last);
    let at = Memo::new(move |_| message.read().row.at);
    let seq = Memo::new(move |_| message.read().row.seq);
    let content = Memo::new(move |_| message.read().row.content.clone());
    let edited = Memo::new(move |_| message.read().row.edited_at.is_some());
    let reactions = Memo::new(move |_| message.read().row.reactions.clone());
    let trouble = RwSignal::new(None);
    let progress = Memo::new(move |_| message.read().row.progress.clone());
    let name = Memo::new(move |_| {
        live.user(sender)
            .map(|user| user.display_name.as_str().to_owned())
            .unwrap_or_default()
    });
    let label = move || if mine { "You".to_owned() } else { name.get() };
    let refused = move || {
        progress.with(|progress| match progress {
            Some(Progress::Failed(reason)) => Some(reason.message.clone()),
            _ => None,
        })
    };
    view! {
        <article
            class="message"
            class:mine=mine
            class:first=first
            class:last=last
            class:refused=move || refused().is_some()
            aria-label=label
            data-key=key.to_string()
            data-seq=move || seq.get().map(|seq| seq.0.to_string())
        >
            {(!mine)
                .then(|| {
                    view! {
                        <span class="message-face">
                            {move || last.get().then(|| view! { <Avatar user=sender name /> })}
                        </span>
                    }
                })} <div class="bubble">
                {move || {
                    (!mine && first.get() && names.get()).then(|| view! { <p class="sender">{name}</p> })
                }} <MessageContent content sender /> <span class="meta">
                    {move || edited.get().then_some("edited ")}
                    {move || view! { <TimeText at=at.get() /> }}
                    {mine
                        .then(|| {
                            view! {
                                <MessageState progress=Signal::derive(move || {
                                    progress.get().unwrap_or(Progress::Pending)
                                }) />
                            }
                        })}
                </span>
            </div>
            <MessageActions thread seq content mine trouble />
            <MessageReactions thread seq reactions trouble />
            {move || {
                trouble
                    .get()
                    .map(|error: ApiError| {
                        view! {
                            <p class="refusal" role="alert">
                                {error.message}
                            </p>
                        }
                    })
            }}
            {move || {
                refused()
                    .map(|reason| {
                        view! {
                            <div class="refusal">
                                <span>"Not sent: " {reason}</span>
                                <button
                                    type="button"
                                    class="link-button"
                                    on:click=move |_| live.report(Input::Retry(key))
                                >
                                    "Retry"
                                </button>
                                <button
                                    type="button"
                                    class="link-button"
                                    on:click=move |_| live.report(Input::Discard(key))
                                >
                                    "Discard"
                                </button>
                            </div>
                        }
                    })
            }}
        </article>
    }
}
