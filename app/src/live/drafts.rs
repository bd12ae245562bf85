//! Unfinished texts, kept in the browser's local storage: written with every key, read when a thread opens.
//!
//! Local storage rather than IndexedDB because it writes at once, so that closing the tab can't overtake it. Where
//! it is blocked or full, a draft lives as long as its composer.

use leptos::prelude::window;
use tidings_protocol::{ThreadId, UserId};
use web_sys::Storage;

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
pub(super) fn load(user: UserId, thread: ThreadId) -> Option<String> {
    storage()?.get_item(&key(user, thread)).ok().flatten()
}

/// Keeps a draft; forgets it when `text` is empty.
pub(super) fn keep(user: UserId, thread: ThreadId, text: &str) {
    let Some(storage) = storage() else {
        return;
    };
    let key = key(user, thread);
    if text.is_empty() {
        storage.remove_item(&key).ok();
    } else {
        storage.set_item(&key, text).ok();
    }
}

/// Forgets all drafts of a person.
pub(super) fn erase(user: UserId) {
    let Some(storage) = storage() else {
        return;
    };
    let prefix = prefix(user);
    let keys: Vec<String> = (0..storage.length().unwrap_or(0))
        .filter_map(|index| storage.key(index).ok().flatten())
        .filter(|key| key.starts_with(&prefix))
        .collect();
    for key in keys {
        storage.remove_item(&key).ok();
    }
}
