//! What is known of the network, kept in the browser's local storage: it is the same for all tabs, and after a reload.
//!
//! Where storage is blocked, each page finds out by itself.

use leptos::prelude::window;
use tidings_device::Detour;
use tidings_protocol::frame;
use web_sys::Storage;

const KEY: &str = "tidings.detour";

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// What was kept last.
pub(super) fn load() -> Option<Detour> {
    let text = storage()?.get_item(KEY).ok().flatten()?;
    frame::decode(&text).ok()
}

/// Keeps this instead, or nothing.
pub(super) fn keep(detour: Option<Detour>) {
    let Some(storage) = storage() else {
        return;
    };
    match detour.and_then(|detour| frame::encode(&detour).ok()) {
        Some(text) => storage.set_item(KEY, &text).ok(),
        None => storage.remove_item(KEY).ok(),
    };
}
