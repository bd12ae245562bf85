//! The files that are about to be sent, above the text field.

use leptos::{ev, prelude::*, task::spawn_local};
use tidings_device::Input;
use tidings_protocol::{Attachment, AttachmentKind, Body, Peaks, ThreadId, voice};
use wasm_bindgen::JsValue;
use web_sys::DataTransfer;

use crate::{
    attaching::{self, Upload, address, refusal, size_text},
    components::{Icon, file_card::drawing},
    live::{Chosen, Live, use_live},
    recording::blob,
    replying::Replying,
};

/// Files that were chosen for a thread. A handle: copies are the same tray.
#[derive(Clone, Copy)]
pub(super) struct Tray {
    live: Live,
    thread: ThreadId,
    files: Memo<Vec<Attachment>>,
    /// Why some were not taken, one sentence each.
    trouble: RwSignal<Vec<String>>,
}

impl Tray {
    /// The tray of a thread, with what was left in it: the draft has its files, so that a reload keeps them and all tabs
    /// show the same.
    pub(super) fn new(live: Live, thread: ThreadId) -> Self {
        let trouble = RwSignal::new(Vec::new());
        let missing = Callback::new(move |sentence: String| {
            trouble.try_update(|trouble| trouble.push(sentence));
        });
        Effect::new(move |restored: Option<bool>| {
            if restored == Some(true) {
                return true;
            }
            let awake = live.wakes();
            if awake {
                untrack(|| live.restore_tray(thread, missing));
            }
            awake
        });
        Self {
            live,
            thread,
            files: Memo::new(move |_| live.tray(thread)),
            trouble,
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self.files.with_untracked(Vec::is_empty)
    }

    /// Takes what can be sent of these, and says why of the rest. False if there were none.
    pub(super) fn add(self, holder: &JsValue) -> bool {
        let files = Chosen::of(holder);
        if files.is_empty() {
            return false;
        }
        // In one task, so that they stay in their order.
        spawn_local(async move {
            let mut trouble = Vec::new();
            for file in files {
                let sides = file.sides().await;
                // The person may be in another thread by now: the files are for this one all the same.
                let already = untrack(|| self.live.tray(self.thread).len());
                match refusal(&file.name, file.size(), sides, already) {
                    Some(sentence) => trouble.push(sentence),
                    None => {
                        let attachment = self.live.attach(&file);
                        self.live.put_in_tray(self.thread, attachment);
                    }
                }
            }
            self.trouble.try_set(trouble);
        });
        true
    }

    fn remove(self, file: &Attachment) {
        self.live.cancel_upload(file.id);
        self.live.take_from_tray(self.thread, file.id);
        self.trouble.update(Vec::clear);
    }

    /// Sends a recording by itself, whatever is in the tray.
    pub(super) fn send_recording(self, file: &[u8], replying: Replying) {
        let (Some(blob), Ok(waveform)) = (blob(file), voice::read(file)) else {
            return;
        };
        let name = "Voice message.wav".to_owned();
        let mut attachment = self.live.attach(&Chosen { name, blob });
        attachment.kind = AttachmentKind::Voice {
            duration_ms: waveform.duration_ms,
            peaks: Peaks::new(waveform.peaks).unwrap_or_default(),
        };
        self.live.report(Input::SendFiles {
            thread: self.thread,
            caption: None,
            uploads: vec![attachment.id],
            attachments: vec![attachment],
            reply_to: replying.take(),
        });
    }

    /// Sends the files, with a text if there is one. False, and nothing is sent, while one of them was refused.
    pub(super) fn send(self, caption: Option<Body>, replying: Replying) -> bool {
        let draft = self.live.draft(self.thread);
        // Another tab may have sent them a moment ago.
        if draft.files.is_empty() {
            return false;
        }
        let uploads = self.live.uploads();
        let (attachments, waiting, refused) =
            uploads.with_untracked(|uploads| uploads.sorted(&draft.files, &draft.uploads));
        if refused > 0 {
            self.trouble.set(vec![
                "Remove what could not be uploaded, then send the rest.".to_owned(),
            ]);
            return false;
        }
        self.live.empty_tray(self.thread);
        self.trouble.update(Vec::clear);
        self.live.report(Input::SendFiles {
            thread: self.thread,
            caption,
            attachments,
            uploads: waiting,
            reply_to: replying.take(),
        });
        true
    }
}

/// The chosen files, how far each has got, and what can be done about it.
#[component]
pub(super) fn AttachmentTray(tray: Tray) -> impl IntoView {
    let uploads = tray.live.uploads();
    let any = Memo::new(move |_| !tray.files.read().is_empty());
    let unkept = tray.live.unkept();
    let warnings = Memo::new(move |_| {
        let unkept = unkept.read();
        let files = tray.files.read();
        let at_risk = files.iter().filter(|file| unkept.contains(&file.id));
        let uploads = uploads.read();
        // What a file is, is known once the server has looked at it; until then the browser guesses.
        let uploaded = files.iter().filter_map(|file| match uploads.of(file.id) {
            Some(Upload::Done(made)) => attaching::keeps_metadata(made),
            Some(Upload::Failed(_)) => None,
            Some(Upload::Going(_) | Upload::Stalled(_)) | None => attaching::keeps_metadata(file),
        });
        at_risk.map(attaching::unkept).chain(uploaded).collect::<Vec<_>>()
    });
    view! {
        {move || {
            let trouble = tray.trouble.get();
            (!trouble.is_empty())
                .then(|| {
                    view! {
                        <div class="composer-trouble" role="alert">
                            {trouble
                                .into_iter()
                                .map(|sentence| view! { <p>{sentence}</p> })
                                .collect_view()}
                        </div>
                    }
                })
        }}
        {move || {
            let warnings = warnings.get();
            (!warnings.is_empty())
                .then(|| {
                    view! {
                        <div class="tray-warning" role="status">
                            {warnings
                                .into_iter()
                                .map(|sentence| view! { <p>{sentence}</p> })
                                .collect_view()}
                        </div>
                    }
                })
        }}
        {move || {
            any.get()
                .then(|| {
                    view! {
                        <ul class="tray" aria-label="Attached files">
                            <For
                                each=move || tray.files.get()
                                key=|file| file.id
                                children=move |file| {
                                    let id = file.id;
                                    let upload = Memo::new(move |_| {
                                        uploads.with(|uploads| uploads.of(id).cloned())
                                    });
                                    view! { <TrayItem tray file upload /> }
                                }
                            />
                        </ul>
                    }
                })
        }}
    }
}

#[component]
fn TrayItem(tray: Tray, file: Attachment, upload: Memo<Option<Upload>>) -> impl IntoView {
    let live = use_live();
    let (id, size) = (file.id, file.size);
    let name = file.name.as_str().to_owned();
    let remove = format!("Remove {name}");
    let retry = format!("Try {name} again");
    let going = format!("Uploading {name}");
    let picture = file.clone();
    let removed = file.clone();
    view! {
        <li class="tray-file" class:refused=move || matches!(upload.get(), Some(Upload::Failed(_)))>
            <span class="tray-face">
                {move || match upload.get() {
                    Some(Upload::Done(made)) if matches!(made.kind, AttachmentKind::Image { .. }) => {
                        view! { <img src=format!("{}/thumbnail", address(id)) alt="" /> }.into_any()
                    }
                    // What it can be shown as is only known once the server has it.
                    None if matches!(picture.kind, AttachmentKind::Image { .. }) => {
                        view! { <img src=format!("{}/thumbnail", address(id)) alt="" /> }.into_any()
                    }
                    _ => view! { <Icon drawing=drawing(&picture) /> }.into_any(),
                }}
            </span>
            <span class="tray-text">
                <span class="tray-name" dir="auto">
                    {name}
                </span>
                <span class="tray-state">
                    {move || match upload.get() {
                        Some(Upload::Failed(error)) => {
                            view! { <span class="tray-refused">{error.message}</span> }.into_any()
                        }
                        Some(Upload::Stalled(error)) => {
                            view! { <span role="status">{error.message}</span> }.into_any()
                        }
                        Some(Upload::Done(made)) => size_text(made.size).into_any(),
                        Some(Upload::Going(sent)) => {
                            view! {
                                <progress
                                    max=size.to_string()
                                    value=sent.min(size).to_string()
                                    aria-label=going.clone()
                                ></progress>
                            }
                                .into_any()
                        }
                        None => size_text(size).into_any(),
                    }}
                </span>
            </span>
            {move || {
                let retry = retry.clone();
                matches!(upload.get(), Some(Upload::Failed(_)))
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="tray-button"
                                aria-label=retry.clone()
                                title=retry
                                on:click=move |_| live.retry_upload(id)
                            >
                                <Icon drawing=icondata::LuRotateCw />
                            </button>
                        }
                    })
            }}
            <button
                type="button"
                class="tray-button"
                aria-label=remove.clone()
                title=remove
                on:click=move |_| tray.remove(&removed)
            >
                <Icon drawing=icondata::LuX />
            </button>
        </li>
    }
}

/// Has files that are dropped anywhere on the page attached, instead of opened by the browser. True while some are held
/// over it.
pub(super) fn catch_drops(tray: Tray) -> RwSignal<bool> {
    let held = RwSignal::new(false);
    let over = window_event_listener(ev::dragover, move |event| {
        if event
            .data_transfer()
            .is_some_and(|transfer| brings_files(&transfer))
        {
            event.prevent_default();
            held.set(true);
        }
    });
    let left = window_event_listener(ev::dragleave, move |event| {
        // Out of the window, not from one element to the next.
        if event.related_target().is_none() {
            held.set(false);
        }
    });
    let dropped = window_event_listener(ev::drop, move |event| {
        held.set(false);
        if let Some(transfer) = event.data_transfer().filter(brings_files) {
            event.prevent_default();
            tray.add(&transfer);
        }
    });
    on_cleanup(move || {
        over.remove();
        left.remove();
        dropped.remove();
    });
    held
}

fn brings_files(transfer: &DataTransfer) -> bool {
    transfer.types().iter().any(|kind| kind == "Files")
}
