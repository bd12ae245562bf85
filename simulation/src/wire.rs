//! One connection as the network carries it: bytes each way, late, in pieces, held back or lost.
//!
//! A wire joins a device's end, which speaks WebSocket, to the server's end, which is the real server's. What is on
//! its way when a wire is cut is gone; what a wire holds back arrives later, on a connection that the device may have
//! given up long ago.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_util::{Sink as _, Stream as _};
use tidings_protocol::{CloseCode, SUBPROTOCOL, ServerFrame, SessionId, Timestamp, frame};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        handshake::client::Response,
        http::{HeaderValue, StatusCode, header},
    },
};

/// What a socket's buffer in the kernel takes, in bytes. Small, so that a device that does not read is felt.
const BUFFER_BYTES: usize = 16 * 1024;

/// Bytes that one direction holds before it takes no more.
const ON_THE_WAY_BYTES: usize = 64 * 1024;

/// What becomes of a wire at the device's end.
#[derive(Debug)]
pub enum Heard {
    /// The socket is open.
    Opened,
    /// A frame came, which left the server at the given time.
    Frame(Box<ServerFrame>, Timestamp),
    /// The connection is gone.
    Closed {
        /// The close code, if there was one.
        code: Option<u16>,
    },
}

type Opening = Pin<Box<dyn Future<Output = Result<(WebSocketStream<DuplexStream>, Response), Error>>>>;

enum Socket {
    Opening(Opening),
    Open(Box<WebSocketStream<DuplexStream>>),
}

/// One connection.
pub struct Wire {
    /// Whose device dialled it.
    pub peer: usize,
    /// The session it was dialled with.
    pub session: SessionId,
    /// From the device to the server.
    pub up: Lane,
    /// From the server to the device.
    pub down: Lane,
    /// The device's end, until it hangs up.
    socket: Option<Socket>,
    /// Frames that found no room yet.
    unsent: VecDeque<String>,
    device_far: Option<DuplexStream>,
    server_far: Option<DuplexStream>,
}

/// One direction.
#[derive(Debug, Default)]
pub struct Lane {
    chunks: VecDeque<Chunk>,
    bytes: usize,
    /// Held back until then; for ever, if that never comes.
    pub held_until: Option<Timestamp>,
    arrives: Timestamp,
}

#[derive(Debug)]
struct Chunk {
    sent: Timestamp,
    due: Timestamp,
    load: Load,
}

#[derive(Debug)]
enum Load {
    Bytes(VecDeque<u8>),
    End,
}

impl Lane {
    /// When something arrives next.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let first = self.chunks.front()?.due;
        Some(self.held_until.map_or(first, |until| first.max(until)))
    }

    fn has_room(&self) -> bool {
        self.bytes < ON_THE_WAY_BYTES
    }

    fn push(&mut self, sent: Timestamp, due: Timestamp, load: Load) {
        // A stream keeps its order.
        self.arrives = self.arrives.max(due);
        if let Load::Bytes(bytes) = &load {
            self.bytes += bytes.len();
        }
        self.chunks.push_back(Chunk {
            sent,
            due: self.arrives,
            load,
        });
    }
}

impl Wire {
    /// Dials: gives the wire, and the end that arrives at the server.
    #[must_use]
    pub fn dial(peer: usize, session: SessionId, access_token: &str) -> (Self, DuplexStream) {
        let (device_near, device_far) = duplex(BUFFER_BYTES);
        let (server_near, server_far) = duplex(BUFFER_BYTES);
        let socket = request(access_token)
            .ok()
            .map(|request| Socket::Opening(Box::pin(client_async(request, device_near))));
        let wire = Self {
            peer,
            session,
            up: Lane::default(),
            down: Lane::default(),
            socket,
            unsent: VecDeque::new(),
            device_far: Some(device_far),
            server_far: Some(server_far),
        };
        (wire, server_near)
    }

    /// Takes what both ends have written, to arrive after what `delay` says for each piece.
    pub fn collect(&mut self, now: Timestamp, scratch: &mut [u8], mut delay: impl FnMut() -> Duration) {
        self.push_unsent();
        for (far, lane) in [
            (&mut self.device_far, &mut self.up),
            (&mut self.server_far, &mut self.down),
        ] {
            while lane.has_room()
                && let Some(stream) = far
            {
                match read(stream, scratch) {
                    Some([]) => {
                        lane.push(now, now + delay(), Load::End);
                        *far = None;
                    }
                    Some(bytes) => {
                        lane.push(now, now + delay(), Load::Bytes(bytes.iter().copied().collect()))
                    }
                    None => break,
                }
            }
        }
    }

    /// The next piece of at most `most` bytes arrives at the server. False if it takes nothing now.
    pub fn deliver_up(&mut self, most: usize) -> bool {
        let Some(chunk) = self.up.chunks.front_mut() else {
            return false;
        };
        match &mut chunk.load {
            Load::End => {
                self.up.chunks.clear();
                self.up.bytes = 0;
                self.server_far = None;
                true
            }
            Load::Bytes(bytes) => {
                let taken = hand_over(&mut self.server_far, bytes, most);
                self.up.bytes -= taken;
                if bytes.is_empty() {
                    self.up.chunks.pop_front();
                }
                taken > 0
            }
        }
    }

    /// The next piece of at most `most` bytes arrives at the device: what comes of it.
    pub fn deliver_down(&mut self, most: usize) -> Vec<Heard> {
        let Some(chunk) = self.down.chunks.front_mut() else {
            return Vec::new();
        };
        let sent = chunk.sent;
        match &mut chunk.load {
            Load::End => {
                self.down.chunks.clear();
                self.down.bytes = 0;
                self.device_far = None;
            }
            Load::Bytes(bytes) => {
                let taken = hand_over(&mut self.device_far, bytes, most);
                self.down.bytes -= taken;
                if bytes.is_empty() {
                    self.down.chunks.pop_front();
                }
            }
        }
        self.hear(sent)
    }

    /// What the device's end has to say by itself.
    pub fn hear(&mut self, sent: Timestamp) -> Vec<Heard> {
        let mut heard = Vec::new();
        while let Some(socket) = &mut self.socket {
            match socket {
                Socket::Opening(opening) => match poll(opening.as_mut()) {
                    None => break,
                    Some(Ok((stream, _))) => {
                        self.socket = Some(Socket::Open(Box::new(stream)));
                        heard.push(Heard::Opened);
                    }
                    Some(Err(error)) => {
                        self.socket = None;
                        heard.push(Heard::Closed {
                            code: refusal(&error),
                        });
                    }
                },
                Socket::Open(stream) => {
                    match Pin::new(stream.as_mut()).poll_next(&mut Context::from_waker(Waker::noop())) {
                        Poll::Pending => break,
                        Poll::Ready(Some(Ok(Message::Text(text)))) => {
                            if let Ok(frame) = frame::decode(&text) {
                                heard.push(Heard::Frame(Box::new(frame), sent));
                            }
                        }
                        Poll::Ready(Some(Ok(Message::Close(frame)))) => {
                            // Sends the answer that the library has made.
                            drop(
                                Pin::new(stream.as_mut()).poll_flush(&mut Context::from_waker(Waker::noop())),
                            );
                            self.socket = None;
                            heard.push(Heard::Closed {
                                code: frame.map(|frame| frame.code.into()),
                            });
                        }
                        Poll::Ready(Some(Ok(_))) => {}
                        Poll::Ready(Some(Err(_)) | None) => {
                            self.socket = None;
                            heard.push(Heard::Closed { code: None });
                        }
                    }
                }
            }
        }
        heard
    }

    /// The device writes a frame.
    pub fn send(&mut self, text: String) {
        self.unsent.push_back(text);
        self.push_unsent();
    }

    fn push_unsent(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        let Some(Socket::Open(stream)) = &mut self.socket else {
            return;
        };
        let mut stream = Pin::new(stream.as_mut());
        while !self.unsent.is_empty() {
            match stream.as_mut().poll_ready(&mut context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) | Poll::Pending => return,
            }
            if let Some(text) = self.unsent.pop_front()
                && stream.as_mut().start_send(Message::text(text)).is_err()
            {
                return;
            }
        }
        drop(stream.as_mut().poll_flush(&mut context));
    }

    /// The device hangs up. What it wrote is still on its way.
    pub fn hang_up(&mut self) {
        self.socket = None;
        self.unsent.clear();
    }

    /// Both ends are told that the connection is gone; what was on its way is lost.
    pub fn cut(&mut self) {
        self.server_far = None;
        self.device_far = None;
        self.up = Lane::default();
        self.down = Lane::default();
    }

    /// The server's machine is gone, and says nothing.
    pub fn lose_server(&mut self) {
        self.server_far = None;
        self.up = Lane::default();
        self.down = Lane::default();
    }

    /// Nothing can happen here any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.socket.is_none() && self.server_far.is_none() && self.up.chunks.is_empty()
    }
}

/// What a page makes of a refused upgrade. Its socket does not tell it that the session has ended, but whatever it asks
/// next over HTTP does.
fn refusal(error: &Error) -> Option<u16> {
    match error {
        Error::Http(response) if response.status() == StatusCode::UNAUTHORIZED => {
            Some(CloseCode::SignedOut.number())
        }
        _ => None,
    }
}

fn request(access_token: &str) -> Result<tokio_tungstenite::tungstenite::http::Request<()>, Error> {
    let mut request = "ws://localhost:3000/api/v1/socket".into_client_request()?;
    let headers = request.headers_mut();
    headers.insert(
        header::SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    let bearer = HeaderValue::from_str(&format!("Bearer {access_token}"))
        .map_err(|error| Error::HttpFormat(error.into()))?;
    headers.insert(header::AUTHORIZATION, bearer);
    Ok(request)
}

fn poll<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Option<T> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// What a stream has to read now: `None` if nothing has come, empty at its end.
fn read<'a>(stream: &mut DuplexStream, scratch: &'a mut [u8]) -> Option<&'a [u8]> {
    let mut buffer = ReadBuf::new(scratch);
    match Pin::new(stream).poll_read(&mut Context::from_waker(Waker::noop()), &mut buffer) {
        Poll::Pending => None,
        Poll::Ready(Err(_)) => Some(&[]),
        Poll::Ready(Ok(())) => {
            let length = buffer.filled().len();
            scratch.get(..length)
        }
    }
}

/// Writes at most `most` bytes to a stream that may be gone, and says how many are off our hands.
fn hand_over(stream: &mut Option<DuplexStream>, bytes: &mut VecDeque<u8>, most: usize) -> usize {
    let Some(open) = stream else {
        let gone = bytes.len();
        bytes.clear();
        return gone;
    };
    let (piece, _) = bytes.as_slices();
    let piece = &piece[..piece.len().min(most.max(1))];
    match Pin::new(open).poll_write(&mut Context::from_waker(Waker::noop()), piece) {
        Poll::Pending => 0,
        Poll::Ready(Ok(written)) => {
            bytes.drain(..written);
            written
        }
        Poll::Ready(Err(_)) => {
            *stream = None;
            let gone = bytes.len();
            bytes.clear();
            gone
        }
    }
}
