//! Where a message is written.

mod editing;
mod keys;
mod mention_completion;

use leptos::{ev, html::Textarea, prelude::*};
use tidings_device::Input;
use tidings_protocol::{Body, TextError, ThreadId, ThreadKind, limits};

use self::{
    editing::{edit, look},
    keys::SendKey,
    mention_completion::{Choice, MentionCompletion, id_of},
};
use super::Icon;
use crate::{
    composing::{Wrap, asked, completed, is_in_code, linked, next_line, offered, wrapped},
    live::use_live,
};

/// The counter appears when so many bytes are left.
const COUNT_FROM: usize = 1024;

/// The text field of a thread. What is in it is never lost: it is kept as a draft until it is sent.
#[component]
pub fn Composer(
    /// Where messages go.
    thread: ThreadId,
) -> impl IntoView {
    let live = use_live();
    let field = NodeRef::<Textarea>::new();
    let length = RwSignal::new(0_usize);
    let refused = RwSignal::new(None::<TextError>);
    let send_key = StoredValue::new(SendKey::default());

    let choice = Choice::new();
    let complete = move || {
        let name = look(field, asked).flatten();
        choice.show(name.map_or_else(Vec::new, |name| {
            untrack(|| {
                let kind = live.thread(thread).map_or(ThreadKind::Direct, |row| row.kind);
                offered(&name, &live.members(thread), live.me().id, kind)
            })
        }));
    };
    let take = move |username: String| {
        edit(field, |field| Some(completed(&asked(field)?, &username)));
        choice.show(Vec::new());
    };

    let changed = move || {
        let Some(field) = field.get_untracked() else {
            return;
        };
        let text = field.value();
        length.set(text.trim().len());
        refused.update(|refused| {
            if refused.is_some() {
                *refused = Body::new(&text).err();
            }
        });
        live.keep_draft(thread, &text);
        fit(&field);
    };
    let typed = move |_| {
        changed();
        complete();
        live.report(Input::Typed {
            thread,
            empty: length.get_untracked() == 0,
        });
    };
    let send = move || {
        let Some(field) = field.get_untracked() else {
            return;
        };
        match Body::new(&field.value()) {
            Ok(body) => {
                live.report(Input::Send {
                    thread,
                    body,
                    reply_to: None,
                });
                field.set_value("");
                refused.set(None);
                changed();
            }
            Err(TextError::Empty { .. }) => {}
            Err(error) => refused.set(Some(error)),
        }
        // Focus only fails to move for elements that are not shown.
        field.focus().ok();
    };
    // True if the key was for the list of members.
    let chose = move |event: &ev::KeyboardEvent| {
        if event.is_composing() || untrack(move || !choice.is_open()) {
            return false;
        }
        match event.key().as_str() {
            "ArrowDown" => choice.step(false),
            "ArrowUp" => choice.step(true),
            "Enter" | "Tab" if !event.shift_key() => {
                if let Some(username) = choice.taken() {
                    take(username);
                }
            }
            "Escape" => choice.show(Vec::new()),
            _ => return false,
        }
        event.prevent_default();
        event.stop_propagation();
        true
    };
    let key_down = move |event: ev::KeyboardEvent| {
        if chose(&event) {
            return;
        }
        let command = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
        if command && let Some(wrap) = Wrap::of_key(&event.key()) {
            event.prevent_default();
            edit(field, |field| Some(wrapped(field, wrap)));
            return;
        }
        let new_line = event.key() == "Enter" && event.shift_key() && !command && !event.is_composing();
        if new_line && edit(field, next_line) {
            event.prevent_default();
            return;
        }
        // Code has lines: there Enter makes one.
        if send_key.with_value(|key| key.sends(&event)) && look(field, is_in_code) == Some(true) {
            return;
        }
        if send_key.with_value(|key| key.sends(&event)) {
            event.prevent_default();
            send();
        }
    };

    let pasted = move |event: ev::ClipboardEvent| {
        let text = event
            .clipboard_data()
            .and_then(|data| data.get_data("text/plain").ok());
        if let Some(text) = text
            && edit(field, |field| linked(field, &text))
        {
            event.prevent_default();
        }
    };

    // The browser may have put text in before the page came to life: it counts as the person's.
    Effect::new(move |_| {
        let Some(field) = field.get() else {
            return;
        };
        if field.value().is_empty()
            && let Some(draft) = live.draft(thread)
        {
            field.set_value(&draft);
        }
        changed();
    });
    let opened_here = live.is_awake();
    Effect::new(move |_| {
        if let Some(field) = field.get()
            && opened_here
            && has_keyboard()
        {
            field.focus().ok();
        }
    });
    on_cleanup(move || live.report(Input::StoppedTyping { thread }));

    let left = Memo::new(move |_| limits::BODY_MAX_BYTES.checked_sub(length.get()));
    let trouble = move || match (refused.get(), left.get()) {
        (_, None) => {
            let over = length.get() - limits::BODY_MAX_BYTES;
            Some(format!(
                "This message is too long. Shorten it by {over} characters, or send it in parts."
            ))
        }
        (Some(error), _) => Some(format!("{error}.")),
        (None, Some(_)) => None,
    };
    let count = move || match left.get() {
        Some(left) if left < COUNT_FROM => Some(left.to_string()),
        Some(_) => None,
        None => Some(format!("−{}", length.get() - limits::BODY_MAX_BYTES)),
    };
    view! {
        <div class="composer" class:too-long=move || left.get().is_none()>
            {move || {
                trouble()
                    .map(|sentence| {
                        view! {
                            <p class="composer-trouble" id="composer-trouble" role="alert">
                                {sentence}
                            </p>
                        }
                    })
            }}
            <MentionCompletion choice take=Callback::new(take) />
            <div class="composer-line">
                <textarea
                    class="composer-field"
                    aria-label="Message"
                    aria-describedby=move || trouble().map(|_| "composer-trouble")
                    aria-invalid=move || trouble().map(|_| "true")
                    placeholder="Write a message"
                    rows="1"
                    autocomplete="off"
                    enterkeyhint="send"
                    node_ref=field
                    on:input=typed
                    on:keydown=key_down
                    on:paste=pasted
                    aria-autocomplete="list"
                    aria-controls=move || choice.is_open().then_some("mentions")
                    aria-activedescendant=move || choice.is_open().then(|| id_of(choice.chosen.get()))
                    on:compositionend=move |_| send_key.update_value(SendKey::composed)
                    on:blur=move |_| {
                        choice.show(Vec::new());
                        live.report(Input::StoppedTyping { thread });
                    }
                ></textarea>
                {move || {
                    count()
                        .map(|count| {
                            view! {
                                <span class="composer-count">
                                    {count} <span class="sr-only">" characters left"</span>
                                </span>
                            }
                        })
                }}
                <button
                    type="button"
                    class="send"
                    aria-label="Send"
                    title="Send"
                    on:click=move |_| send()
                    on:mousedown=|event| event.prevent_default()
                >
                    <Icon drawing=icondata::LuSendHorizontal />
                </button>
            </div>
        </div>
    }
}

/// As high as its text, up to the limit in the style sheet.
fn fit(field: &web_sys::HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(field);
    // A style that can't be set leaves a field of one line, which scrolls.
    style.set_property("height", "auto").ok();
    style
        .set_property("height", &format!("{}px", field.scroll_height()))
        .ok();
}

/// Whether there is a mouse, and so a real keyboard: focus would open the one on the screen otherwise.
fn has_keyboard() -> bool {
    window()
        .match_media("(pointer: fine)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}
