//! Where a message is written.

mod completion;
mod editing;
mod recorders;
mod reply_bar;
mod tray;
mod voice_recorder;

use leptos::{ev, html, prelude::*};
use tidings_device::Input;
use tidings_protocol::{Body, Seq, TextError, ThreadId, ThreadKind, limits};
use wasm_bindgen::JsCast;

pub use self::recorders::Recorders;
use self::{
    completion::{Choice, Completion, id_of},
    editing::{edit, look},
    reply_bar::ReplyBar,
    tray::{AttachmentTray, Tray, catch_drops},
    voice_recorder::{RecordButton, RecordingPanel},
};
use super::{EditLast, Icon, SuggestedReplies, send_key::SendKey, use_emoji_picker};
use crate::{
    composing::{
        Field, Offer, Wrap, added, asked, asked_code, completed, inserted, is_in_code, linked, next_line,
        offered, offered_symbols, wrapped,
    },
    emoji::{Stock, may_hold_code},
    live::use_live,
    replying::{self, Replying},
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
    let edit_last = expect_context::<EditLast>();
    let field = edit_last.composer();
    let length = RwSignal::new(0_usize);
    let refused = RwSignal::new(None::<TextError>);
    let send_key = StoredValue::new(SendKey::default());

    let tray = Tray::new(live, thread);
    let dropping = catch_drops(tray);
    let chooser = NodeRef::<html::Input>::new();
    let replying: Replying = expect_context();
    let recorder = expect_context::<Recorders>().shown(thread);
    let say = Callback::new(move |file: Vec<u8>| tray.send_recording(&file, replying));
    let picker = use_emoji_picker();
    let supply = picker.supply;
    let choice = Choice::new();
    let complete = move || {
        let written = look(field, |field| (asked(field), asked_code(field)));
        choice.show(untrack(|| match written {
            Some((Some(name), _)) => {
                let kind = live.thread(thread).map_or(ThreadKind::Direct, |row| row.kind);
                offered(&name, &live.members(thread), live.me().id, kind)
            }
            Some((None, Some(code))) => {
                supply.order();
                let table = supply.table();
                table.map_or_else(Vec::new, |table| offered_symbols(&code, &table, supply.tone()))
            }
            Some((None, None)) | None => Vec::new(),
        }));
    };
    Effect::new(move |_| {
        if let Stock::Here(_) = supply.stock() {
            complete();
        }
    });
    let take = move |offer: Offer| {
        edit(field, |field| {
            let place = match &offer {
                Offer::Person(_) | Offer::Everybody => asked(field)?,
                Offer::Symbol { .. } => asked_code(field)?,
            };
            Some(completed(&place, &offer))
        });
        if let Offer::Symbol { emoji, .. } = &offer {
            supply.used(emoji);
        }
        choice.show(Vec::new());
    };
    let put_in = move |emoji: String| {
        if let Some(field) = field.get_untracked() {
            field.focus().ok();
        }
        edit(field, |field| Some(inserted(field, &emoji)));
    };

    let suggest = move |text: String| {
        edit(field, |field| Some(added(field, &text)));
        if let Some(field) = field.get_untracked() {
            // Focus only fails to move for elements that are not shown.
            field.focus().ok();
        }
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
        if look(field, |field| may_hold_code(field.text)) == Some(true) {
            supply.order();
        }
        live.report(Input::Typed {
            thread,
            empty: length.get_untracked() == 0,
        });
    };
    let send = move || {
        let Some(field) = field.get_untracked() else {
            return;
        };
        let read = Body::new(&supply.written_out(&field.value()));
        match read {
            Ok(_) | Err(TextError::Empty { .. }) if !tray.is_empty() => {
                if tray.send(read.ok(), replying) {
                    field.set_value("");
                    refused.set(None);
                    changed();
                }
            }
            Ok(body) => {
                live.report(Input::Send {
                    thread,
                    body,
                    reply_to: replying.take(),
                    forwarded: false,
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
    // True if the key was for the message that is answered.
    let answered = move |event: &ev::KeyboardEvent, command: bool| {
        match (event.key().as_str(), command) {
            ("Escape", false) if replying.to_untracked().is_some() => replying.restore(None),
            (key @ ("ArrowUp" | "ArrowDown"), true) => {
                let rows = untrack(|| live.timeline(thread).rows);
                let to = replying::stepped(&rows, replying.to_untracked(), key == "ArrowUp");
                replying.restore(to);
            }
            _ => return false,
        }
        event.prevent_default();
        true
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
                if let Some(offer) = choice.taken() {
                    take(offer);
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
        if chose(&event) || edit_last.key_down(&event) {
            return;
        }
        let command = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
        // Not the command key: with it, the arrows go to the ends of the text.
        if !event.is_composing() && answered(&event, command && event.ctrl_key()) {
            return;
        }
        let marks = |field: &Field<'_>| Wrap::of_key(&event.key(), !field.inside().is_empty());
        if command && let Some(wrap) = look(field, marks).flatten() {
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
        // A table that is copied comes as text and as its picture: the text is meant.
        let files = event
            .clipboard_data()
            .filter(|data| data.get_data("text/plain").is_ok_and(|text| text.is_empty()));
        if files.is_some_and(|files| tray.add(&files)) {
            event.prevent_default();
            return;
        }
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
        let draft = live.draft(thread);
        if field.value().is_empty() {
            field.set_value(&draft.text);
        }
        replying.restore(draft.reply_to);
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
    Effect::new(move |before: Option<u32>| {
        let chosen = replying.times_chosen();
        if before.is_some_and(|before| before != chosen)
            && let Some(field) = field.get_untracked()
        {
            field.focus().ok();
        }
        chosen
    });
    Effect::new(move |before: Option<Option<Seq>>| {
        let to = replying.to();
        // At first it is what the draft says.
        if before.is_some_and(|before| before != to) {
            live.keep_reply_target(thread, to);
        }
        to
    });
    let is_reply = Memo::new(move |_| replying.to().is_some());

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
            <SuggestedReplies thread take=Callback::new(suggest) />
            <Completion choice take=Callback::new(take) />
            {move || is_reply.get().then(|| view! { <ReplyBar thread replying /> })}
            <AttachmentTray tray />
            {move || {
                dropping
                    .get()
                    .then(|| {
                        view! {
                            <div class="drop-target" aria-hidden="true">
                                "Drop files to attach them"
                            </div>
                        }
                    })
            }}
            {move || recorder.is_open().then(|| view! { <RecordingPanel recorder thread send=say /> })}
            // Hidden and not gone, so that what is written stays.
            <div class="composer-line" hidden=move || recorder.is_open()>
                <input
                    type="file"
                    multiple
                    class="file-chooser"
                    aria-label="Files to attach"
                    tabindex="-1"
                    node_ref=chooser
                    on:change=move |_| {
                        if let Some(chooser) = chooser.get_untracked() {
                            tray.add(&chooser);
                            // The same file can be chosen again.
                            chooser.set_value("");
                        }
                        if let Some(field) = field.get_untracked() {
                            field.focus().ok();
                        }
                    }
                />
                <button
                    type="button"
                    class="attach"
                    aria-label="Attach files"
                    title="Attach files"
                    on:click=move |_| {
                        if let Some(chooser) = chooser.get_untracked() {
                            chooser.click();
                        }
                    }
                    on:mousedown=|event| event.prevent_default()
                >
                    <Icon drawing=icondata::LuPaperclip />
                </button>
                <textarea
                    class="composer-field"
                    aria-label="Message"
                    aria-describedby=move || {
                        match (trouble(), is_reply.get()) {
                            (Some(_), _) => Some("composer-trouble"),
                            (None, true) => Some("reply-bar"),
                            (None, false) => None,
                        }
                    }
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
                    aria-controls=move || choice.is_open().then_some("offers")
                    aria-activedescendant=move || choice.is_open().then(|| id_of(choice.chosen.get()))
                    on:compositionend=move |_| send_key.update_value(SendKey::composed)
                    on:blur=move |_| {
                        choice.show(Vec::new());
                        live.report(Input::StoppedTyping { thread });
                    }
                ></textarea>
                <button
                    type="button"
                    class="composer-tool"
                    aria-label="Emoji"
                    title="Emoji"
                    aria-haspopup="dialog"
                    on:click=move |event| {
                        if let Some(button) = pressed(&event) {
                            picker.open(&button, put_in);
                        }
                    }
                >
                    <Icon drawing=icondata::LuSmile />
                </button>
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
                <RecordButton recorder />
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

/// The button that an event is about.
fn pressed(event: &ev::MouseEvent) -> Option<web_sys::Element> {
    event.current_target()?.dyn_into().ok()
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
pub(super) fn has_keyboard() -> bool {
    window()
        .match_media("(pointer: fine)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}
