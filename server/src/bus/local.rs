//! The bus of a single node: two channels in this process.

use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use super::{Bus, Cast, Listener};

/// Signals that wait for a slow listener; typing and presence of a busy organisation for about a second.
const CASTS_KEPT: usize = 1024;

/// A bus within this process.
#[derive(Debug)]
pub struct LocalBus {
    bell: watch::Sender<()>,
    casts: broadcast::Sender<Arc<Cast>>,
}

impl LocalBus {
    /// A bus without listeners.
    #[must_use]
    pub fn new() -> Self {
        Self {
            bell: watch::Sender::new(()),
            casts: broadcast::Sender::new(CASTS_KEPT),
        }
    }
}

impl Default for LocalBus {
    fn default() -> Self {
        Self::new()
    }
}

impl Bus for LocalBus {
    fn ring(&self) {
        self.bell.send_replace(());
    }

    fn cast(&self, cast: Cast) {
        // An error says that nobody listens, which is no fault of the signal.
        drop(self.casts.send(Arc::new(cast)));
    }

    fn listen(&self) -> Listener {
        Listener::new(self.bell.subscribe(), self.casts.subscribe())
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{Signal, ThreadId, UserId};

    use super::*;
    use crate::{bus::Heard, store::Audience};

    fn typing() -> Cast {
        let (thread, user) = (ThreadId(uuid::Uuid::nil()), UserId(uuid::Uuid::nil()));
        Cast {
            audience: Audience::Thread(thread),
            signal: Signal::TypingStarted { thread, user },
        }
    }

    #[tokio::test]
    async fn rings_while_nobody_waits_are_heard_once() {
        let bus = LocalBus::new();
        let mut listener = bus.listen();
        bus.ring();
        bus.ring();
        bus.cast(typing());
        assert!(matches!(listener.next().await, Some(Heard::Ring)));
        assert!(matches!(listener.next().await, Some(Heard::Cast(_))));
    }

    #[tokio::test]
    async fn a_listener_that_missed_signals_looks_at_the_log() {
        let bus = LocalBus::new();
        let mut listener = bus.listen();
        for _ in 0..=CASTS_KEPT {
            bus.cast(typing());
        }
        assert!(matches!(listener.next().await, Some(Heard::Ring)));
        assert!(matches!(listener.next().await, Some(Heard::Cast(_))));
    }

    #[tokio::test]
    async fn a_listener_learns_that_the_bus_is_gone() {
        let bus = LocalBus::new();
        let mut listener = bus.listen();
        drop(bus);
        assert!(listener.next().await.is_none());
    }
}
