//! A device that says hello and then never reads.

use std::net::SocketAddr;

use futures_util::SinkExt;
use http::{HeaderValue, header};
use tidings_protocol::{DeviceFrame, SUBPROTOCOL, VERSION, frame};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::people::Person;

/// Bytes that the system may keep for it: next to nothing.
const RECEIVED_BYTES: u32 = 4096;

/// An open socket that nobody reads from.
#[derive(Debug)]
pub struct Silent {
    _stream: WebSocketStream<TcpStream>,
}

impl Silent {
    /// Connects and says hello.
    ///
    /// # Errors
    /// When it does not get that far.
    pub async fn open(person: &Person, addr: SocketAddr) -> anyhow::Result<Self> {
        let door = person.door(addr).await?;
        let mut request = format!("ws://{addr}/api/v1/socket").into_client_request()?;
        let headers = request.headers_mut();
        headers.insert(
            header::SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static(SUBPROTOCOL),
        );
        let bearer = format!("Bearer {}", door.access_token);
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&bearer)?);
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(RECEIVED_BYTES)?;
        let tcp = socket.connect(addr).await?;
        let (mut stream, _) = tokio_tungstenite::client_async(request, tcp).await?;
        let hello = frame::encode(&DeviceFrame::Hello {
            version: VERSION,
            position: None,
            reached: None,
            idle_for_ms: 0,
        })?;
        stream.send(Message::text(hello)).await?;
        Ok(Self { _stream: stream })
    }
}
