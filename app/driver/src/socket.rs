//! A socket with a task of its own, so that neither dialling nor sending ever makes a device wait.

use std::{convert::Infallible, future::pending};

use futures_util::{SinkExt, StreamExt};
use http::{HeaderValue, header};
use tidings_protocol::{DeviceFrame, SUBPROTOCOL, ServerFrame, frame};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest};
use tokio_util::task::AbortOnDropHandle;

use super::Door;

/// Frames that wait for the device. The task stops reading when they are not taken.
const WAITING: usize = 64;

/// What comes out of a socket.
#[derive(Debug)]
pub(super) enum Incoming {
    Opened,
    Frame(Box<ServerFrame>),
    /// Gone, or never opened; with the close code if there was one.
    Closed(Option<u16>),
}

/// A socket. Dropping it cuts the connection without a goodbye, as a lost network does.
#[derive(Debug)]
pub(super) struct Socket {
    outgoing: mpsc::UnboundedSender<Message>,
    incoming: mpsc::Receiver<Incoming>,
    _task: AbortOnDropHandle<()>,
}

impl Socket {
    /// Begins to dial.
    pub(super) fn dial(door: Door) -> Self {
        let (outgoing, to_send) = mpsc::unbounded_channel();
        let (came, incoming) = mpsc::channel(WAITING);
        let task = tokio::spawn(async move {
            let code = carry(&door, to_send, &came).await.unwrap_or_default();
            // Whoever hung up doesn't wait for the end.
            drop(came.send(Incoming::Closed(code)).await);
        });
        Self {
            outgoing,
            incoming,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// Sends a frame. A connection that is gone shows when it is read.
    pub(super) fn send(&self, frame: &DeviceFrame) {
        if let Ok(text) = frame::encode(frame) {
            drop(self.outgoing.send(Message::text(text)));
        }
    }

    /// What comes next. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Incoming {
        self.incoming.recv().await.unwrap_or(Incoming::Closed(None))
    }
}

/// Opens the socket and carries frames both ways until it closes; gives the close code.
async fn carry(
    door: &Door,
    mut to_send: mpsc::UnboundedReceiver<Message>,
    came: &mpsc::Sender<Incoming>,
) -> Result<Option<u16>, Error> {
    let mut request = format!("ws://{}/api/v1/socket", door.addr).into_client_request()?;
    let headers = request.headers_mut();
    headers.insert(
        header::SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    let bearer = format!("Bearer {}", door.access_token);
    headers.insert(
        header::AUTHORIZATION,
        HeaderValue::from_str(&bearer).map_err(http::Error::from)?,
    );
    let (stream, _) = tokio_tungstenite::connect_async(request).await?;
    let (mut sink, mut stream) = stream.split();
    let gone = || Error::ConnectionClosed;
    came.send(Incoming::Opened).await.map_err(|_| gone())?;
    let reading = async {
        loop {
            match stream.next().await.ok_or_else(gone)?? {
                Message::Text(text) => {
                    let frame = frame::decode(&text).unwrap_or(ServerFrame::Unknown);
                    let frame = Incoming::Frame(Box::new(frame));
                    came.send(frame).await.map_err(|_| gone())?;
                }
                Message::Close(frame) => return Ok(frame.map(|frame| frame.code.into())),
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    };
    // A connection that is gone shows when it is read: what was sent before its end still comes, with the close code.
    let writing = async {
        while let Some(message) = to_send.recv().await
            && sink.send(message).await.is_ok()
        {}
        pending::<Infallible>().await
    };
    tokio::select! {
        code = reading => code,
        never = writing => match never {},
    }
}
