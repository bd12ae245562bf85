//! Runs many seeds, or one with everything that happens in it.

use std::{
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use clap::Parser;
use tidings_simulation::{Mutation, Options, Outcome, run};

/// Runs the real server and real devices on a network and a clock made from a seed, and says which promises broke.
#[derive(Parser)]
#[command(name = "tidings-simulation")]
struct Arguments {
    /// How many seeds to run
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,

    /// The first of them
    #[arg(long, default_value_t = 0)]
    from: u64,

    /// Run this seed only, and print a line for each thing that happens
    #[arg(long)]
    seed: Option<u64>,

    /// Take a defence away: the seeds must find it out
    #[arg(long, value_parser = mutation)]
    mutation: Option<Mutation>,

    /// Threads to run seeds on [default: one for each core]
    #[arg(long)]
    threads: Option<usize>,
}

fn mutation(name: &str) -> Result<Mutation, String> {
    Mutation::named(name).ok_or_else(|| {
        let names: Vec<&str> = Mutation::ALL.iter().map(|(name, _)| *name).collect();
        format!("one of {}", names.join(", "))
    })
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = Options {
        mutation: arguments.mutation,
        trace: arguments.seed.is_some(),
    };
    if let Some(seed) = arguments.seed {
        let outcome = run(seed, options);
        for line in &outcome.lines {
            println!("{line}");
        }
        println!("digest {:016x}", outcome.digest);
        return report(&outcome);
    }
    run_many(&arguments, options)
}

fn run_many(arguments: &Arguments, options: Options) -> ExitCode {
    let threads = arguments
        .threads
        .unwrap_or_else(|| thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let (next, end) = (AtomicU64::new(arguments.from), arguments.from + arguments.seeds);
    let (acknowledged, dialled, crashes) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let broken = Mutex::new(Vec::new());
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let outcome = run(seed, options);
                    acknowledged.fetch_add(outcome.acknowledged, Ordering::Relaxed);
                    dialled.fetch_add(outcome.dialled, Ordering::Relaxed);
                    crashes.fetch_add(outcome.crashes, Ordering::Relaxed);
                    if !outcome.findings.is_empty() {
                        report(&outcome);
                        broken.lock().unwrap_or_else(PoisonError::into_inner).push(seed);
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap_or_else(PoisonError::into_inner);
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "for a person to read")]
    let rate = arguments.seeds as f64 / seconds;
    println!(
        "{} seeds in {seconds:.1} s ({rate:.1} a second): {} messages acknowledged, {} connections, {} crashes, {} seeds broken",
        arguments.seeds,
        acknowledged.into_inner(),
        dialled.into_inner(),
        crashes.into_inner(),
        broken.len(),
    );
    if broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn report(outcome: &Outcome) -> ExitCode {
    for finding in &outcome.findings {
        println!("seed {}: {finding}", outcome.seed);
    }
    if outcome.findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
