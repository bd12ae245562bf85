//! The clock of a server under test.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use tidings_protocol::Timestamp;
use tidings_server::clock::{Clock, SystemClock};

/// The machine's clock, which can be moved on: what was to be later is, and nobody waits.
#[derive(Debug, Default)]
pub struct TestClock {
    ahead_ms: AtomicI64,
}

impl TestClock {
    pub fn advance(&self, span: Duration) {
        let span = i64::try_from(span.as_millis()).expect("a span of a test");
        self.ahead_ms.fetch_add(span, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(SystemClock.now().0 + self.ahead_ms.load(Ordering::SeqCst))
    }
}
