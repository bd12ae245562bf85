//! Frames over a WebSocket.

use std::{convert::Infallible, future::pending};

use futures_util::{SinkExt, StreamExt};
use http::{HeaderValue, StatusCode, header};
use tidings_protocol::{DeviceFrame, SUBPROTOCOL, ServerFrame, frame};
use tokio::{net::TcpStream, sync::mpsc};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Error, Message, client::IntoClientRequest, handshake::client::Response},
};

use super::{Door, line::Incoming};

/// Opens a socket and carries frames both ways until it closes; gives the close code.
pub(super) async fn carry(
    door: &Door,
    mut to_send: mpsc::UnboundedReceiver<DeviceFrame>,
    came: &mpsc::Sender<Incoming>,
) -> Result<Option<u16>, Error> {
    let (stream, _) = match dial(door, &door.access_token).await {
        Err(Error::Http(answer)) if answer.status() == StatusCode::UNAUTHORIZED => {
            match door.instead_of(&door.access_token).await {
                Some(token) => dial(door, &token).await?,
                None => return Err(Error::Http(answer)),
            }
        }
        dialled => dialled?,
    };
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
        while let Some(frame) = to_send.recv().await {
            let Ok(text) = frame::encode(&frame) else { continue };
            if sink.send(Message::text(text)).await.is_err() {
                break;
            }
        }
        pending::<Infallible>().await
    };
    tokio::select! {
        code = reading => code,
        never = writing => match never {},
    }
}

type Dialled = (WebSocketStream<MaybeTlsStream<TcpStream>>, Response);

async fn dial(door: &Door, token: &str) -> Result<Dialled, Error> {
    let mut request = format!("ws://{}/api/v1/socket", door.addr).into_client_request()?;
    let headers = request.headers_mut();
    headers.insert(
        header::SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    let bearer = format!("Bearer {token}");
    headers.insert(
        header::AUTHORIZATION,
        HeaderValue::from_str(&bearer).map_err(http::Error::from)?,
    );
    tokio_tungstenite::connect_async(request).await
}
