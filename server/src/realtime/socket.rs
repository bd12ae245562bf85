//! The WebSocket endpoint: who may open one, its limits, and its end.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, resume_unwind},
};

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};
use futures_util::{FutureExt, StreamExt};
use http::HeaderMap;
use tidings_protocol::{CloseCode, ErrorCode, SUBPROTOCOL, limits};

use super::connection::{self, End};
use crate::{
    auth::{foreign_origin, origin},
    error::Refusal,
    fail_point::{Mutation, mutated},
    service::Caller,
    site::Site,
};

/// Read buffer of a connection, in bytes. The library's default of 128 KiB would be most of an idle connection's cost.
const READ_BUFFER_BYTES: usize = 4096;

/// Opens a connection for a signed-in person.
///
/// A browser sends cookies with an upgrade that any page asks for, so the origin must be one of ours; a program with
/// a bearer token has none. Both are refused before the upgrade.
///
/// # Errors
/// 403 for a foreign origin, 401 without a live session, 400 when it is no upgrade to our subprotocol.
pub async fn open(
    State(site): State<Site>,
    headers: HeaderMap,
    caller: Result<Caller, Refusal>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    if !origin::may_act(&headers, &site.origins) {
        return Err(foreign_origin());
    }
    let caller = caller?;
    let upgrade = upgrade
        .map_err(|_| {
            Refusal::new(
                ErrorCode::BadRequest,
                "Only WebSocket connections are answered here.",
            )
        })?
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BUFFER_BYTES)
        // Each frame is written at once, so nothing waits in a buffer that the queue's limits don't count.
        .write_buffer_size(0)
        .max_frame_size(limits::FRAME_MAX_BYTES)
        .max_message_size(limits::FRAME_MAX_BYTES);
    if upgrade.selected_protocol().is_none() {
        return Err(Refusal::new(
            ErrorCode::BadRequest,
            "Ask for the WebSocket subprotocol tidings.v1.",
        ));
    }
    let sockets = site.live.sockets.clone();
    let response = upgrade.on_upgrade(move |socket| sockets.track_future(serve(site, caller, socket)));
    Ok(response.into_response())
}

/// Runs a connection to its end. A panic in it ends this socket and nothing else.
async fn serve(site: Site, caller: Caller, mut socket: WebSocket) {
    let within = site.live.timings.close_within;
    let end = AssertUnwindSafe(connection::run(&site, caller, &mut socket))
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| {
            tracing::error!(panic = sentence(panic.as_ref()), "a connection failed");
            if mutated(Mutation::SocketDiesOfPanic) {
                resume_unwind(panic);
            }
            End::from(CloseCode::Internal)
        });
    let goodbye = async {
        if let End::Close(code) = end {
            let frame = CloseFrame {
                code,
                reason: Utf8Bytes::from_static(""),
            };
            socket.send(Message::Close(Some(frame))).await?;
        }
        // RFC 6455, 7.1.1: the closing handshake is done when the peer's answer was read, and what is left unread
        // makes the kernel reset the connection, which can lose our own close frame.
        while let Some(message) = socket.next().await {
            message?;
        }
        Ok::<_, axum::Error>(())
    };
    if let Ok(Err(error)) = tokio::time::timeout(within, goodbye).await {
        tracing::debug!(%error, "a connection ended without a goodbye");
    }
}

fn sentence(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
