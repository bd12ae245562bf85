//! The WebSocket endpoint: who may open one, its limits, and its end.
//!
//! `upgrade` turns a request into a socket, `parts` counts what the library does not.

mod parts;
mod upgrade;

use std::{future::ready, io, time::Duration};

use axum::{
    extract::{Request, State},
    response::Response,
};
use futures_util::{SinkExt, StreamExt};
use tidings_protocol::{CloseCode, ConnectionId, ErrorCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::{
    self, Bytes, Message, Utf8Bytes, error::CapacityError, protocol::CloseFrame,
};
use uuid::Uuid;

use super::connection::{self, End, Heard, Inlet, Outlet, Said};
use crate::{
    auth::{foreign_origin, origin},
    error::Refusal,
    service::Caller,
    site::Site,
};
use parts::TooManyParts;
pub(super) use upgrade::{Socket, Upgrade};

/// Bytes that are read at once of what a peer still sends after its connection has ended.
const LEFT_OVER_BYTES: usize = 4096;

/// Opens a connection for a signed-in person.
///
/// A browser sends cookies with an upgrade that any page asks for, so the origin must be one of ours; a program with
/// a bearer token has none. Both are refused before the upgrade.
///
/// # Errors
/// 403 for a foreign origin, 401 without a live session, 400 when it is no upgrade to our subprotocol.
pub async fn open(
    State(site): State<Site>,
    caller: Result<Caller, Refusal>,
    request: Request,
) -> Result<Response, Refusal> {
    if !origin::may_act(request.headers(), &site.origins) {
        return Err(foreign_origin());
    }
    let caller = caller?;
    let upgrade = Upgrade::asked_by(request);
    site.live.handshakes.note(caller.session, upgrade.is_some());
    let upgrade = upgrade.ok_or_else(|| {
        Refusal::new(
            ErrorCode::BadRequest,
            "Only WebSocket connections are answered here.",
        )
    })?;
    if !upgrade.speaks_ours() {
        return Err(Refusal::new(
            ErrorCode::BadRequest,
            "Ask for the WebSocket subprotocol tidings.v1.",
        ));
    }
    let (answer, socket) = upgrade.answer();
    let sockets = site.live.sockets.clone();
    sockets.spawn(async move {
        match socket.await {
            Ok(socket) => serve(site, caller, socket).await,
            Err(error) => tracing::debug!(%error, "a socket was not opened after all"),
        }
    });
    Ok(answer)
}

/// Runs a connection to its end.
async fn serve(site: Site, caller: Caller, mut socket: Socket) {
    let within = site.live.timings.close_within;
    let id = ConnectionId(Uuid::now_v7());
    let end = {
        let (mut inlet, mut outlet) = halves(&mut socket);
        connection::run(&site, caller, id, &mut inlet, &mut outlet).await
    };
    part(socket, end, within).await;
}

/// Both directions of a socket.
pub(super) fn halves(socket: &mut Socket) -> (impl Inlet, impl Outlet) {
    let (sink, stream) = socket.split();
    let inlet = stream.map(hear);
    let outlet = sink
        .sink_map_err(|_| End::Gone)
        .with(|said: Said| ready(Ok::<_, End>(message(said))));
    (inlet, outlet)
}

/// Says goodbye and closes, within so much time. A silent peer is not waited for.
pub(super) async fn part(mut socket: Socket, end: End, within: Duration) {
    if end == End::Silent {
        return;
    }
    let parting = async {
        if let Err(error) = say_goodbye(&mut socket, end).await {
            tracing::debug!(%error, "a goodbye was not answered");
        }
        leave_nothing_unread(&mut socket).await
    };
    if let Ok(Err(error)) = tokio::time::timeout(within, parting).await {
        tracing::debug!(%error, "a connection ended without a goodbye");
    }
}

/// The closing handshake (RFC 6455, 7.1.1): done when the peer's answer was read. After something that was no frame
/// the library reads no more, and there is only our half of it.
async fn say_goodbye(socket: &mut Socket, end: End) -> Result<(), tungstenite::Error> {
    if let End::Close(code) = end {
        let frame = CloseFrame {
            code: code.into(),
            reason: Utf8Bytes::from_static(""),
        };
        socket.send(Message::Close(Some(frame))).await?;
    }
    while let Some(message) = socket.next().await {
        message?;
    }
    Ok(())
}

/// Tells the peer that nothing more comes, and waits until it has closed as well: what is left unread when we close
/// makes the kernel reset the connection, and that can take our close frame from the peer before it was read.
async fn leave_nothing_unread(socket: &mut Socket) -> io::Result<()> {
    let stream = socket.get_mut().uncounted();
    stream.shutdown().await?;
    let mut left_over = [0; LEFT_OVER_BYTES];
    while stream.read(&mut left_over).await? > 0 {}
    Ok(())
}

fn hear(message: Result<Message, tungstenite::Error>) -> Result<Heard, End> {
    match message {
        Ok(Message::Text(text)) => Ok(Heard::Text(text)),
        Ok(Message::Ping(_)) => Ok(Heard::Ping),
        Ok(Message::Pong(_)) => Ok(Heard::Pulse),
        Ok(Message::Binary(_)) => Err(CloseCode::Unsupported.into()),
        Ok(Message::Close(_)) => Err(End::Gone),
        // The library gives whole messages only.
        Ok(Message::Frame(_)) => Err(CloseCode::Internal.into()),
        Err(error) => Err(end_of(&error)),
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
fn end_of(error: &tungstenite::Error) -> End {
    const PROTOCOL_ERROR: u16 = 1002;
    const NOT_UTF8: u16 = 1007;
    match error {
        tungstenite::Error::Capacity(CapacityError::MessageTooLong { .. }) => CloseCode::TooBig.into(),
        tungstenite::Error::Utf8(_) => End::Close(NOT_UTF8),
        tungstenite::Error::Protocol(_) => End::Close(PROTOCOL_ERROR),
        tungstenite::Error::Io(error) if TooManyParts::is_in(error) => CloseCode::Policy.into(),
        _ => End::Gone,
    }
}
