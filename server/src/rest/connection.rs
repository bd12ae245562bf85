//! How this session reaches the server.

use axum::{Json, extract::State};
use tidings_protocol::poll::Reach;

use crate::{error::Refusal, service::Caller, site::Site};

/// What came through of the newest try to open a socket.
pub async fn show(State(site): State<Site>, caller: Result<Caller, Refusal>) -> Result<Json<Reach>, Refusal> {
    let handshake = site.live.handshakes.newest(caller?.session);
    Ok(Json(Reach { handshake }))
}
