//! How far one's own message has got.

use tidings_device::Progress;

/// The mark beside one's own message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// A clock.
    Pending,
    /// One tick.
    Sent,
    /// Two ticks.
    Delivered,
    /// Two filled ticks.
    Read,
    /// A warning.
    Failed,
}

/// The mark for `progress`, and its text: no state is told by colour or shape alone.
#[must_use]
pub fn tick(progress: &Progress) -> (Tick, String) {
    match progress {
        Progress::Saving => (Tick::Pending, "Saving…".to_owned()),
        Progress::Pending => (Tick::Pending, "Sending…".to_owned()),
        Progress::Sent => (Tick::Sent, "Sent".to_owned()),
        Progress::Delivered => (Tick::Delivered, "Delivered".to_owned()),
        Progress::Read => (Tick::Read, "Read".to_owned()),
        Progress::Failed(reason) => (Tick::Failed, format!("Not sent: {reason}")),
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{ApiError, ErrorCode};

    use super::*;

    #[test]
    fn a_failure_says_why() {
        let refused = ApiError::new(ErrorCode::NotFound, "This thread isn't yours.");
        assert_eq!(
            tick(&Progress::Failed(refused)),
            (Tick::Failed, "Not sent: This thread isn't yours.".to_owned())
        );
    }
}
