//! The speaking half of a connection: nothing written to it can hold up the end of its connection.

use std::time::Duration;

use futures_util::SinkExt;
use tidings_protocol::{CloseCode, ServerFrame, frame};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{super::queue::Queue, End, Outlet, Said};

/// Writes frames.
pub(super) struct Mouth<'a, O> {
    outlet: &'a mut O,
    queue: &'a Queue,
    dead_after: Duration,
    /// Events written so far.
    pub(super) sent: u64,
}

impl<'a, O: Outlet> Mouth<'a, O> {
    pub(super) fn new(outlet: &'a mut O, queue: &'a Queue, dead_after: Duration) -> Self {
        Self {
            outlet,
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
            Ok(text) => self.write(Said::Text(text.into())).await,
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
        self.write(Said::Text(text)).await?;
        self.sent += 1;
        Ok(())
    }

    /// Writes.
    ///
    /// # Errors
    /// The end of the connection: its queue was closed meanwhile, or the peer takes nothing any more.
    pub(super) async fn write(&mut self, said: Said) -> Result<(), End> {
        tokio::select! {
            biased;
            code = self.queue.closed() => Err(code.into()),
            written = tokio::time::timeout(self.dead_after, self.outlet.send(said)) => match written {
                Ok(written) => written,
                Err(_) => Err(CloseCode::TooSlow.into()),
            },
        }
    }
}
