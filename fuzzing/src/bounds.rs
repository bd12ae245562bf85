//! Bounds on what one case may take. Time that is exceeded ends the program, because a loop without an end can't be
//! left otherwise; memory that is exceeded fails the case.

use std::{
    collections::BTreeMap,
    fs,
    process::abort,
    sync::{
        Mutex, MutexGuard, Once, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// The longest that a case may take. A good one takes milliseconds; a busy machine can stop it for seconds.
pub const CASE_MAX: Duration = Duration::from_secs(60);

/// The most memory that a program of tests may hold after a case, in bytes resident.
pub const MEMORY_MAX_BYTES: u64 = 1024 * 1024 * 1024;

/// Cases between two looks at the memory: a look costs more than a small case.
const LOOK_EVERY: u64 = 64;

/// What a page of memory is taken for, in bytes. Where it is larger, the bound is lower by as much.
const PAGE_BYTES: u64 = 4096;

static CASES: AtomicU64 = AtomicU64::new(0);
static RUNNING: Mutex<BTreeMap<u64, (Instant, &'static str)>> = Mutex::new(BTreeMap::new());

/// Runs one case of a target within the bounds.
///
/// # Panics
/// When the program holds more than [`MEMORY_MAX_BYTES`] afterwards. After [`CASE_MAX`] the program is aborted.
pub fn within_bounds<T>(target: &'static str, case: impl FnOnce() -> T) -> T {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| drop(thread::spawn(watch)));
    let number = CASES.fetch_add(1, Ordering::Relaxed);
    running().insert(number, (Instant::now(), target));
    let _ends = Ends(number);
    let value = case();
    if number.is_multiple_of(LOOK_EVERY)
        && let Some(bytes) = resident_bytes()
    {
        assert!(bytes <= MEMORY_MAX_BYTES, "{target}: {bytes} bytes of memory");
    }
    value
}

/// Takes a case off the list, after a panic as well.
struct Ends(u64);

impl Drop for Ends {
    fn drop(&mut self) {
        running().remove(&self.0);
    }
}

fn running() -> MutexGuard<'static, BTreeMap<u64, (Instant, &'static str)>> {
    // Each change is one call of the map, so it is whole after a panic elsewhere.
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watch() {
    loop {
        thread::sleep(Duration::from_secs(1));
        let stuck = running()
            .values()
            .find(|(since, _)| since.elapsed() > CASE_MAX)
            .map(|(_, target)| *target);
        if let Some(target) = stuck {
            eprintln!("{target}: a case takes longer than {CASE_MAX:?}");
            abort();
        }
    }
}

/// Memory that the program holds; `None` where the system does not say.
fn resident_bytes() -> Option<u64> {
    let numbers = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = numbers.split(' ').nth(1)?.parse().ok()?;
    Some(pages * PAGE_BYTES)
}
