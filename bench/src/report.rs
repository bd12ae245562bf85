//! What a case found, as a line for programs and a row for people.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::checker::Findings;

/// What came of one run of a case.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The checker's judgement.
    pub findings: Findings,
    /// What was measured.
    pub figures: BTreeMap<String, f64>,
    /// What else should have been otherwise, as sentences.
    pub wrong: Vec<String>,
    /// What helps to find out why.
    pub notes: Vec<String>,
}

impl Report {
    /// A report that begins with a judgement.
    #[must_use]
    pub fn new(findings: Findings) -> Self {
        Self {
            findings,
            ..Self::default()
        }
    }

    /// Notes something measured.
    pub fn figure(&mut self, name: impl Into<String>, value: f64) {
        self.figures
            .insert(name.into(), (value * 1000.0).round() / 1000.0);
    }

    /// Notes the middle and the 99th percentile of how long things took, in milliseconds.
    pub fn durations(&mut self, name: &str, mut took: Vec<Duration>) {
        took.sort_unstable();
        for (part, percent) in [("p50", 50), ("p99", 99)] {
            if let Some(at) = took.get((took.len() * percent / 100).min(took.len().saturating_sub(1))) {
                self.figure(format!("{name}_{part}_ms"), at.as_secs_f64() * 1000.0);
            }
        }
    }

    /// Notes a sentence if something does not hold that should.
    pub fn expect(&mut self, holds: bool, otherwise: impl Into<String>) {
        if !holds {
            self.wrong.push(otherwise.into());
        }
    }

    /// Notes something that helps to find out why.
    pub fn note(&mut self, note: String) {
        if !note.is_empty() {
            self.notes.push(note);
        }
    }

    /// Whether everything was as it should be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.findings.are_clean() && self.wrong.is_empty()
    }
}

/// How a run ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was played, and judged.
    Judged(Report),
    /// It could not be played here, and says why. Never counts as passed.
    NotRun(String),
    /// It broke down: counts as red.
    Broken(String),
}

/// One run of a case.
#[derive(Clone, Debug)]
pub struct Run {
    /// Which case.
    pub case: &'static str,
    /// With which seed.
    pub seed: u64,
    /// Without which defence.
    pub mutation: Option<&'static str>,
    /// How long it took.
    pub took: Duration,
    /// What came of it.
    pub outcome: Outcome,
}

/// What a run means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything held.
    Green,
    /// Something did not hold.
    Red,
    /// It was not played.
    NotRun,
}

#[derive(Serialize)]
struct Line<'a> {
    case: &'a str,
    seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    without: Option<&'a str>,
    verdict: Verdict,
    as_wanted: bool,
    seconds: f64,
    #[serde(flatten)]
    findings: Option<&'a Findings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    figures: Option<&'a BTreeMap<String, f64>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    wrong: Vec<&'a str>,
}

impl Run {
    /// What it means.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match &self.outcome {
            Outcome::Judged(report) if report.is_good() => Verdict::Green,
            Outcome::Judged(_) | Outcome::Broken(_) => Verdict::Red,
            Outcome::NotRun(_) => Verdict::NotRun,
        }
    }

    /// Whether it came out as it must: green, or without a defence red. One that broke down proves nothing about the
    /// defence. One that was not run is neither.
    #[must_use]
    pub fn is_as_wanted(&self) -> bool {
        match (&self.outcome, self.mutation) {
            (Outcome::NotRun(_), _) => true,
            (Outcome::Broken(_), _) => false,
            (Outcome::Judged(report), mutation) => report.is_good() == mutation.is_none(),
        }
    }

    /// The line for programs.
    #[must_use]
    pub fn line(&self) -> String {
        let (findings, figures, wrong) = match &self.outcome {
            Outcome::Judged(report) => (
                Some(&report.findings),
                Some(&report.figures),
                report.wrong.iter().map(String::as_str).collect(),
            ),
            Outcome::NotRun(why) | Outcome::Broken(why) => (None, None, vec![why.as_str()]),
        };
        let line = Line {
            case: self.case,
            seed: self.seed,
            without: self.mutation,
            verdict: self.verdict(),
            as_wanted: self.is_as_wanted(),
            seconds: (self.took.as_secs_f64() * 10.0).round() / 10.0,
            findings,
            figures,
            wrong,
        };
        serde_json::to_string(&line).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
    }
}

/// The table for people: a row for each case and each defence that was taken away.
#[must_use]
pub fn table(runs: &[Run]) -> String {
    let mut rows: Vec<(&str, &str, Vec<&Run>)> = Vec::new();
    for run in runs {
        let without = run.mutation.unwrap_or("");
        match rows
            .iter_mut()
            .find(|(case, mutation, _)| *case == run.case && *mutation == without)
        {
            Some((_, _, of)) => of.push(run),
            None => rows.push((run.case, without, vec![run])),
        }
    }
    let mut table = format!(
        "{:<28} {:<32} {:>9} {:>9} {:>5} {:>5} {:>6} {:>6} {:>5} {:>6} {:>9}  {}\n",
        "case",
        "without",
        "runs",
        "acked",
        "lost",
        "dup",
        "order",
        "ghost",
        "leak",
        "stuck",
        "diverged",
        "verdict"
    );
    for (case, without, of) in rows {
        let sum = |count: fn(&Findings) -> u64| -> u64 {
            of.iter()
                .filter_map(|run| match &run.outcome {
                    Outcome::Judged(report) => Some(count(&report.findings)),
                    Outcome::NotRun(_) | Outcome::Broken(_) => None,
                })
                .sum()
        };
        let verdict = worst(&of);
        table += &format!(
            "{case:<28} {without:<32} {:>9} {:>9} {:>5} {:>5} {:>6} {:>6} {:>5} {:>6} {:>9}  {verdict}\n",
            of.len(),
            sum(|found| found.acked),
            sum(|found| found.lost),
            sum(|found| found.duplicated),
            sum(|found| found.misordered),
            sum(|found| found.ghost),
            sum(|found| found.leaked),
            sum(|found| found.stuck),
            sum(|found| found.diverged),
        );
    }
    table
}

fn worst(runs: &[&Run]) -> String {
    if let Some(run) = runs.iter().find(|run| !run.is_as_wanted()) {
        return match (&run.outcome, run.mutation) {
            (Outcome::Broken(why), _) => format!("RED: {}", first_line(why)),
            (_, Some(_)) => "GREEN, which it must not be".to_owned(),
            (Outcome::Judged(report), None) => {
                let examples = report.wrong.iter().chain(&report.findings.examples);
                format!("RED: {}", examples.cloned().collect::<Vec<_>>().join("; "))
            }
            (Outcome::NotRun(why), None) => why.clone(),
        };
    }
    match runs.iter().find(|run| run.verdict() == Verdict::NotRun) {
        Some(Run {
            outcome: Outcome::NotRun(why),
            ..
        }) => format!("not run: {why}"),
        _ if runs.iter().any(|run| run.mutation.is_some()) => "red, as it must be".to_owned(),
        _ => "green".to_owned(),
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(mutation: Option<&'static str>, outcome: Outcome) -> Run {
        Run {
            case: "a-case",
            seed: 1,
            mutation,
            took: Duration::ZERO,
            outcome,
        }
    }

    fn judged(lost: u64) -> Outcome {
        Outcome::Judged(Report::new(Findings {
            lost,
            ..Findings::default()
        }))
    }

    #[test]
    fn a_case_must_be_green_and_without_its_defence_red() {
        assert!(run(None, judged(0)).is_as_wanted());
        assert!(!run(None, judged(1)).is_as_wanted());
        assert!(run(Some("a-defence"), judged(1)).is_as_wanted());
        assert!(!run(Some("a-defence"), judged(0)).is_as_wanted());
    }

    #[test]
    fn a_run_that_breaks_down_is_never_as_wanted() {
        for mutation in [None, Some("a-defence")] {
            assert!(!run(mutation, Outcome::Broken("it broke".to_owned())).is_as_wanted());
        }
    }

    #[test]
    fn what_was_not_run_says_so_and_does_not_count_as_green() {
        let runs = [
            run(None, judged(0)),
            run(None, Outcome::NotRun("strace is missing".to_owned())),
        ];
        assert_eq!(runs[1].verdict(), Verdict::NotRun);
        assert!(table(&runs).contains("not run: strace is missing"));
    }

    #[test]
    fn a_sentence_about_something_else_makes_a_case_red() {
        let mut report = Report::default();
        report.expect(false, "it took too long");
        assert_eq!(run(None, Outcome::Judged(report)).verdict(), Verdict::Red);
    }

    #[test]
    fn a_line_has_the_case_its_seed_and_the_counts() {
        let line = run(Some("a-defence"), judged(3)).line();
        for part in [
            "\"case\":\"a-case\"",
            "\"seed\":1",
            "\"without\":\"a-defence\"",
            "\"lost\":3",
            "\"verdict\":\"red\"",
        ] {
            assert!(line.contains(part), "{line}");
        }
    }
}
