//! Whether suggested replies are of use, and how long they take: measured on synthetic conversations, of which the last
//! part is held out.
//!
//! `cargo test -p tidings-server --test smart_replies -- --nocapture` prints the figures.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement speaks, and stops where it breaks"
)]

use std::{collections::HashMap, time::Instant};

use fastrand::Rng;
use tidings_server::replies::{Answer, suggest};

/// What people ask, in several ways each, and how one answers. `{}` stands for something that differs each time.
const HABITS: &[(&[&str], &[&str])] = &[
    (
        &[
            "Can you cover the front desk on {}?",
            "Could you take the front desk on {}?",
            "Who covers the front desk {}? Can you?",
            "We need somebody at the front desk on {}, can you do it?",
        ],
        &[
            "Yes, count me in",
            "I can't that day, sorry",
            "Let me check my roster",
        ],
    ),
    (
        &[
            "Did the lab results for {} come in?",
            "Any news on the lab results of {}?",
            "Are the lab results for {} there yet?",
            "Do you have {}'s lab results?",
        ],
        &[
            "Not yet, I'll call them",
            "Yes, they are in the folder",
            "They came this morning",
        ],
    ),
    (
        &[
            "The visit to {} moved to the afternoon.",
            "FYI the visit to {} is later now.",
            "{} asked to move the visit.",
            "We had to move the visit to {}.",
        ],
        &[
            "Thanks, I'll tell the driver",
            "Noted",
            "Okay, I'll change the plan",
        ],
    ),
    (
        &[
            "Where is the van with the {}?",
            "Do you know where the van is? I need the {}.",
            "Is the van with the {} in the yard?",
            "I can't find the van for the {}.",
        ],
        &["In the yard", "Ben has it", "At the garage until tomorrow"],
    ),
    (
        &[
            "Thanks for helping with {}!",
            "Thank you so much for {}.",
            "That was great with {}, thanks!",
            "Many thanks for the help with {}!",
        ],
        &["Any time!", "You're welcome!", "Glad it worked"],
    ),
    (
        &[
            "Lunch at {}?",
            "Shall we have lunch at {}?",
            "Do you want to get lunch at {}?",
            "I'm hungry, lunch at {}?",
        ],
        &["Gladly!", "Already had some", "Give me ten minutes"],
    ),
    (
        &[
            "The invoice for {} is still open.",
            "{} has not paid the invoice yet.",
            "What about the invoice for {}?",
            "Reminder: invoice for {}.",
        ],
        &["I'll send a reminder", "They paid yesterday", "I'll call them"],
    ),
    (
        &[
            "Good morning! Is {} in today?",
            "Is {} there today?",
            "Have you seen {} today?",
            "Is {} working today?",
        ],
        &["Yes, until four", "No, on leave", "Later, I think"],
    ),
];

const THINGS: &[&str] = &[
    "Monday",
    "Thursday",
    "Mrs Adeyemi",
    "the Marlow family",
    "noon",
    "half past twelve",
    "the walker",
    "room 4",
    "the Osei household",
    "Friday evening",
    "Mr Lindqvist",
    "the ladder",
    "Tuesday",
    "the training",
];

/// What is said once and never again.
const REMARKS: &[&str] = &[
    "The heating in the corridor makes a noise",
    "I left the keys with the neighbour",
    "The new chairs are quite comfortable",
    "Somebody parked in front of the gate",
];

/// A person's conversations in order: what was said to them and what they answered. Each person has own favourites among
/// the answers, one in eight answers is something new, and one in ten messages is about nothing usual.
fn conversations(seed: u64, length: usize) -> Vec<Answer> {
    let mut rng = Rng::with_seed(seed);
    let favourites: Vec<usize> = HABITS
        .iter()
        .map(|(_, answers)| rng.usize(..answers.len()))
        .collect();
    (0..length)
        .map(|number| {
            let habit = rng.usize(..HABITS.len());
            let (questions, answers) = HABITS[habit];
            let thing = THINGS[rng.usize(..THINGS.len())];
            let asked = if rng.u8(..10) == 0 {
                format!("{} ({number})", REMARKS[rng.usize(..REMARKS.len())])
            } else {
                questions[rng.usize(..questions.len())].replace("{}", thing)
            };
            let text = match rng.u8(..8) {
                0 => format!("About {thing} I wrote you a mail at {number}"),
                1..=4 => answers[favourites[habit]].to_owned(),
                _ => answers[rng.usize(..answers.len())].to_owned(),
            };
            Answer { asked, text }
        })
        .collect()
}

/// The three answers that a person gives most.
fn most_frequent(answers: &[Answer]) -> Vec<String> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for answer in answers {
        *times.entry(&answer.text).or_default() += 1;
    }
    let mut times: Vec<_> = times.into_iter().collect();
    times.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    times
        .into_iter()
        .take(3)
        .map(|(text, _)| text.to_owned())
        .collect()
}

#[test]
fn suggestions_hit_far_more_often_than_the_most_frequent_answers() {
    let (mut asked, mut hits, mut baseline_hits, mut silent) = (0_u32, 0_u32, 0_u32, 0_u32);
    for person in 0..20 {
        let all = conversations(person, 400);
        let (known, held_out) = all.split_at(300);
        let newest_first: Vec<Answer> = known.iter().rev().cloned().collect();
        let frequent = most_frequent(known);
        for question in held_out {
            let suggestions = suggest(&question.asked, &newest_first);
            asked += 1;
            silent += u32::from(suggestions.is_empty());
            hits += u32::from(suggestions.iter().any(|one| one.text.as_str() == question.text));
            baseline_hits += u32::from(frequent.contains(&question.text));
        }
    }
    let share = |count: u32| f64::from(count) / f64::from(asked);
    println!(
        "smart replies: precision@3 {:.3} over {asked} held-out messages; the 3 most frequent answers {:.3}; nothing \
         suggested for {:.3}",
        share(hits),
        share(baseline_hits),
        share(silent)
    );
    assert!(share(hits) > 2.0 * share(baseline_hits));
    assert!(share(hits) > 0.6);
}

#[test]
fn a_suggestion_takes_milliseconds() {
    let answers: Vec<Answer> = conversations(7, 1_000);
    let mut times: Vec<_> = answers
        .iter()
        .take(50)
        .map(|question| {
            let start = Instant::now();
            let suggestions = suggest(&question.asked, &answers);
            assert!(suggestions.len() <= 3);
            start.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "smart replies: median {:?}, slowest {:?} with {} earlier answers{}",
        times[times.len() / 2],
        times[times.len() - 1],
        answers.len(),
        if cfg!(debug_assertions) {
            " (unoptimised)"
        } else {
            ""
        }
    );
}
