//! What the server has seen of this browser's tries to open sockets.

use gloo_net::http::Request;
use tidings_protocol::{frame, poll::Reach};

/// Asks by an ordinary request, so that it works whatever carries the connection; `None` when nobody answers.
pub(super) async fn ask() -> Option<Reach> {
    let response = Request::get("/api/v1/connection").send().await.ok()?;
    if !response.ok() {
        return None;
    }
    frame::decode(&response.text().await.ok()?).ok()
}
