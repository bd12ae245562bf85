//! How much one person, or one address, may ask.
//!
//! Token buckets in memory: they protect this node, and forget everything when it restarts. Slowing down failed
//! sign-ins by username is the service's part.

use std::{hash::Hash, net::IpAddr, num::NonZeroU32};

use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware, state::keyed::HashMapStateStore,
};
use tidings_protocol::{ApiError, ErrorCode, UserId};

use crate::{clock::RuntimeClock, doorstep::network};

/// Sign-ins, sign-ups and refreshes from one address, per minute and at once. An office behind one address signs in
/// within a minute or two in the morning; a guesser gets one try a second.
const ENTRANCES_PER_MINUTE: NonZeroU32 = match NonZeroU32::new(60) {
    Some(number) => number,
    None => NonZeroU32::MIN,
};

/// Keys beyond which buckets that are full again are thrown away.
const TIDY_ABOVE: usize = 10_000;

type Buckets<K> = RateLimiter<K, HashMapStateStore<K>, RuntimeClock, NoOpMiddleware<std::time::Instant>>;

/// All buckets of this node.
#[derive(Debug)]
pub struct RateLimits {
    commands: Buckets<UserId>,
    entrances: Buckets<IpAddr>,
    clock: RuntimeClock,
}

impl RateLimits {
    /// Limits for commands as configured; `burst` of them may come in a row.
    #[must_use]
    pub fn new(commands_per_minute: NonZeroU32, burst: NonZeroU32) -> Self {
        let commands = Quota::per_minute(commands_per_minute).allow_burst(burst);
        Self {
            commands: buckets(commands),
            entrances: buckets(Quota::per_minute(ENTRANCES_PER_MINUTE)),
            clock: RuntimeClock,
        }
    }

    /// Whether a person may give another command, on whichever transport.
    ///
    /// # Errors
    /// [`ErrorCode::RateLimited`] saying when to try again.
    pub fn command(&self, user: UserId) -> Result<(), ApiError> {
        self.take(&self.commands, &user)
    }

    /// Whether an address may try to get in again. All addresses of an IPv6 network count as one: whoever has one can
    /// use any of them.
    ///
    /// # Errors
    /// [`ErrorCode::RateLimited`] saying when to try again.
    pub fn entrance(&self, address: IpAddr) -> Result<(), ApiError> {
        self.take(&self.entrances, &network(address))
    }

    fn take<K: Hash + Eq + Clone>(&self, buckets: &Buckets<K>, key: &K) -> Result<(), ApiError> {
        if buckets.len() > TIDY_ABOVE {
            buckets.retain_recent();
        }
        buckets.check_key(key).map_err(|refused| {
            let wait = refused.wait_time_from(self.clock.now());
            // Rounded up, so that whoever waits as told is not refused again.
            let seconds = u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX);
            ApiError::new(
                ErrorCode::RateLimited,
                format!("That was too much at once. Try again in {seconds} s."),
            )
            .retry_after(seconds)
        })
    }
}

fn buckets<K: Hash + Eq + Clone>(quota: Quota) -> Buckets<K> {
    RateLimiter::new(quota, HashMapStateStore::default(), RuntimeClock)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn number(value: u32) -> NonZeroU32 {
        NonZeroU32::new(value).expect("not zero")
    }

    #[test]
    fn beyond_the_burst_a_person_is_told_when_to_try_again_and_others_are_not_concerned() {
        let limits = RateLimits::new(number(6), number(2));
        let [ana, ben] = [1, 2].map(|n| UserId(Uuid::from_u128(n)));
        assert_eq!(limits.command(ana), Ok(()));
        assert_eq!(limits.command(ana), Ok(()));
        let refused = limits.command(ana).expect_err("the burst is used up");
        assert_eq!(refused.code, ErrorCode::RateLimited);
        assert!(
            refused
                .retry_after
                .is_some_and(|seconds| (1..=11).contains(&seconds))
        );
        assert_eq!(limits.command(ben), Ok(()));
    }
}
