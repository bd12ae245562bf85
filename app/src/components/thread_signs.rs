//! Small signs of how the person has a thread.

use leptos::prelude::*;
use tidings_device::ThreadRow;

use super::Icon;
use crate::{live::use_live, wording::silence};

/// Whether a thread is pinned, and why it is silent; nothing for a thread like any other.
#[component]
pub fn ThreadSigns(
    /// The thread.
    row: Memo<Option<ThreadRow>>,
) -> impl IntoView {
    let live = use_live();
    let pinned = Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(|row| row.settings.pinned)));
    let silent = Memo::new(move |_| row.with(|row| silence(&row.as_ref()?.settings, live.now())));
    let sign = |drawing, words: &'static str| {
        view! {
            <span class="thread-sign" title=words>
                <Icon drawing />
                <span class="sr-only">{words}</span>
            </span>
        }
    };
    view! {
        {move || silent.get().map(|words| sign(icondata::LuBellOff, words))}
        {move || pinned.get().then(|| sign(icondata::LuPin, "Pinned"))}
    }
}
