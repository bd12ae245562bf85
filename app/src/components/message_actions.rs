//! What can be done with a message that was said.

use leptos::{
    ev,
    html::{Button, Textarea},
    prelude::*,
    task::spawn_local,
};
use tidings_protocol::{
    ApiError, Body, Content, Emoji, Seq, ThreadId,
    command::{DeleteMessage, EditMessage},
};

use super::{Icon, message_reactions::react};
use crate::live::use_live;

/// What is offered before one looks for another.
const QUICK: [&str; 6] = ["👍", "❤️", "😂", "🎉", "😮", "🙏"];

/// What the person is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Nothing,
    Choosing,
    Editing,
    Deleting,
}

/// A button beside a message that offers reactions, and to edit or delete one's own.
#[component]
pub fn MessageActions(
    /// Where the message is.
    thread: ThreadId,
    /// Its place; nothing is offered while it is unconfirmed.
    #[prop(into)]
    seq: Signal<Option<Seq>>,
    /// What it holds; nothing is offered for what nobody wrote.
    #[prop(into)]
    content: Signal<Content>,
    /// Whether it is one's own.
    mine: bool,
    /// Where a refusal goes.
    trouble: RwSignal<Option<ApiError>>,
) -> impl IntoView {
    let live = use_live();
    let doing = RwSignal::new(Doing::Nothing);
    let opener = NodeRef::<Button>::new();
    let field = NodeRef::<Textarea>::new();
    let offered = Memo::new(move |_| {
        seq.get()
            .filter(|_| matches!(*content.read(), Content::Text { .. }))
    });
    let done = move || {
        doing.set(Doing::Nothing);
        if let Some(opener) = opener.get_untracked() {
            // Focus only fails to move for elements that are not shown.
            opener.focus().ok();
        }
    };
    let key_down = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && doing.get_untracked() != Doing::Nothing {
            event.stop_propagation();
            done();
        }
    };
    let toggle = move |_| {
        trouble.set(None);
        doing.update(|doing| {
            *doing = match doing {
                Doing::Nothing => Doing::Choosing,
                Doing::Choosing | Doing::Editing | Doing::Deleting => Doing::Nothing,
            };
        });
    };
    let save = move || {
        let (Some(seq), Some(field)) = (seq.get_untracked(), field.get_untracked()) else {
            return;
        };
        match Body::new(&field.value()) {
            Ok(body) => spawn_local(async move {
                match live.ask(EditMessage { thread, seq, body }).await {
                    Ok(_) => done(),
                    // The text stays in the field: nothing that was written is lost.
                    Err(error) => trouble.set(Some(error)),
                }
            }),
            Err(error) => trouble.set(Some(ApiError::new(
                tidings_protocol::ErrorCode::Invalid,
                format!("{error}."),
            ))),
        }
    };
    let delete = move |_| {
        if let Some(seq) = seq.get_untracked() {
            spawn_local(async move {
                trouble.try_set(live.ask(DeleteMessage { thread, seq }).await.err());
            });
        }
        done();
    };
    let quick = move |(symbol, emoji): (&'static str, Emoji)| {
        let emoji = StoredValue::new(emoji);
        view! {
            <button
                type="button"
                class="action"
                aria-label=format!("React with {symbol}")
                on:click=move |_| {
                    if let Some(seq) = seq.get_untracked() {
                        react(live, thread, seq, emoji.get_value(), true, trouble);
                    }
                    done();
                }
            >
                {symbol}
            </button>
        }
    };
    let choosing = move || {
        let known = QUICK
            .iter()
            .filter_map(|symbol| Some((*symbol, Emoji::new(symbol).ok()?)));
        view! {
            <div class="actions" role="group" aria-label="Actions">
                {known.map(quick).collect_view()}
                {mine
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="action action-word"
                                on:click=move |_| doing.set(Doing::Editing)
                            >
                                "Edit"
                            </button>
                            <button
                                type="button"
                                class="action action-word"
                                on:click=move |_| doing.set(Doing::Deleting)
                            >
                                "Delete"
                            </button>
                        }
                    })}
            </div>
        }
    };
    let editing = move || {
        let text = content.with_untracked(|content| content.text().to_owned());
        view! {
            <form
                class="actions actions-form"
                on:submit=move |event| {
                    event.prevent_default();
                    save();
                }
            >
                <textarea
                    class="field"
                    aria-label="Edit message"
                    rows="3"
                    node_ref=field
                    prop:value=text
                    on:keydown=move |event: ev::KeyboardEvent| {
                        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
                            event.prevent_default();
                            save();
                        }
                    }
                ></textarea>
                <button class="button button-small">"Save"</button>
                <button type="button" class="button button-quiet button-small" on:click=move |_| done()>
                    "Cancel"
                </button>
            </form>
        }
    };
    let deleting = move || {
        view! {
            <div class="actions actions-form" role="group" aria-label="Delete this message?">
                <p>"Delete this message for everyone? What it says can't be brought back."</p>
                <button type="button" class="button button-small" on:click=delete>
                    "Delete for everyone"
                </button>
                <button type="button" class="button button-quiet button-small" on:click=move |_| done()>
                    "Cancel"
                </button>
            </div>
        }
    };
    Effect::new(move |_| {
        if doing.get() == Doing::Editing
            && let Some(field) = field.get()
        {
            field.focus().ok();
        }
    });
    view! {
        <div class="message-actions" on:keydown=key_down>
            {move || {
                offered
                    .get()
                    .map(|_| {
                        view! {
                            <button
                                type="button"
                                class="actions-opener"
                                aria-label="Actions for this message"
                                aria-expanded=move || (doing.get() != Doing::Nothing).to_string()
                                node_ref=opener
                                on:click=toggle
                            >
                                <Icon drawing=icondata::LuEllipsis />
                            </button>
                        }
                    })
            }}
            {move || {
                offered.get()?;
                match doing.get() {
                    Doing::Nothing => None,
                    Doing::Choosing => Some(choosing().into_any()),
                    Doing::Editing => Some(editing().into_any()),
                    Doing::Deleting => Some(deleting().into_any()),
                }
            }}
        </div>
    }
}
