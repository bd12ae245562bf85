//! Putting another text in the place of one's own.

use leptos::{ev, html::Textarea, prelude::*};
use tidings_device::{Act, Which};
use tidings_protocol::{Body, TextError, ThreadId};

use super::super::{send_key::SendKey, use_emoji_picker};
use crate::{emoji::may_hold_code, live::use_live};

/// A field with what the message says. Enter saves, with short codes written out as in the composer; a text that can't be
/// saved stays in it.
#[component]
pub(super) fn Editing(
    /// Where the message is.
    thread: ThreadId,
    /// Which, as it is when the text is saved.
    #[prop(into)]
    which: Signal<Which>,
    /// What it says.
    text: String,
    /// Closes the field.
    done: Callback<()>,
) -> impl IntoView {
    let live = use_live();
    let field = NodeRef::<Textarea>::new();
    let send_key = StoredValue::new(SendKey::default());
    let supply = use_emoji_picker().supply;
    let refused = RwSignal::new(None::<TextError>);
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // Focus only fails to move for elements that are not shown.
            field.focus().ok();
            let end = u32::try_from(field.value().encode_utf16().count()).unwrap_or(u32::MAX);
            field.set_selection_range(end, end).ok();
        }
    });
    let save = move || {
        let Some(field) = field.get_untracked() else {
            return;
        };
        match Body::new(&supply.written_out(&field.value())) {
            Ok(body) => {
                live.amend(thread, which.get_untracked(), Act::Edit { body });
                done.run(());
            }
            Err(error) => refused.set(Some(error)),
        }
    };
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
                aria-invalid=move || refused.read().is_some().then_some("true")
                rows="3"
                enterkeyhint="done"
                node_ref=field
                prop:value=text
                on:input=move |_| {
                    refused.set(None);
                    if field.get_untracked().is_some_and(|field| may_hold_code(&field.value())) {
                        supply.order();
                    }
                }
                on:keydown=move |event: ev::KeyboardEvent| {
                    if send_key.with_value(|key| key.is_composing(&event)) {
                        // Escape there takes back a word, and must not close the field.
                        event.stop_propagation();
                    } else if send_key.with_value(|key| key.sends(&event)) {
                        event.prevent_default();
                        save();
                    }
                }
                on:compositionend=move |_| send_key.update_value(SendKey::composed)
            ></textarea>
            {move || {
                refused
                    .get()
                    .map(|error| {
                        view! {
                            <p class="field-error" role="alert">
                                {format!("{error}.")}
                            </p>
                        }
                    })
            }}
            <button class="button button-small">"Save"</button>
            <button type="button" class="button button-quiet button-small" on:click=move |_| done.run(())>
                "Cancel"
            </button>
        </form>
    }
}
