//! The fault bench: breaks a Tidings server on purpose, with the devices that browsers run, and checks that every
//! promise is kept. See its README.

mod arguments;
mod case;
mod cases;
mod checker;
mod fault_proxy;
mod history;
mod host;
mod packet_filter;
mod people;
mod postgres;
mod report;
mod shim;
mod silent;
mod tab;
mod world;

use std::{
    path::Path,
    process::{Command, ExitCode},
    sync::Arc,
    time::Instant,
};

use clap::Parser;
use futures_util::future::join_all;
use tokio::sync::Semaphore;

use arguments::Arguments;
use case::{Case, NotRun, Setup};
use report::{Outcome, Run, Verdict};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let chosen = match arguments.chosen() {
        Ok(chosen) => chosen,
        Err(sentence) => {
            eprintln!("tidings-bench: {sentence}");
            return ExitCode::from(2);
        }
    };
    if arguments.list {
        for case in chosen {
            println!("{:<28} {}", case.name, case.proves);
            for mutation in case.mutations {
                println!("{:<28}   must be red without its defence: {mutation}", "");
            }
        }
        return ExitCode::SUCCESS;
    }
    let server = match arguments.server() {
        Ok(server) => server,
        Err(sentence) => {
            eprintln!("tidings-bench: {sentence}");
            return ExitCode::from(2);
        }
    };
    let can_fail = has_fail_points(&server);
    let runs = arguments.runs(&chosen, &server);
    let slots = Arc::new(Semaphore::new(arguments.jobs.max(1)));
    let played = runs.into_iter().map(|(case, setup)| {
        let slots = slots.clone();
        async move {
            // Never closed, so a place always comes.
            let _place = slots.acquire().await;
            let run = play(case, setup, can_fail).await;
            println!("{}", run.line());
            run
        }
    });
    let runs = join_all(played).await;
    println!("\n{}", report::table(&runs));
    for run in runs.iter().filter(|run| !run.is_as_wanted()) {
        explain(run);
    }
    let not_run = runs.iter().filter(|run| run.verdict() == Verdict::NotRun).count();
    if not_run > 0 {
        println!(
            "{not_run} of {} were not run, which is not to have passed.",
            runs.len()
        );
    }
    if runs.iter().all(Run::is_as_wanted) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn play(case: Case, setup: Setup, can_fail: bool) -> Run {
    let since = Instant::now();
    let (seed, mutation) = (setup.seed, setup.mutation);
    let outcome = if !can_fail && (case.needs_fail_points || mutation.is_some()) {
        Outcome::NotRun("this server was not built with the feature fail-points".to_owned())
    } else {
        match (case.play)(setup).await {
            Ok(report) => Outcome::Judged(report),
            Err(error) => match error.downcast::<NotRun>() {
                Ok(NotRun(why)) => Outcome::NotRun(why),
                Err(error) => Outcome::Broken(format!("{error:#}")),
            },
        }
    };
    Run {
        case: case.name,
        seed,
        mutation,
        took: since.elapsed(),
        outcome,
    }
}

/// What is known about a run that did not come out as it must, and how to play it again.
fn explain(run: &Run) {
    let without = run
        .mutation
        .map_or_else(String::new, |_| " --mutations".to_owned());
    println!("{} --seed {}{without}:", run.case, run.seed);
    let lines = match &run.outcome {
        Outcome::Judged(report) => [&report.wrong, &report.findings.examples, &report.notes]
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        Outcome::NotRun(why) | Outcome::Broken(why) => vec![why.clone()],
    };
    for line in lines {
        println!("  {line}");
    }
}

/// Whether a server was built to fail when told to: its version says so.
fn has_fail_points(server: &Path) -> bool {
    let asked = Command::new(server).arg("--version").output();
    asked.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("with fail points"))
}
