//! Who may use the database next: one transaction at a time, and the simulation chooses whose.
//!
//! SQLite runs on threads of its own, and how long those take is nobody's to decide. So a transaction begins only when
//! everything else in the server waits, and runs alone: then it does not matter how long it takes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// A queue in front of the database.
#[derive(Debug, Default)]
pub struct Turns(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Nobody waits: while a server starts, and while the simulation looks into the database itself.
    open: bool,
    last: u64,
    /// In the order of arrival.
    waiting: Vec<(u64, oneshot::Sender<()>)>,
}

impl Turns {
    /// A queue that lets everyone through.
    #[must_use]
    pub fn open() -> Arc<Self> {
        let turns = Self::default();
        turns.set_open(true);
        Arc::new(turns)
    }

    /// Whether everyone is let through.
    pub fn set_open(&self, open: bool) {
        self.lock().open = open;
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Lets the one at `place` of those who wait go.
    pub fn grant(&self, place: usize) {
        let mut state = self.lock();
        if place < state.waiting.len() {
            let (_, granted) = state.waiting.remove(place);
            drop(state);
            // Nobody hears it when the transaction was given up in the same moment.
            granted.send(()).ok();
        }
    }

    /// Waits for one's turn.
    pub async fn wait(self: Arc<Self>) {
        let (number, granted) = {
            let mut state = self.lock();
            if state.open {
                return;
            }
            state.last += 1;
            let (grant, granted) = oneshot::channel();
            let number = state.last;
            state.waiting.push((number, grant));
            (number, granted)
        };
        let _place = Place { turns: &self, number };
        granted.await.ok();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever stops waiting leaves the queue.
struct Place<'a> {
    turns: &'a Turns,
    number: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.turns
            .lock()
            .waiting
            .retain(|(number, _)| *number != self.number);
    }
}
