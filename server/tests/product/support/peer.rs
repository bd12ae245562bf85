//! A bare TCP connection, for bytes that no HTTP client would send.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{TestServer, soon};

/// An open connection.
pub struct Peer {
    stream: TcpStream,
}

impl Peer {
    pub async fn connect(server: &TestServer) -> Self {
        let stream = TcpStream::connect(server.running().addr)
            .await
            .expect("the server listens");
        Self { stream }
    }

    /// Writes. A connection that is gone shows when it is read.
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        drop(self.stream.write_all(bytes.as_ref()).await);
    }

    /// The status of the next answer; its headers are read too.
    pub async fn status(&mut self) -> u16 {
        soon("an answer", async {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(self.stream.read_u8().await.expect("the connection lives"));
            }
            let head = String::from_utf8(head).expect("text");
            let status = head.split(' ').nth(1).expect("a status line");
            status.parse().expect("a number")
        })
        .await
    }

    /// Waits until the server has closed the connection.
    pub async fn until_closed(&mut self) {
        soon("the connection is closed", async {
            let mut rest = Vec::new();
            // A reset is an end as well.
            drop(self.stream.read_to_end(&mut rest).await);
        })
        .await;
    }
}
