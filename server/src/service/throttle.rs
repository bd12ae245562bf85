//! Failed sign-ins slow down, by the name they are for.
//!
//! Kept in memory: a restart forgives. The same for names that nobody has, so that a slowed name says nothing. Each
//! wait ends by itself, so nobody can lock another person out for good.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tidings_protocol::Timestamp;

/// Failures in a row that cost nothing: people mistype.
const FREE_FAILURES: u32 = 5;
/// The first wait; each further failure doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Failures are forgotten after this long without another.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);
/// Names remembered at once; beyond it the one that failed longest ago is forgotten.
const NAMES_MAX: usize = 10_000;
/// Longer names are cut: no account has one.
const NAME_MAX_CHARS: usize = 64;

/// Counts failed tries by name.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    names: Mutex<HashMap<String, Failures>>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    newest: Timestamp,
}

impl Throttle {
    /// Admits a try at `now`, or says how long to wait. An admitted try counts as failed until [`Self::succeeded`]:
    /// many at once can't slip in before the first of them has failed.
    pub(super) fn admit(&self, name: &str, now: Timestamp) -> Result<(), Duration> {
        let mut names = self.lock();
        names.retain_recent(now);
        let name = key(name);
        let failures = names.get(&name).copied();
        if let Some(failures) = failures {
            let passed = now.since(failures.newest);
            let wait = wait_after(failures.count);
            if passed < wait {
                return Err(wait - passed);
            }
        }
        names.make_room();
        let count = failures.map_or(0, |failures| failures.count).saturating_add(1);
        names.insert(name, Failures { count, newest: now });
        Ok(())
    }

    /// The try was right: the name starts afresh.
    pub(super) fn succeeded(&self, name: &str) {
        self.lock().remove(&key(name));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Failures>> {
        // The map is whole after a panic: every change to it is one call.
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

trait Bounded {
    fn retain_recent(&mut self, now: Timestamp);
    fn make_room(&mut self);
}

impl Bounded for HashMap<String, Failures> {
    fn retain_recent(&mut self, now: Timestamp) {
        if self.len() >= NAMES_MAX {
            self.retain(|_, failures| now.since(failures.newest) < FORGOTTEN_AFTER);
        }
    }

    fn make_room(&mut self) {
        if self.len() < NAMES_MAX {
            return;
        }
        let oldest = self
            .iter()
            .min_by_key(|(_, failures)| failures.newest)
            .map(|(name, _)| name.clone());
        if let Some(oldest) = oldest {
            self.remove(&oldest);
        }
    }
}

fn wait_after(failures: u32) -> Duration {
    let Some(doublings) = failures.checked_sub(FREE_FAILURES) else {
        return Duration::ZERO;
    };
    FIRST_WAIT
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(LONGEST_WAIT)
}

fn key(name: &str) -> String {
    name.trim()
        .chars()
        .take(NAME_MAX_CHARS)
        .collect::<String>()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000);

    fn fail_times(throttle: &Throttle, name: &str, times: u32) {
        for _ in 0..times {
            throttle.admit(name, START).unwrap();
        }
    }

    #[test]
    fn five_failures_are_free_and_then_the_wait_doubles_to_a_minute() {
        let throttle = Throttle::default();
        fail_times(&throttle, "ana", FREE_FAILURES);
        let mut now = START;
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(throttle.admit("ANA ", now), Err(Duration::from_secs(wait)));
            now = now + Duration::from_secs(wait);
            assert_eq!(throttle.admit("ana", now), Ok(()));
        }
    }

    #[test]
    fn one_name_does_not_slow_another_and_success_starts_afresh() {
        let throttle = Throttle::default();
        fail_times(&throttle, "ana", FREE_FAILURES);
        assert_eq!(throttle.admit("ben", START), Ok(()));
        throttle.succeeded("ana");
        assert_eq!(throttle.admit("ana", START), Ok(()));
    }

    #[test]
    fn a_refused_try_does_not_prolong_the_wait() {
        let throttle = Throttle::default();
        fail_times(&throttle, "ana", FREE_FAILURES);
        let half = START + Duration::from_millis(500);
        assert_eq!(throttle.admit("ana", half), Err(Duration::from_millis(500)));
        assert_eq!(throttle.admit("ana", START + FIRST_WAIT), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..NAMES_MAX + 10 {
            throttle.admit(&format!("name{n}"), START).unwrap();
        }
        assert_eq!(throttle.lock().len(), NAMES_MAX);
    }
}
