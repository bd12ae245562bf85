//! One picture at a time, as large as the window.

use leptos::{
    ev,
    html::{Button, Dialog},
    prelude::*,
};
use tidings_protocol::{Attachment, AttachmentId, AttachmentKind, ThreadId};

use super::Icon;
use crate::{attaching::address, live::use_live};

/// Which picture is shown large, if any. Messages ask for it.
#[derive(Clone, Copy, Debug)]
pub struct Viewing(RwSignal<Option<AttachmentId>>);

impl Viewing {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self(RwSignal::new(None))
    }

    /// Shows a picture.
    pub fn show(self, id: AttachmentId) {
        self.0.set(Some(id));
    }
}

impl Default for Viewing {
    fn default() -> Self {
        Self::new()
    }
}

/// The pictures of a thread that are in the page, one at a time. Arrows go from one to the next, Escape leaves, and focus
/// stays within until then and returns to the picture it came from.
#[component]
pub fn Lightbox(
    /// Whose pictures.
    thread: ThreadId,
    /// Which one.
    viewing: Viewing,
) -> impl IntoView {
    let live = use_live();
    let dialog = NodeRef::<Dialog>::new();
    let leave_button = NodeRef::<Button>::new();
    let pictures = Memo::new(move |_| {
        viewing.0.get()?;
        let rows = live.timeline(thread).rows;
        let all = rows.iter().flat_map(|row| row.content.attachments());
        let pictures: Vec<Attachment> = all
            .filter(|file| matches!(file.kind, AttachmentKind::Image { .. }))
            .cloned()
            .collect();
        Some(pictures)
    });
    let place = move || {
        let id = viewing.0.get()?;
        pictures.with(|pictures| {
            let pictures = pictures.as_ref()?;
            let index = pictures.iter().position(|file| file.id == id)?;
            Some((index, pictures.len()))
        })
    };
    let step = move |forward: bool| {
        let Some((index, _)) = untrack(place) else {
            return;
        };
        let next = if forward {
            index.checked_add(1)
        } else {
            index.checked_sub(1)
        };
        let id = pictures.with_untracked(|pictures| Some(pictures.as_ref()?.get(next?)?.id));
        if let Some(id) = id {
            viewing.0.set(Some(id));
        }
    };
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else {
            return;
        };
        match (viewing.0.read().is_some(), dialog.open()) {
            (true, false) => {
                // A browser without dialogs has the picture in a tab of its own.
                if dialog.show_modal().is_ok()
                    && let Some(button) = leave_button.get_untracked()
                {
                    button.focus().ok();
                }
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    // The picture was deleted while it was looked at.
    Effect::new(move |_| {
        if viewing.0.read().is_some() && place().is_none() {
            viewing.0.set(None);
        }
    });
    let key_down = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "ArrowRight" => step(true),
        "ArrowLeft" => step(false),
        _ => {}
    };
    let shown = move || {
        let (index, _) = place()?;
        pictures.with(|pictures| pictures.as_ref()?.get(index).cloned())
    };
    view! {
        <dialog
            class="lightbox"
            aria-label="Photo"
            node_ref=dialog
            on:keydown=key_down
            on:close=move |_| viewing.0.set(None)
            on:click=move |event| {
                // Beside the picture and the buttons.
                if event.target() == event.current_target() {
                    viewing.0.set(None);
                }
            }
        >
            {move || {
                shown()
                    .map(|file| {
                        let AttachmentKind::Image { width, height } = file.kind else {
                            return ().into_any();
                        };
                        let name = file.name.as_str().to_owned();
                        view! {
                            <img
                                class="lightbox-picture"
                                src=address(file.id)
                                width=width.to_string()
                                height=height.to_string()
                                alt=format!("Photo: {name}")
                            />
                            <p class="lightbox-name" aria-live="polite" dir="auto">
                                {name.clone()}
                                {place().map(|(index, count)| format!(" ({} of {count})", index + 1))}
                            </p>
                            <a
                                class="lightbox-button lightbox-save"
                                href=format!("{}?download=1", address(file.id))
                                download=name
                                rel="external"
                                aria-label="Download"
                                title="Download"
                            >
                                <Icon drawing=icondata::LuDownload />
                            </a>
                        }
                            .into_any()
                    })
            }}
            <button
                type="button"
                class="lightbox-button lightbox-previous"
                aria-label="Previous photo"
                title="Previous photo"
                disabled=move || place().is_none_or(|(index, _)| index == 0)
                on:click=move |_| step(false)
            >
                <Icon drawing=icondata::LuChevronLeft />
            </button>
            <button
                type="button"
                class="lightbox-button lightbox-next"
                aria-label="Next photo"
                title="Next photo"
                disabled=move || place().is_none_or(|(index, count)| index + 1 >= count)
                on:click=move |_| step(true)
            >
                <Icon drawing=icondata::LuChevronRight />
            </button>
            <button
                type="button"
                class="lightbox-button lightbox-close"
                aria-label="Close"
                title="Close"
                node_ref=leave_button
                on:click=move |_| viewing.0.set(None)
            >
                <Icon drawing=icondata::LuX />
            </button>
        </dialog>
    }
}
