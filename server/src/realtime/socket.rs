//! The WebSocket endpoint: who may open one, its limits, and its end.

use std::future::ready;

use axum::{
    body::Bytes,
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};
use futures_util::{SinkExt, StreamExt};
use http::HeaderMap;
use tidings_protocol::{CloseCode, ConnectionId, ErrorCode, SUBPROTOCOL, limits};
use tokio_tungstenite::tungstenite;
use uuid::Uuid;

use super::connection::{self, End, Heard, Said};
use crate::{
    auth::{foreign_origin, origin},
    error::Refusal,
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
    site.live.handshakes.note(caller.session, upgrade.is_ok());
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

/// Runs a connection to its end.
async fn serve(site: Site, caller: Caller, mut socket: WebSocket) {
    let within = site.live.timings.close_within;
    let id = ConnectionId(Uuid::now_v7());
    let end = {
        let (sink, stream) = (&mut socket).split();
        let mut inlet = stream.map(hear);
        let mut outlet = sink
            .sink_map_err(|_| End::Gone)
            .with(|said: Said| ready(Ok::<_, End>(message(said))));
        connection::run(&site, caller, id, &mut inlet, &mut outlet).await
    };
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

fn hear(message: Result<Message, axum::Error>) -> Result<Heard, End> {
    match message {
        Ok(Message::Text(text)) => Ok(Heard::Text(text)),
        Ok(Message::Ping(_)) => Ok(Heard::Ping),
        Ok(Message::Pong(_)) => Ok(Heard::Pulse),
        Ok(Message::Binary(_)) => Err(CloseCode::Unsupported.into()),
        Ok(Message::Close(_)) => Err(End::Gone),
        Err(error) => Err(end_of(error)),
    }
}

fn message(said: Said) -> Message {
    match said {
        Said::Text(text) => Message::Text(text),
        // Every WebSocket library answers it by itself.
        Said::Pulse => Message::Ping(Bytes::new()),
    }
}

/// The end that an error of the socket means.
fn end_of(error: axum::Error) -> End {
    const PROTOCOL_ERROR: u16 = 1002;
    const NOT_UTF8: u16 = 1007;
    match error.into_inner().downcast_ref::<tungstenite::Error>() {
        Some(tungstenite::Error::Capacity(_)) => CloseCode::TooBig.into(),
        Some(tungstenite::Error::Utf8(_)) => End::Close(NOT_UTF8),
        Some(tungstenite::Error::Protocol(_)) => End::Close(PROTOCOL_ERROR),
        _ => End::Gone,
    }
}
