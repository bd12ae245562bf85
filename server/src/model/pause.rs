//! Leaving alone for a while what fails.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tidings_protocol::{ThreadId, Timestamp};

/// So many threads that fail within one pause say that it is not what is said in them.
const THREADS_MAX: usize = 16;

/// Pauses that begin with failures: of everything, when the endpoint fails, and of one thread, when that may be due to what
/// is said in it. Whoever writes what a model chokes on takes it from nobody but their own thread.
#[derive(Debug)]
pub struct Pauses {
    span: Duration,
    begun: Mutex<Begun>,
}

#[derive(Debug, Default)]
struct Begun {
    all: Option<Timestamp>,
    threads: HashMap<ThreadId, Timestamp>,
}

impl Pauses {
    /// Pauses of this length; none has begun.
    pub fn new(span: Duration) -> Self {
        Self {
            span,
            begun: Mutex::default(),
        }
    }

    /// Whether nothing is to be asked for this thread.
    pub fn last(&self, thread: ThreadId, now: Timestamp) -> bool {
        let begun = self.lock();
        let since = [begun.all, begun.threads.get(&thread).copied()];
        since.into_iter().flatten().any(|since| self.lasts(since, now))
    }

    /// Begins one of everything. False if it had begun already: of several that failed together, the first one does.
    pub fn begin(&self, now: Timestamp) -> bool {
        let mut begun = self.lock();
        if begun.all.is_some_and(|since| self.lasts(since, now)) {
            return false;
        }
        begun.all = Some(now);
        begun.threads.clear();
        true
    }

    /// Begins one of a thread, or of everything if there are too many. False if it had begun already.
    pub fn begin_in(&self, thread: ThreadId, now: Timestamp) -> bool {
        if self.last(thread, now) {
            return false;
        }
        {
            let mut begun = self.lock();
            begun.threads.retain(|_, since| self.lasts(*since, now));
            if begun.threads.len() < THREADS_MAX {
                begun.threads.insert(thread, now);
                return true;
            }
        }
        self.begin(now)
    }

    /// Whoever panicked while holding it left it as it was before or after.
    fn lock(&self) -> MutexGuard<'_, Begun> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A clock that was put back ends a pause, or it could last for ever.
    fn lasts(&self, since: Timestamp, now: Timestamp) -> bool {
        now >= since && now.since(since) < self.span
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const SPAN: Duration = Duration::from_secs(30);
    const NOW: Timestamp = Timestamp(1_794_000_000_000);

    fn thread(number: usize) -> ThreadId {
        ThreadId(Uuid::from_u128(number as u128))
    }

    #[test]
    fn a_pause_lasts_its_time_and_begins_once() {
        let pauses = Pauses::new(SPAN);
        let last = |now| pauses.last(thread(1), now);
        assert!(!last(NOW));
        assert!(pauses.begin(NOW));
        assert!(last(NOW) && last(NOW + SPAN - Duration::from_millis(1)));
        // One that fails later does not make it longer.
        assert!(!pauses.begin(NOW + SPAN / 2));
        assert!(!last(NOW + SPAN));
        assert!(pauses.begin(NOW + SPAN));
    }

    #[test]
    fn a_clock_that_is_put_back_ends_a_pause() {
        let pauses = Pauses::new(SPAN);
        assert!(pauses.begin(NOW + Duration::from_secs(3600)));
        assert!(!pauses.last(thread(1), NOW));
        assert!(pauses.begin_in(thread(1), NOW));
    }

    #[test]
    fn a_thread_pauses_alone_and_many_of_them_pause_everything() {
        let pauses = Pauses::new(SPAN);
        for number in 0..THREADS_MAX {
            assert!(pauses.begin_in(thread(number), NOW));
            assert!(!pauses.begin_in(thread(number), NOW));
        }
        assert!(pauses.last(thread(0), NOW) && !pauses.last(thread(99), NOW));
        // Those that are over don't count.
        assert!(pauses.begin_in(thread(99), NOW + SPAN) && !pauses.last(thread(98), NOW + SPAN));
        for number in 0..THREADS_MAX {
            assert!(pauses.begin_in(thread(number), NOW + SPAN));
        }
        assert!(pauses.last(thread(98), NOW + SPAN));
    }
}
