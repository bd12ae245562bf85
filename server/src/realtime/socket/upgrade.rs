//! From a request to a socket: the handshake (RFC 6455, 4.2) and the limits that every socket has.

use std::future::Future;

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderMap, HeaderValue, header};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tidings_protocol::{SUBPROTOCOL, limits};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::server::create_response_with_body,
        protocol::{Role, WebSocketConfig},
    },
};

use super::parts::Counted;

/// Read buffer of a connection, in bytes. The library's default of 128 KiB would be most of an idle connection's cost.
const READ_BUFFER_BYTES: usize = 4096;

/// An open WebSocket.
pub(in super::super) type Socket = WebSocketStream<Counted<TokioIo<Upgraded>>>;

/// A request for a WebSocket that may be granted.
pub(in super::super) struct Upgrade {
    answer: Response,
    upgraded: OnUpgrade,
    speaks_ours: bool,
}

impl Upgrade {
    /// What a request asks for, if it is a WebSocket of the version there is.
    pub(in super::super) fn asked_by(mut request: Request) -> Option<Self> {
        let mut answer = create_response_with_body(&request, Body::empty).ok()?;
        let upgraded = request.extensions_mut().remove::<OnUpgrade>()?;
        let speaks_ours = offers(request.headers(), SUBPROTOCOL);
        if speaks_ours {
            let ours = HeaderValue::from_static(SUBPROTOCOL);
            answer.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, ours);
        }
        Some(Self {
            answer,
            upgraded,
            speaks_ours,
        })
    }

    /// Whether our subprotocol is among those that are offered.
    pub(in super::super) fn speaks_ours(&self) -> bool {
        self.speaks_ours
    }

    /// The answer that grants it, and the socket, which opens once that is sent.
    pub(in super::super) fn answer(self) -> (Response, impl Future<Output = hyper::Result<Socket>>) {
        let upgraded = self.upgraded;
        let socket = async move {
            let stream = Counted::new(TokioIo::new(upgraded.await?));
            Ok(WebSocketStream::from_raw_socket(stream, Role::Server, Some(terms())).await)
        };
        (self.answer, socket)
    }
}

/// What every socket is opened with.
fn terms() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        // Each frame is written at once, so nothing waits in a buffer that the queue's limits don't count.
        .write_buffer_size(0)
        .max_frame_size(Some(limits::FRAME_MAX_BYTES))
        .max_message_size(Some(limits::FRAME_MAX_BYTES))
}

fn offers(headers: &HeaderMap, subprotocol: &str) -> bool {
    headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offered| offered.trim() == subprotocol)
}
