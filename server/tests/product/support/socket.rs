//! A bare socket, for frames that no device would send.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use http::{HeaderValue, Response};
use tidings_protocol::{DeviceFrame, Position, ServerFrame, VERSION, frame};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use super::{TestServer, soon};

/// An open socket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What comes out of a socket.
#[derive(Debug)]
pub enum Incoming {
    Frame(Box<ServerFrame>),
    /// Closed, with the code if there was one.
    Closed(Option<u16>),
}

impl Socket {
    /// Opens a socket with these headers. An answer that is no upgrade is given back.
    pub async fn open(
        server: &TestServer,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Box<Response<Option<Vec<u8>>>>> {
        Self::open_at(server.running().addr, headers)
            .await
            .map_err(|error| match error {
                Error::Http(response) => response,
                other => panic!("no answer: {other}"),
            })
    }

    /// The same, for a server that may be away.
    pub async fn open_at(addr: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, Error> {
        let mut request = format!("ws://{addr}/api/v1/socket")
            .into_client_request()
            .expect("a request");
        let own = request.headers_mut();
        own.insert("sec-websocket-protocol", HeaderValue::from_static("tidings.v1"));
        for (name, value) in headers {
            own.insert(*name, HeaderValue::from_str(value).expect("a header value"));
        }
        let (stream, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Self { stream })
    }

    pub async fn send(&mut self, frame: &DeviceFrame) {
        self.send_text(&frame::encode(frame).expect("it encodes")).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    /// Sends anything. A connection that is gone shows when it is read.
    pub async fn send_message(&mut self, message: Message) {
        drop(self.stream.send(message).await);
    }

    /// The next frame, or the end.
    pub async fn next(&mut self) -> Incoming {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Incoming::Frame(Box::new(frame::decode(&text).expect("a frame we know")));
                }
                Some(Ok(Message::Close(frame))) => {
                    return Incoming::Closed(frame.map(|frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Incoming::Closed(None),
            }
        }
    }

    /// The next frame that `wanted` makes something of; others are skipped.
    pub async fn wait_for<T>(&mut self, what: &str, mut wanted: impl FnMut(ServerFrame) -> Option<T>) -> T {
        soon(what, async {
            loop {
                match self.next().await {
                    Incoming::Frame(frame) => {
                        if let Some(value) = wanted(*frame) {
                            return value;
                        }
                    }
                    Incoming::Closed(code) => panic!("closed with {code:?} before: {what}"),
                }
            }
        })
        .await
    }

    /// Reads to the end: the code, and what came before it.
    pub async fn read_to_end(&mut self) -> (Option<u16>, Vec<ServerFrame>) {
        soon("the socket is closed", async {
            let mut frames = Vec::new();
            loop {
                match self.next().await {
                    Incoming::Frame(frame) => frames.push(*frame),
                    Incoming::Closed(code) => return (code, frames),
                }
            }
        })
        .await
    }

    /// Says hello and waits until caught up. Gives the frames in between.
    pub async fn greet(&mut self, position: Option<Position>) -> Vec<ServerFrame> {
        self.send(&DeviceFrame::Hello {
            version: VERSION,
            position,
            reached: None,
            idle_for_ms: 0,
        })
        .await;
        let mut frames = Vec::new();
        self.wait_for("the first beat", |frame| {
            let caught_up = matches!(frame, ServerFrame::Beat { .. });
            frames.push(frame);
            caught_up.then_some(())
        })
        .await;
        frames
    }
}

impl Socket {
    /// Sends a text frame whose bytes are no text, past the library that would refuse to.
    pub async fn send_not_utf8(&mut self) {
        use tokio_tungstenite::tungstenite::protocol::frame::{
            Frame,
            coding::{Data, OpCode},
        };
        let frame = Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
        self.send_message(Message::Frame(frame)).await;
    }
}
