//! An open connection, or one that is being opened, with a task of its own, so that neither dialling nor sending ever
//! makes a device wait.

use tidings_device::Transport;
use tidings_protocol::{DeviceFrame, ServerFrame};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::{Door, long_poll, socket};

/// Frames that wait for the device. The task stops reading when they are not taken.
const WAITING: usize = 64;

/// What comes out of a connection.
#[derive(Debug)]
pub(super) enum Incoming {
    Opened,
    Frame(Box<ServerFrame>),
    /// Gone, or never opened; with the close code if there was one.
    Closed(Option<u16>),
}

/// A connection. Dropping it cuts it without a goodbye, as a lost network does.
#[derive(Debug)]
pub(super) struct Line {
    outgoing: mpsc::UnboundedSender<DeviceFrame>,
    incoming: mpsc::Receiver<Incoming>,
    _task: AbortOnDropHandle<()>,
}

impl Line {
    /// Begins to dial.
    pub(super) fn dial(over: Transport, door: Door) -> Self {
        let (outgoing, to_send) = mpsc::unbounded_channel();
        let (came, incoming) = mpsc::channel(WAITING);
        let task = tokio::spawn(async move {
            let code = match over {
                Transport::Socket => socket::carry(&door, to_send, &came).await.unwrap_or_default(),
                Transport::LongPoll => long_poll::carry(&door, to_send, &came).await,
            };
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
    pub(super) fn send(&self, frame: DeviceFrame) {
        drop(self.outgoing.send(frame));
    }

    /// What comes next. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Incoming {
        self.incoming.recv().await.unwrap_or(Incoming::Closed(None))
    }
}
