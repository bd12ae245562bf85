//! One WebSocket: opening, frames in, text out, closing.
//!
//! A task of its own holds the socket. Dropping the [`Socket`] ends the task, which closes the connection, and
//! nothing late is ever heard of an old one: the task looks for its end before it looks at what came.

use std::future::poll_fn;

use futures_channel::mpsc;
use futures_util::{
    SinkExt, StreamExt,
    future::{Either, select},
};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};
use leptos::{prelude::*, task::spawn_local};
use tidings_device::{Input, Transport};
use tidings_protocol::{SUBPROTOCOL, ServerFrame, frame};

use super::{Live, browser};

/// Browsers give this code when the connection was lost and no close frame came (RFC 6455, 7.4.1).
const NO_CLOSE_FRAME: u16 = 1006;

/// An open, opening or lost WebSocket.
pub(super) struct Socket {
    outgoing: mpsc::UnboundedSender<String>,
}

impl Socket {
    /// Begins to open a socket to the page's server and reports to `live` what becomes of it.
    pub(super) fn dial(live: Live) -> Self {
        let (outgoing, texts) = mpsc::unbounded();
        spawn_local(async move {
            if let Some(code) = converse(live, texts).await {
                live.report(Input::Closed {
                    over: Transport::Socket,
                    code: code.filter(|&code| code != NO_CLOSE_FRAME),
                });
            }
        });
        Self { outgoing }
    }

    /// Sends `text`. A socket that is closing drops it: the device learns of the loss from the close.
    pub(super) fn send(&self, text: String) {
        self.outgoing.unbounded_send(text).ok();
    }
}

/// Carries frames until the connection ends, and gives its close code if it has one; `None` when nobody wants it any
/// more.
async fn converse(live: Live, mut texts: mpsc::UnboundedReceiver<String>) -> Option<Option<u16>> {
    let Ok(mut socket) = WebSocket::open_with_protocol(&address(), SUBPROTOCOL) else {
        return Some(None);
    };
    let ready = poll_fn(|context| socket.poll_ready_unpin(context));
    if let Either::Left(_) = select(texts.next(), ready).await {
        return None;
    }
    // Ready means only that it no longer opens; one that failed says so with its close event, below.
    if is_open(&socket) {
        browser::opened(live, Transport::Socket);
    }
    loop {
        match select(texts.next(), socket.next()).await {
            Either::Left((None, _)) => return None,
            // A socket that is closing drops the text: the device learns of the loss from the close event.
            Either::Left((Some(text), _)) => {
                if is_open(&socket)
                    && let Err(error) = socket.send(Message::Text(text)).await
                {
                    return Some(close_code(&error));
                }
            }
            Either::Right((Some(Ok(message)), _)) => hear(live, message),
            // The close event follows, and has the code.
            Either::Right((Some(Err(WebSocketError::ConnectionError)), _)) => {}
            Either::Right((Some(Err(error)), _)) => return Some(close_code(&error)),
            Either::Right((None, _)) => return Some(None),
        }
    }
}

fn is_open(socket: &WebSocket) -> bool {
    matches!(socket.state(), State::Open)
}

fn close_code(error: &WebSocketError) -> Option<u16> {
    match error {
        WebSocketError::ConnectionClose(close) => Some(close.code),
        _ => None,
    }
}

/// A frame that is not understood is skipped: what it told is in the log, and the next beat shows that it is missing.
fn hear(live: Live, message: Message) {
    let Message::Text(text) = message else {
        return;
    };
    match frame::decode::<ServerFrame>(&text) {
        Ok(frame) => live.report(Input::Frame(Box::new(frame))),
        Err(error) => leptos::logging::warn!("a frame was skipped: {error}"),
    }
}

fn address() -> String {
    let location = location();
    let scheme = if location.protocol().is_ok_and(|scheme| scheme == "https:") {
        "wss"
    } else {
        "ws"
    };
    format!("{scheme}://{}/api/v1/socket", location.host().unwrap_or_default())
}
