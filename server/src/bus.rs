//! The doorbell between the part that writes and the parts that deliver, on this node and between nodes.
//!
//! It carries no messages: those are in the log. A lost ring costs the listener its fallback tick, never an event;
//! a lost cast costs a moment of typing or presence.

pub mod local;

use std::sync::Arc;

use tidings_protocol::Signal;
use tokio::sync::{broadcast, watch};

use crate::store::Audience;

/// Tells listeners that the log grew, and passes signals on.
pub trait Bus: Send + Sync + 'static {
    /// Says that the log grew. Several rings may be heard as one. Never waits.
    fn ring(&self);

    /// Passes a signal to all listeners, this node's included. It may be lost, is never repeated, and is not
    /// ordered against rings. Never waits.
    fn cast(&self, cast: Cast);

    /// Hears everything from now on.
    fn listen(&self) -> Listener;
}

/// A signal and who may receive it.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Who may receive it.
    pub audience: Audience,
    /// What.
    pub signal: Signal,
}

/// What a listener hears.
#[derive(Clone, Debug)]
pub enum Heard {
    /// The log grew: read it.
    Ring,
    /// A signal to deliver.
    Cast(Arc<Cast>),
}

/// One listener's end of a bus.
#[derive(Debug)]
pub struct Listener {
    bell: watch::Receiver<()>,
    casts: broadcast::Receiver<Arc<Cast>>,
}

impl Listener {
    /// The end of a bus whose implementation feeds these two channels.
    #[must_use]
    pub fn new(bell: watch::Receiver<()>, casts: broadcast::Receiver<Arc<Cast>>) -> Self {
        Self { bell, casts }
    }

    /// The next thing heard; `None` when the bus is gone. Dropping the future loses nothing.
    ///
    /// A listener too slow for the signals misses the oldest of them; that is heard as a ring, since whoever was
    /// that slow should look at the log.
    pub async fn next(&mut self) -> Option<Heard> {
        tokio::select! {
            biased;
            rung = self.bell.changed() => rung.ok().map(|()| Heard::Ring),
            cast = self.casts.recv() => match cast {
                Ok(cast) => Some(Heard::Cast(cast)),
                Err(broadcast::error::RecvError::Lagged(_)) => Some(Heard::Ring),
                Err(broadcast::error::RecvError::Closed) => None,
            },
        }
    }
}
