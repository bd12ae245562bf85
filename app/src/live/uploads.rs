//! Files on their way from this browser to the server.
//!
//! A file that was chosen is uploaded at once, whatever becomes of the message. What does not get through is tried again
//! until it does, or is refused. It is kept in this browser until then ([`FileStorage`]), so that a message in the outbox,
//! or a draft, finds its files after a reload.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use serde::Deserialize;
use tidings_device::Input;
use tidings_protocol::{ApiError, Attachment, AttachmentId, ErrorCode, ThreadId};
use web_sys::Blob;

use super::{
    Live,
    file_storage::FileStorage,
    pause,
    upload_request::{Heard, UploadRequest},
};
use crate::attaching::{Upload, lost};

/// The most between two tries.
const RETRY_MAX: Duration = Duration::from_secs(30);

/// How long the bytes of a file stay here after the server has them: another tab may be sending it at that moment, and not
/// know it yet.
const KEPT_AFTER: Duration = Duration::from_secs(60);

/// How often a file is looked for that another tab may be about to keep, and how long lies between.
const LOOKS: u32 = 5;
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Uploads that run at once; the others wait.
const AT_ONCE: usize = 3;

struct File {
    name: String,
    blob: Blob,
    tries: u32,
    /// It was refused: it stays here, and is tried again only when the person wants it.
    stopped: bool,
    going: Option<UploadRequest>,
    timer: Option<TimeoutHandle>,
}

thread_local! {
    static FILES: RefCell<BTreeMap<AttachmentId, File>> = const { RefCell::new(BTreeMap::new()) };
}

/// Begins to upload a file that was chosen, and to keep it.
pub(super) fn begin(live: Live, storage: &FileStorage, id: AttachmentId, name: &str, blob: Blob) {
    let (storage, kept) = (storage.clone(), blob.clone());
    let name = name.to_owned();
    let kept_name = name.clone();
    spawn_local(async move {
        let is_kept = storage.keep(id, &kept_name, &kept).await;
        if !is_kept && FILES.with_borrow(|files| files.contains_key(&id)) {
            live.unkept.try_update(|unkept| unkept.insert(id));
        }
    });
    enter(live, id, name, blob);
}

/// Goes on with a file that was left in the tray of a thread. One whose bytes are nowhere is taken out, and `missing` is told
/// so.
pub(super) fn restore(
    live: Live,
    storage: &FileStorage,
    thread: ThreadId,
    file: Attachment,
    missing: Callback<String>,
) {
    let id = file.id;
    let is_known = live
        .uploads
        .try_with_untracked(|uploads| uploads.of(id).is_some());
    if is_known != Some(false) {
        return;
    }
    let storage = storage.clone();
    spawn_local(async move {
        let loaded = storage.load(id).await;
        // Meanwhile it may have been taken out, or the server was found to have it.
        let is_wanted = live.drafts.try_with_untracked(|drafts| {
            drafts
                .get(&thread)
                .is_some_and(|draft| draft.uploads.contains(&id))
        });
        match loaded {
            _ if is_wanted != Some(true) => {}
            _ if FILES.with_borrow(|files| files.contains_key(&id)) => {}
            Some((name, blob)) => enter(live, id, name, blob),
            None => {
                live.take_from_tray(thread, id);
                missing.try_run(lost(&file));
            }
        }
    });
}

/// Goes on with a file of a message in the outbox.
pub(super) fn resume(live: Live, storage: &FileStorage, id: AttachmentId) {
    if let Some(Upload::Done(attachment)) = live.uploads.with_untracked(|uploads| uploads.of(id).cloned()) {
        // Not from within the device's own turn.
        return spawn_local(async move { live.report(Input::Uploaded(attachment)) });
    }
    if go_on(live, id) {
        return;
    }
    let storage = storage.clone();
    spawn_local(async move {
        match look_for(&storage, id).await {
            _ if FILES.with_borrow(|files| files.contains_key(&id)) => {}
            Some((name, blob)) => enter(live, id, name, blob),
            None => {
                let error = ApiError::new(
                    ErrorCode::Gone,
                    "The file is no longer on this device. Attach it again.",
                );
                note(live, id, Upload::Failed(error.clone()));
                live.report(Input::UploadRefused {
                    attachment: id,
                    error,
                });
            }
        }
    });
}

/// Goes on with a file that is here, also if it was refused. False if it is not here.
fn go_on(live: Live, id: AttachmentId) -> bool {
    let was_stopped = FILES.with_borrow_mut(|files| {
        let file = files.get_mut(&id)?;
        let was_stopped = std::mem::take(&mut file.stopped);
        file.tries = 0;
        Some(was_stopped)
    });
    if was_stopped == Some(true) {
        // Not from within the device's own turn.
        spawn_local(async move {
            note(live, id, Upload::Going(0));
            next(live);
        });
    }
    was_stopped.is_some()
}

async fn look_for(storage: &FileStorage, id: AttachmentId) -> Option<(String, Blob)> {
    for _ in 1..LOOKS {
        let loaded = storage.load(id).await;
        if loaded.is_some() {
            return loaded;
        }
        pause(LOOK_EVERY).await;
    }
    storage.load(id).await
}

/// Stops a file, and forgets it.
pub(super) fn cancel(live: Live, storage: &FileStorage, id: AttachmentId) {
    let file = FILES.with_borrow_mut(|files| files.remove(&id));
    if let Some(File {
        timer: Some(timer), ..
    }) = &file
    {
        timer.clear();
    }
    drop(file);
    live.unkept.try_update(|unkept| unkept.remove(&id));
    live.uploads.try_update(|uploads| uploads.forget(id));
    let storage = storage.clone();
    spawn_local(async move { storage.forget(id).await });
    next(live);
}

/// Tries a refused file again.
pub(super) fn retry(live: Live, storage: &FileStorage, id: AttachmentId) {
    live.uploads
        .try_update(|uploads| uploads.note(id, Upload::Going(0)));
    resume(live, storage, id);
}

/// The line is back: whatever waits for another try has it now.
pub(super) fn hurry(live: Live) {
    FILES.with_borrow_mut(|files| {
        for file in files.values_mut() {
            if let Some(timer) = file.timer.take() {
                timer.clear();
            }
        }
    });
    next(live);
}

fn enter(live: Live, id: AttachmentId, name: String, blob: Blob) {
    note(live, id, Upload::Going(0));
    let file = File {
        name,
        blob,
        tries: 0,
        stopped: false,
        going: None,
        timer: None,
    };
    FILES.with_borrow_mut(|files| files.insert(id, file));
    next(live);
}

/// Starts what may start.
fn next(live: Live) {
    loop {
        let started = FILES.with_borrow_mut(|files| {
            let going = files.values().filter(|file| file.going.is_some()).count();
            if going >= AT_ONCE {
                return None;
            }
            let waiting = files
                .iter_mut()
                .find(|(_, file)| !file.stopped && file.going.is_none() && file.timer.is_none());
            let (id, file) = waiting?;
            file.tries += 1;
            file.going = start(live, *id, file);
            Some((*id, file.going.is_some()))
        });
        match started {
            None => return,
            Some((_, true)) => {}
            Some((id, false)) => later(live, id, None),
        }
    }
}

fn start(live: Live, id: AttachmentId, file: &File) -> Option<UploadRequest> {
    let name = String::from(js_sys::encode_uri_component(&file.name));
    let address = format!("/api/v1/uploads/{id}?name={name}");
    UploadRequest::put(&address, &file.blob, move |heard| {
        // What is told here may end the request, which must not end within its own listener.
        spawn_local(async move {
            match heard {
                Heard::Sent(sent) => note(live, id, Upload::Going(sent)),
                Heard::Answered(status, text) => answered(live, id, status, &text),
                Heard::Failed => later(live, id, None),
            }
        });
    })
}

#[derive(Deserialize)]
struct Refused {
    error: ApiError,
}

fn answered(live: Live, id: AttachmentId, status: u16, text: &str) {
    if status == 200
        && let Ok(attachment) = serde_json::from_str::<Attachment>(text)
    {
        // First, so that a page which ends in between finds the file either here or there.
        live.note_arrival(&attachment);
        leave(live, id, Upload::Done(attachment.clone()));
        set_timeout(move || super::browser::forget_file(id), KEPT_AFTER);
        return live.report(Input::Uploaded(attachment));
    }
    let refused = serde_json::from_str::<Refused>(text).map(|refused| refused.error);
    match refused.ok().or_else(|| refused_on_the_way(status)) {
        Some(error) if !error.code.is_temporary() && error.code != ErrorCode::Unauthorized => {
            stop(live, id, error.clone());
            live.report(Input::UploadRefused {
                attachment: id,
                error,
            });
        }
        why => later(live, id, why),
    }
}

/// The refusal of something between here and the server, as its status tells it. `None` for what may pass.
fn refused_on_the_way(status: u16) -> Option<ApiError> {
    match status {
        401 | 408 | 425 | 429 => None,
        413 => Some(ApiError::new(
            ErrorCode::TooLarge,
            "Something between you and the server takes no files this large. Tell whoever runs it.",
        )),
        400..=499 => Some(ApiError::new(
            ErrorCode::Forbidden,
            format!(
                "Something between you and the server refused the file ({status}). Tell whoever runs it."
            ),
        )),
        _ => None,
    }
}

/// The server has the file.
fn leave(live: Live, id: AttachmentId, upload: Upload) {
    let file = FILES.with_borrow_mut(|files| files.remove(&id));
    drop(file);
    live.unkept.try_update(|unkept| unkept.remove(&id));
    note(live, id, upload);
    next(live);
}

/// The file was refused.
fn stop(live: Live, id: AttachmentId, error: ApiError) {
    let ended = FILES.with_borrow_mut(|files| {
        let file = files.get_mut(&id)?;
        file.stopped = true;
        file.going.take()
    });
    drop(ended);
    note(live, id, Upload::Failed(error));
    next(live);
}

/// Tries again after a while, and says why if it is known.
fn later(live: Live, id: AttachmentId, why: Option<ApiError>) {
    let asked = why.as_ref().and_then(|error| error.retry_after);
    let ended = FILES.with_borrow_mut(|files| {
        let file = files.get_mut(&id)?;
        let ended = file.going.take();
        let backoff = Duration::from_secs(1 << file.tries.min(5)).min(RETRY_MAX);
        let delay = asked.map_or(backoff, |asked| Duration::from_secs(asked.into()).max(backoff));
        let again = move || {
            FILES.with_borrow_mut(|files| {
                if let Some(file) = files.get_mut(&id) {
                    file.timer = None;
                }
            });
            next(live);
        };
        file.timer = set_timeout_with_handle(again, delay).ok();
        ended
    });
    drop(ended);
    // Signing in again is the page's to ask for.
    let why = why.filter(|error| error.code != ErrorCode::Unauthorized);
    note(live, id, why.map_or(Upload::Going(0), Upload::Stalled));
    next(live);
}

/// Tells components how far a file has got; the page may be gone by now.
fn note(live: Live, id: AttachmentId, upload: Upload) {
    live.uploads.try_update(|uploads| uploads.note(id, upload));
}
