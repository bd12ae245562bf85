//! Files of the page's server that are wanted only now and then.

use gloo_net::http::Request;

/// The text of a file; `None` when it can't be had.
pub(super) async fn fetch(path: &str) -> Option<String> {
    let response = Request::get(path).send().await.ok()?;
    if !response.ok() {
        return None;
    }
    response.text().await.ok()
}
