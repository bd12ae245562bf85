//! One message.

use leptos::prelude::*;
use tidings_device::{Input, Progress, Row, Which};
use tidings_protocol::ThreadId;

use super::{
    Avatar, CancelUpload, Icon, LinkCard, MessageActions, MessageContent, MessageDetails, MessageReactions,
    MessageRefusals, MessageVersions, Quote, ReceiptsMark, TimeText, message_files::discard, swipe::Swiping,
};
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
        key,
        sender,
        mine,
        reply_to,
        forwarded,
        ..
    } = message.with_untracked(|message| message.row.clone());
    let first = Memo::new(move |_| message.read().place.first);
    let last = Memo::new(move |_| message.read().place.last);
    let at = Memo::new(move |_| message.read().row.at);
    let seq = Memo::new(move |_| message.read().row.seq);
    let content = Memo::new(move |_| message.read().row.content.clone());
    // What is deleted answers nothing any more.
    let is_said = Memo::new(move |_| content.read().is_said());
    let edited = Memo::new(move |_| message.read().row.edited_at.is_some());
    let reactions = Memo::new(move |_| message.read().row.reactions.clone());
    let preview = Memo::new(move |_| message.read().row.preview.clone());
    let looking = RwSignal::new(false);
    let refusals = Memo::new(move |_| message.read().row.refused.clone());
    let amended = Memo::new(move |_| message.read().row.amended);
    let which = Memo::new(move |_| seq.get().map_or(Which::Unsent(key), Which::Stored));
    let details = RwSignal::new(false);
    let swiping = Swiping::new(
        thread,
        Signal::derive(move || seq.get().filter(|_| is_said.get())),
    );
    // What is said of it is as far as the last change of it.
    let progress = Memo::new(move |_| {
        let progress = message.read().row.progress.clone();
        if amended.get() && progress.is_some() {
            Some(Progress::Pending)
        } else {
            progress
        }
    });
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
            class:pulled=move || swiping.pull().is_some()
            class:enough=move || swiping.is_enough()
            style:--pull=move || swiping.pull().map(|pull| format!("{pull}px"))
            on:pointerdown=move |event| swiping.down(&event)
            on:pointermove=move |event| swiping.moved(&event)
            on:pointerup=move |event| swiping.up(&event)
            on:pointercancel=move |_| swiping.end()
        >
            {move || {
                swiping
                    .pull()
                    .is_some()
                    .then(|| {
                        view! {
                            <span class="swipe-arrow" aria-hidden="true">
                                <Icon drawing=icondata::LuReply />
                            </span>
                        }
                    })
            }}
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
                }}
                {move || {
                    (forwarded && is_said.get())
                        .then(|| {
                            view! {
                                <p class="forwarded">
                                    <Icon drawing=icondata::LuForward />
                                    "Forwarded"
                                </p>
                            }
                        })
                }}
                {move || {
                    reply_to
                        .filter(|_| is_said.get())
                        .map(|quoted| view! { <Quote thread seq=quoted from=seq /> })
                }} <MessageContent content sender /> <span class="meta">
                    {move || {
                        edited
                            .get()
                            .then(|| {
                                view! {
                                    <button
                                        type="button"
                                        class="edited"
                                        aria-haspopup="dialog"
                                        title="Show earlier versions"
                                        on:click=move |_| looking.set(true)
                                    >
                                        "edited"
                                    </button>
                                }
                            })
                    }}
                    {move || view! { <TimeText at=at.get() /> }}
                    {mine
                        .then(|| {
                            let progress = Signal::derive(move || progress.get().unwrap_or(Progress::Pending));
                            view! { <ReceiptsMark thread sender seq progress group=names looking=details /> }
                        })}
                </span> <LinkCard thread which preview mine />
            </div>
            {mine.then(|| view! { <CancelUpload key content /> })}
            <MessageActions thread key which at content mine details />
            <MessageReactions thread which reactions waiting=amended />
            <MessageRefusals refusals />
            {move || {
                let seq = seq.get().filter(|_| looking.get())?;
                let close = Callback::new(move |()| looking.set(false));
                Some(view! { <MessageVersions thread seq close /> })
            }}
            {move || {
                let seq = seq.get().filter(|_| details.get())?;
                let close = Callback::new(move |()| details.set(false));
                Some(view! { <MessageDetails thread sender seq at=at.get_untracked() close /> })
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
                                    on:click=move |_| content.with_untracked(|content| discard(live, key, content))
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
