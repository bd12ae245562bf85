//! The writing half of a socket: nothing written to it can hold up the end of its connection.

use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use futures_util::{SinkExt, stream::SplitSink};
use tidings_protocol::{CloseCode, ServerFrame, frame};

use super::{super::queue::Queue, End};

/// Writes frames.
pub(super) struct Outlet<'a> {
    sink: SplitSink<&'a mut WebSocket, Message>,
    queue: &'a Queue,
    dead_after: Duration,
    /// Events written so far.
    pub(super) sent: u64,
}

impl<'a> Outlet<'a> {
    pub(super) fn new(
        sink: SplitSink<&'a mut WebSocket, Message>,
        queue: &'a Queue,
        dead_after: Duration,
    ) -> Self {
        Self {
            sink,
            queue,
            dead_after,
            sent: 0,
        }
    }

    /// Writes a frame.
    ///
    /// # Errors
    /// See [`Self::write`].
    pub(super) async fn send(&mut self, frame: &ServerFrame) -> Result<(), End> {
        match frame::encode(frame) {
            Ok(text) => self.write(Message::Text(text.into())).await,
            Err(error) => {
                tracing::error!(%error, "a frame could not be encoded");
                Err(CloseCode::Internal.into())
            }
        }
    }

    /// Writes an event that was encoded before.
    ///
    /// # Errors
    /// See [`Self::write`].
    pub(super) async fn send_event(&mut self, text: Utf8Bytes) -> Result<(), End> {
        self.write(Message::Text(text)).await?;
        self.sent += 1;
        Ok(())
    }

    /// Writes a message.
    ///
    /// # Errors
    /// The end of the connection: its queue was closed meanwhile, or the peer takes nothing any more.
    pub(super) async fn write(&mut self, message: Message) -> Result<(), End> {
        tokio::select! {
            biased;
            code = self.queue.closed() => Err(code.into()),
            written = tokio::time::timeout(self.dead_after, self.sink.send(message)) => match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(End::Gone),
                Err(_) => Err(CloseCode::TooSlow.into()),
            },
        }
    }
}
