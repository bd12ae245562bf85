//! A WebSocket by hand: its bytes, past any library that would refuse to send them.

use std::io;

use tidings_protocol::{DeviceFrame, VERSION, frame};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{TestServer, soon};

/// The first bit of a frame: it is the last part of its message (RFC 6455, 5.2).
pub const LAST: u8 = 0x80;
pub const CONTINUATION: u8 = 0x0;
pub const TEXT: u8 = 0x1;
pub const BINARY: u8 = 0x2;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xa;

/// Any mask will do: it keeps proxies from taking a payload for something else, and hides nothing.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// An open socket.
pub struct Wire {
    stream: TcpStream,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goodbye {
    /// What was in the close frame: nothing, or a code and perhaps a reason.
    pub payload: Vec<u8>,
}

impl Goodbye {
    pub fn code(&self) -> Option<u16> {
        let code = self.payload.get(..2)?;
        Some(u16::from_be_bytes([code[0], code[1]]))
    }
}

/// A frame as a device would send it. `first`: its bits and its kind.
pub fn frame_of(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(first, payload.len() as u64);
    let masked = payload.iter().zip(MASK.iter().cycle());
    bytes.extend(masked.map(|(byte, mask)| byte ^ mask));
    bytes
}

/// The beginning of a frame whose payload is so long.
pub fn header(first: u8, length: u64) -> Vec<u8> {
    const MASKED: u8 = 0x80;
    let mut bytes = vec![first];
    match length {
        0..126 => bytes.push(MASKED | length as u8),
        126..0x1_0000 => {
            bytes.push(MASKED | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(MASKED | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes
}

impl Wire {
    /// Opens a socket and has nothing said on it yet.
    pub async fn open(server: &TestServer, token: &str) -> Self {
        let mut stream = TcpStream::connect(server.running().addr)
            .await
            .expect("the server listens");
        let request = format!(
            "GET /api/v1/socket HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             sec-websocket-protocol: chat, tidings.v1\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.expect("it is sent");
        let mut head = Vec::new();
        soon("the socket opens", async {
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.expect("the connection lives"));
            }
        })
        .await;
        let head = String::from_utf8(head).expect("text").to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 101 "), "{head}");
        // The answer to that key, from RFC 6455, 1.3.
        assert!(head.contains("s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
        assert!(head.contains("sec-websocket-protocol: tidings.v1\r\n"), "{head}");
        Self { stream }
    }

    /// Opens a socket, says hello, and waits until the device is up to date.
    pub async fn greeted(server: &TestServer, token: &str) -> Self {
        let mut wire = Self::open(server, token).await;
        let hello = DeviceFrame::Hello {
            version: VERSION,
            position: None,
            reached: None,
            idle_for_ms: 0,
        };
        let hello = frame::encode(&hello).expect("it encodes");
        wire.write(&frame_of(LAST | TEXT, hello.as_bytes())).await;
        wire.until_text("\"type\":\"beat\"").await;
        wire
    }

    /// Writes. A connection that is gone shows when it is read.
    pub async fn write(&mut self, bytes: &[u8]) {
        drop(self.stream.write_all(bytes).await);
    }

    /// Says that nothing more will be written.
    pub async fn stop_writing(&mut self) {
        drop(self.stream.shutdown().await);
    }

    /// The next frame of the server: its first byte and its payload. `None` at the end of the connection.
    ///
    /// # Errors
    /// When the connection was reset.
    pub async fn next(&mut self) -> io::Result<Option<(u8, Vec<u8>)>> {
        let first = match self.stream.read_u8().await {
            Ok(first) => first,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        };
        let length = match self.stream.read_u8().await? {
            126 => self.stream.read_u16().await?.into(),
            127 => self.stream.read_u64().await?,
            short => short.into(),
        };
        let mut payload = vec![0; usize::try_from(length).expect("a length that fits")];
        self.stream.read_exact(&mut payload).await?;
        Ok(Some((first, payload)))
    }

    /// Waits for a text with this in it; texts without it are skipped.
    pub async fn until_text(&mut self, part: &str) -> String {
        soon(part, async {
            loop {
                let (first, payload) = self.next().await.expect("no reset").expect("no end");
                assert_ne!(first, LAST | CLOSE, "closed with {payload:?} before: {part}");
                let text = String::from_utf8_lossy(&payload).into_owned();
                if first == LAST | TEXT && text.contains(part) {
                    return text;
                }
            }
        })
        .await
    }

    /// Waits for the next pong.
    pub async fn until_pong(&mut self) -> Vec<u8> {
        soon("a pong", async {
            loop {
                let (first, payload) = self.next().await.expect("no reset").expect("no end");
                if first == LAST | PONG {
                    return payload;
                }
            }
        })
        .await
    }

    /// Waits for the server's close frame and then for the end of the connection, which must be no reset; whoever is
    /// reset may never have read what was sent before.
    pub async fn goodbye(&mut self) -> Goodbye {
        soon("a goodbye", async {
            let payload = loop {
                match self.next().await.expect("no reset before the goodbye") {
                    Some((first, payload)) if first == LAST | CLOSE => break payload,
                    Some(_) => {}
                    None => panic!("the connection ended without a goodbye"),
                }
            };
            let after = self.next().await.expect("no reset after the goodbye");
            assert_eq!(after, None, "nothing follows a goodbye");
            Goodbye { payload }
        })
        .await
    }
}
