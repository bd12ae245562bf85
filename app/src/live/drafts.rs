//! Unfinished messages, kept in the browser's local storage: written with every key, read when a thread opens.
//!
//! Local storage rather than IndexedDB because it writes at once, so that closing the tab can't overtake it, and tells
//! the other tabs. Where it is blocked or full, a draft lives as long as its page. The files of a tray are here by name
//! only: their bytes are `file_storage`'s until the server has them.

use std::collections::BTreeMap;

use leptos::prelude::window;
use tidings_protocol::{ThreadId, UserId};
use web_sys::Storage;

use crate::draft::Draft;

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn prefix(user: UserId) -> String {
    format!("tidings.draft.{user}.")
}

fn key(user: UserId, thread: ThreadId) -> String {
    format!("{}{thread}", prefix(user))
}

/// The draft of a thread.
pub(super) fn load(user: UserId, thread: ThreadId) -> Option<Draft> {
    let kept = storage()?.get_item(&key(user, thread)).ok().flatten()?;
    Some(Draft::from_kept(&kept))
}

/// The drafts of all threads.
pub(super) fn load_all(user: UserId) -> BTreeMap<ThreadId, Draft> {
    let prefix = prefix(user);
    let threads = keys(user)
        .into_iter()
        .filter_map(|key| key.strip_prefix(&prefix)?.parse::<ThreadId>().ok());
    threads
        .filter_map(|thread| Some((thread, load(user, thread)?)))
        .collect()
}

/// Keeps a draft; forgets it when there is nothing in it. False if the browser refuses.
pub(super) fn keep(user: UserId, thread: ThreadId, draft: &Draft) -> bool {
    let Some(storage) = storage() else {
        return false;
    };
    let key = key(user, thread);
    let kept = match draft.to_kept() {
        Some(kept) => storage.set_item(&key, &kept),
        None => storage.remove_item(&key),
    };
    kept.is_ok()
}

/// Forgets all drafts of a person.
pub(super) fn erase(user: UserId) {
    let Some(storage) = storage() else {
        return;
    };
    for key in keys(user) {
        storage.remove_item(&key).ok();
    }
}

fn keys(user: UserId) -> Vec<String> {
    let Some(storage) = storage() else {
        return Vec::new();
    };
    let prefix = prefix(user);
    (0..storage.length().unwrap_or(0))
        .filter_map(|index| storage.key(index).ok().flatten())
        .filter(|key| key.starts_with(&prefix))
        .collect()
}
