//! What the bench is asked to do.

use std::path::{Path, PathBuf};

use clap::Parser;

use crate::{
    case::{Case, Over, Setup},
    cases,
};

/// Breaks a Tidings server on purpose, and checks that nothing is lost, doubled, out of order, or shown to a stranger.
///
/// Prints a line of JSON for each run, and a table at the end. Ends with 1 if anything is red that should be green, or
/// the other way round.
#[derive(Debug, Parser)]
#[command(name = "tidings-bench", version, disable_help_subcommand = true)]
pub struct Arguments {
    /// List the cases, with the defences without which they must be red
    #[arg(long)]
    pub list: bool,

    /// Play this case only; may be repeated [default: all]
    #[arg(long = "case", value_name = "NAME")]
    cases: Vec<String>,

    /// Play only the cases that take seconds, and the mutations that matter most
    #[arg(long)]
    quick: bool,

    /// Play each case without each of its defences as well, when it must be red
    #[arg(long, conflicts_with = "over")]
    mutations: bool,

    /// The first seed: decides all that is random
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Play each case with so many seeds
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seeds: u64,

    /// How often a case repeats its fault [default: each case's own]
    #[arg(long, value_name = "NUMBER")]
    rounds: Option<usize>,

    /// Messages in each run, over all rounds [default: each case's own]
    #[arg(long, value_name = "NUMBER")]
    messages: Option<usize>,

    /// People in each run [default: each case's own]
    #[arg(long, value_name = "NUMBER")]
    people: Option<usize>,

    /// Devices of each person; of all together in the cases about many devices [default: each case's own]
    #[arg(long, value_name = "NUMBER")]
    devices: Option<usize>,

    /// Let only this transport through to the server [default: both, so that devices choose]
    #[arg(long, value_name = "TRANSPORT")]
    over: Option<Over>,

    /// Runs at a time
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub jobs: usize,

    /// The server's program [default: tidings-server beside this one]
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
}

/// Defences that the quick bench does without, one for each kind of promise.
const QUICK_MUTATIONS: [(&str, &str); 3] = [
    ("power-cut", "synchronous-normal"),
    ("late-delivery", "no-unique-local-id"),
    ("undisturbed", "no-membership-check-at-delivery"),
];

impl Arguments {
    /// The cases asked for.
    ///
    /// # Errors
    /// A sentence when there is no such case.
    pub fn chosen(&self) -> Result<Vec<Case>, String> {
        let all = cases::all();
        if let Some(unknown) = self
            .cases
            .iter()
            .find(|name| all.iter().all(|case| case.name != **name))
        {
            return Err(format!(
                "there is no case “{unknown}”. --list shows what there is."
            ));
        }
        Ok(all
            .into_iter()
            .filter(|case| self.cases.is_empty() || self.cases.iter().any(|name| name == case.name))
            .filter(|case| !self.quick || case.quick)
            .collect())
    }

    /// The server's program.
    ///
    /// # Errors
    /// A sentence when there is none.
    pub fn server(&self) -> Result<PathBuf, String> {
        let beside = || Some(std::env::current_exe().ok()?.parent()?.join("tidings-server"));
        let server = self.server.clone().or_else(beside).unwrap_or_default();
        if server.is_file() {
            return Ok(server);
        }
        Err(format!(
            "there is no server at {}. Build it, or name it by --server.",
            server.display()
        ))
    }

    /// Every run of these cases, in order.
    #[must_use]
    pub fn runs(&self, cases: &[Case], server: &Path) -> Vec<(Case, Setup)> {
        let mut runs = Vec::new();
        for case in cases {
            for seed in self.seed..self.seed.saturating_add(self.seeds.max(1)) {
                let mutations = case.mutations.iter().filter(|mutation| {
                    let is_quick = self.quick && QUICK_MUTATIONS.contains(&(case.name, mutation));
                    // Each case tells its defences apart on an ordinary network; some are not needed on another.
                    self.over.is_none() && (self.mutations || is_quick)
                });
                for mutation in std::iter::once(None).chain(mutations.map(|mutation| Some(*mutation))) {
                    let setup = Setup {
                        server: server.to_owned(),
                        seed,
                        rounds: self.rounds,
                        messages: self.messages,
                        people: self.people,
                        devices: self.devices,
                        over: self.over,
                        mutation,
                    };
                    runs.push((*case, setup));
                }
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(words: &[&str]) -> Arguments {
        Arguments::parse_from([&["tidings-bench"], words].concat())
    }

    #[test]
    fn an_unknown_case_is_refused_by_name() {
        let sentence = given(&["--case", "power-cut", "--case", "nonsense"])
            .chosen()
            .err()
            .expect("there is none");
        assert!(sentence.contains("nonsense"), "{sentence}");
    }

    #[test]
    fn each_mutation_is_a_run_of_its_own_after_the_one_with_all_defences() {
        let arguments = given(&[
            "--case",
            "power-cut",
            "--mutations",
            "--seed",
            "7",
            "--seeds",
            "2",
        ]);
        let cases = arguments.chosen().expect("there is such a case");
        let runs = arguments.runs(&cases, Path::new("server"));
        let told: Vec<_> = runs
            .iter()
            .map(|(_, setup)| (setup.seed, setup.mutation))
            .collect();
        let [one, other] = ["synchronous-normal", "ack-before-commit"];
        assert_eq!(
            told,
            [
                (7, None),
                (7, Some(one)),
                (7, Some(other)),
                (8, None),
                (8, Some(one)),
                (8, Some(other))
            ]
        );
    }

    #[test]
    fn names_are_unique_and_the_quick_mutations_are_those_of_quick_cases() {
        let all = cases::all();
        let names: std::collections::BTreeSet<_> = all.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), all.len());
        for (name, mutation) in QUICK_MUTATIONS {
            let case = all
                .iter()
                .find(|case| case.name == name)
                .expect("there is such a case");
            assert!(case.quick && case.mutations.contains(&mutation), "{name}");
        }
    }
}
