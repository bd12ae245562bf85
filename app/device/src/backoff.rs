//! Delays between tries: exponential with full jitter, so that devices cut off together don't return together.

use std::time::Duration;

use fastrand::Rng;
use tidings_protocol::limits::{RECONNECT_BASE, RECONNECT_MAX};

/// Past this step the delay no longer grows; keeps the power of two in range.
const LAST_STEP: u32 = 16;

/// How many tries have failed in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backoff {
    step: u32,
}

impl Backoff {
    /// The delay before the next try: random between zero and a bound that doubles with each call.
    pub(crate) fn next(&mut self, rng: &mut Rng) -> Duration {
        let bound = RECONNECT_BASE.saturating_mul(1 << self.step).min(RECONNECT_MAX);
        self.step = (self.step + 1).min(LAST_STEP);
        let millis = u64::try_from(bound.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(rng.u64(0..=millis))
    }

    /// Whether no try has failed since the last one that succeeded.
    pub(crate) fn is_rested(&self) -> bool {
        self.step == 0
    }

    /// A try succeeded.
    pub(crate) fn reset(&mut self) {
        self.step = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_stay_below_a_doubling_bound() {
        for seed in 0..50 {
            let mut rng = Rng::with_seed(seed);
            let mut backoff = Backoff::default();
            for step in 0..30 {
                let bound = RECONNECT_BASE
                    .saturating_mul(1 << step.min(20))
                    .min(RECONNECT_MAX);
                assert!(backoff.next(&mut rng) <= bound);
            }
        }
    }

    #[test]
    fn devices_with_different_seeds_do_not_return_together() {
        let delays: std::collections::BTreeSet<_> = (0..100)
            .map(|seed| {
                let mut backoff = Backoff { step: 10 };
                backoff.next(&mut Rng::with_seed(seed))
            })
            .collect();
        assert!(delays.len() > 90);
    }

    #[test]
    fn a_reset_starts_small_again() {
        let mut rng = Rng::with_seed(1);
        let mut backoff = Backoff { step: 12 };
        backoff.reset();
        assert!(backoff.next(&mut rng) <= RECONNECT_BASE);
    }
}
