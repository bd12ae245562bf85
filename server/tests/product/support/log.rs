//! What the server logs during a test.

use std::{cell::RefCell, io, sync::Once};

use tidings_server::telemetry;
use tracing_subscriber::{Layer, filter::dynamic_filter_fn, layer::SubscriberExt, util::SubscriberInitExt};

thread_local! {
    /// What is logged on this thread. A test and the server it starts have one of their own.
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Writes to the log of whichever thread it is on, if somebody reads it.
struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| {
            if let Some(log) = log {
                log.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins to log on this thread, everything. For the whole process there is one subscriber, because what it wants to hear
/// of is remembered for all threads.
pub fn begin() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let on_this_thread = dynamic_filter_fn(|_, _| LOG.with_borrow(Option::is_some));
        let lines = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(|| Log)
            .with_filter(telemetry::filter("trace"))
            .with_filter(on_this_thread);
        tracing_subscriber::registry().with(lines).init();
    });
    LOG.set(Some(Vec::new()));
}

/// What was logged since.
pub fn take() -> String {
    let log = LOG.take().unwrap_or_default();
    String::from_utf8_lossy(&log).into_owned()
}
