//! Seeds as a part of every test run; `cargo run -p tidings-simulation --release` runs many more.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use tidings_simulation::{Fault, Mutation, Options, Outcome, run};

/// Runs seeds on all cores until there are no more or `wanted` says so.
fn outcomes(seeds: u64, options: Options, wanted: impl Fn(&Outcome) -> bool + Sync) -> Vec<Outcome> {
    let (next, outcomes) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        return;
                    }
                    let outcome = run(seed, options);
                    if wanted(&outcome) {
                        next.store(seeds, Ordering::Relaxed);
                    }
                    outcomes.lock().expect("no seed panicked").push(outcome);
                }
            });
        }
    });
    outcomes.into_inner().expect("no seed panicked")
}

#[test]
fn all_promises_hold_under_every_seed() {
    let outcomes = outcomes(60, Options::default(), |_| false);
    let broken: Vec<String> = outcomes
        .iter()
        .flat_map(|outcome| {
            let seed = outcome.seed;
            outcome
                .findings
                .iter()
                .map(move |finding| format!("seed {seed}: {finding}"))
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let acknowledged: usize = outcomes.iter().map(|outcome| outcome.acknowledged).sum();
    assert!(
        acknowledged > 600,
        "only {acknowledged} messages: too little happens to prove anything"
    );
    assert!(outcomes.iter().any(|outcome| outcome.crashes > 0));
}

#[test]
fn a_seed_replays_to_the_last_line() {
    for seed in 0..10 {
        let options = Options {
            trace: true,
            ..Options::default()
        };
        let (one, again) = (run(seed, options), run(seed, options));
        let first = one
            .lines
            .iter()
            .zip(&again.lines)
            .find(|(one, again)| one != again);
        assert_eq!(first, None, "seed {seed}");
        assert_eq!(one.lines.len(), again.lines.len(), "seed {seed}");
        assert_eq!(one.digest, again.digest, "seed {seed}");
    }
}

#[test]
fn two_seeds_differ() {
    assert_ne!(
        run(0, Options::default()).digest,
        run(1, Options::default()).digest
    );
}

/// Some seed finds out that a defence is missing, and says so by the right name.
fn finds_out(mutation: Mutation, fault: Fault, seeds: u64) {
    let options = Options {
        mutation: Some(mutation),
        ..Options::default()
    };
    let names_it = |outcome: &Outcome| outcome.findings.iter().any(|finding| finding.fault == fault);
    let outcomes = outcomes(seeds, options, names_it);
    assert!(
        outcomes.iter().any(names_it),
        "{mutation:?} stays unnoticed in {seeds} seeds"
    );
}

#[test]
fn events_lost_without_a_trace_are_found_out() {
    finds_out(Mutation::SilentLoss, Fault::Diverged, 100);
}

#[test]
fn retries_under_a_new_local_id_are_found_out() {
    finds_out(Mutation::NewLocalIds, Fault::Doubled, 400);
}

#[test]
fn a_resume_from_further_on_is_found_out() {
    finds_out(Mutation::SkipAhead, Fault::Diverged, 100);
}

#[test]
fn storage_that_keeps_nothing_is_found_out() {
    finds_out(Mutation::ForgetfulStorage, Fault::Lost, 100);
}

#[test]
fn an_event_on_the_connection_of_somebody_else_is_found_out() {
    finds_out(Mutation::CrossedWires, Fault::Leak, 100);
}

#[test]
fn messages_out_of_place_are_found_out() {
    finds_out(Mutation::Shuffled, Fault::Misordered, 100);
}

#[test]
fn a_message_that_nobody_wrote_is_found_out() {
    finds_out(Mutation::AlteredText, Fault::Ghost, 100);
}

#[test]
fn presence_that_stays_behind_is_found_out() {
    finds_out(Mutation::LostPresence, Fault::Hint, 100);
}

#[test]
fn a_device_that_does_not_hear_of_its_sign_out_is_found_out() {
    finds_out(Mutation::DeafToSignOut, Fault::Stuck, 200);
}
