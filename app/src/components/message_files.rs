//! The files of a message.

use leptos::prelude::*;
use tidings_device::Input;
use tidings_protocol::{ApiError, Attachment, AttachmentKind, Content, LocalId, UserId};

use super::{FileCard, Icon, VoicePlayer, lightbox::Viewing, message_content::InThread};
use crate::{
    attaching::{address, shown_size},
    live::{Live, use_live},
    playback::Track,
};

/// Pictures in their place before they are loaded, and other files as cards.
#[component]
pub fn MessageFiles(
    /// The files.
    files: Vec<Attachment>,
    /// Who sent them.
    sender: UserId,
) -> impl IntoView {
    let live = use_live();
    let (going, stalling) = (files.clone(), files.clone());
    let percent = Memo::new(move |_| live.uploads().with(|uploads| uploads.percent(&going)));
    let stalled = Memo::new(move |_| {
        let why = |error: &ApiError| error.message.clone();
        live.uploads().with(|uploads| uploads.stalled(&stalling).map(why))
    });
    view! {
        <div class="files">{files.into_iter().map(|file| view! { <OneFile file sender /> }).collect_view()}</div>
        {move || {
            percent
                .get()
                .map(|percent| {
                    view! {
                        <progress class="files-going" max="100" value=percent.to_string() aria-label="Uploading"></progress>
                    }
                })
        }}
        {move || {
            stalled
                .get()
                .map(|why| {
                    view! {
                        <p class="files-stalled" role="status">
                            {why}
                        </p>
                    }
                })
        }}
    }
}

/// What can be done about a message whose files are still on their way: throw it away.
#[component]
pub fn CancelUpload(
    /// The message.
    key: LocalId,
    /// What it holds.
    #[prop(into)]
    content: Signal<Content>,
) -> impl IntoView {
    let live = use_live();
    let going = Memo::new(move |_| {
        let uploads = live.uploads();
        content.with(|content| {
            let files = content.attachments();
            uploads.with(|uploads| files.iter().any(|file| uploads.is_going(file.id)))
        })
    });
    move || {
        going.get().then(|| {
            view! {
                <button
                    type="button"
                    class="link-button"
                    on:click=move |_| content.with_untracked(|content| discard(live, key, content))
                >
                    "Cancel upload"
                </button>
            }
        })
    }
}

/// Throws an unsent message away, and what this browser keeps of its files.
pub fn discard(live: Live, key: LocalId, content: &Content) {
    let files: Vec<_> = content.attachments().iter().map(|file| file.id).collect();
    live.report(Input::Discard(key));
    // One that the server may have is still there.
    if live.unsent().iter().all(|unsent| unsent.local_id != key) {
        files.into_iter().for_each(|id| live.cancel_upload(id));
    }
}

#[component]
fn OneFile(file: Attachment, sender: UserId) -> impl IntoView {
    let thread = expect_context::<InThread>().thread();
    let live = use_live();
    let id = file.id;
    // While it is on its way from here, there is nothing to load yet.
    let there = Memo::new(move |_| live.uploads().with(|uploads| !uploads.is_going(id)));
    move || match file.kind {
        AttachmentKind::Image { width, height } if there.get() => {
            view! { <Picture file=file.clone() width height /> }.into_any()
        }
        AttachmentKind::Voice {
            duration_ms,
            ref peaks,
        } if there.get() => {
            let track = Track {
                url: address(id),
                speaker: untrack(|| live.called(sender)),
                thread,
                duration_ms,
            };
            view! { <VoicePlayer track peaks=peaks.as_slice().to_vec() /> }.into_any()
        }
        _ => view! { <FileCard file=file.clone() there=there.get() /> }.into_any(),
    }
}

#[component]
fn Picture(file: Attachment, width: u32, height: u32) -> impl IntoView {
    let viewing = use_context::<Viewing>();
    let id = file.id;
    let name = file.name.as_str().to_owned();
    let (shown_width, shown_height) = shown_size(width, height);
    let failed = RwSignal::new(false);
    view! {
        <a
            class="picture"
            href=address(id)
            target="_blank"
            rel="external"
            data-attachment=id.to_string()
            on:click=move |event| {
                let plain = !(event.ctrl_key() || event.meta_key() || event.shift_key());
                if plain && let Some(viewing) = viewing {
                    event.prevent_default();
                    viewing.show(id);
                }
            }
        >
            <img
                src=format!("{}/thumbnail", address(id))
                width=shown_width.to_string()
                height=shown_height.to_string()
                alt=format!("Photo: {name}")
                loading="lazy"
                decoding="async"
                on:error=move |_| failed.set(true)
            />
            {move || {
                failed
                    .get()
                    .then(|| {
                        view! {
                            <span class="picture-lost">
                                <Icon drawing=icondata::LuFileImage />
                                "This photo can’t be loaded."
                            </span>
                        }
                    })
            }}
        </a>
    }
}
