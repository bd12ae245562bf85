//! The device's time: the system's, except that it never runs backwards.
//!
//! Every deadline is a time. Were the system's clock set back by an hour, each would be an hour too far away, and a
//! device that waits to dial would wait for it.

use std::time::Duration;

use tidings_protocol::Timestamp;

#[derive(Debug, Default)]
pub(crate) struct Clock {
    newest: Timestamp,
    /// How far the system's clock has been set back in all.
    behind: Duration,
}

impl Clock {
    /// The device's time when it was last told one.
    pub(crate) fn newest(&self) -> Timestamp {
        self.newest
    }

    /// The device's time now that the system's is `system`.
    pub(crate) fn advance(&mut self, system: Timestamp) -> Timestamp {
        self.behind += self.newest.since(self.at(system));
        self.newest = self.at(system);
        self.newest
    }

    /// The device's time at the system's.
    pub(crate) fn at(&self, system: Timestamp) -> Timestamp {
        system + self.behind
    }

    /// The system's time at the device's.
    pub(crate) fn system(&self, at: Timestamp) -> Timestamp {
        at - self.behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_goes_on_from_where_it_was() {
        let mut clock = Clock::default();
        assert_eq!(clock.advance(Timestamp(5_000)), Timestamp(5_000));
        assert_eq!(clock.advance(Timestamp(2_000)), Timestamp(5_000));
        assert_eq!(clock.advance(Timestamp(2_500)), Timestamp(5_500));
        assert_eq!(clock.system(Timestamp(6_000)), Timestamp(3_000));
        assert_eq!(clock.advance(Timestamp(9_000)), Timestamp(12_000));
    }
}
