//! Waiting for a while.

use std::time::Duration;

use futures_channel::oneshot;
use leptos::prelude::set_timeout_with_handle;

/// Ends after `time`, and at once where there are no timers.
pub async fn pause(time: Duration) {
    let (over, waiting) = oneshot::channel();
    // Without a timer it is over at once: the sender is dropped.
    let timer = set_timeout_with_handle(move || drop(over), time).ok();
    waiting.await.unwrap_or(());
    if let Some(timer) = timer {
        timer.clear();
    }
}
