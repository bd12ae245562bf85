//! Whatever text comes, decoding it ends, with a value that means the same when it is written again or with a refusal
//! that doesn't repeat the text.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

use std::{fmt::Debug, fs, path::PathBuf, sync::LazyLock};

use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed},
};
use serde::{Serialize, de::DeserializeOwned};
use tidings_protocol::{
    ApiError, Body, Command, DeviceFrame, DisplayName, Event, LocalId, Password, Reply, ServerFrame, Signal,
    Snapshot, ThreadId, Username, frame,
};

/// The texts of everything that travels, as starting points.
static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
});

/// Values that numbers and texts are replaced by.
const EXTREMES: [&str; 16] = [
    "0",
    "-1",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e308",
    "1e999",
    "0.1",
    "null",
    "true",
    "\"\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "[[[[[[[[]]]]]]]]",
    "{}",
];

/// A way to spoil a text.
#[derive(Clone, Debug)]
enum Spoil {
    Cut(prop::sample::Index),
    Remove(prop::sample::Index),
    Insert(prop::sample::Index, u8),
    Twice(prop::sample::Index, prop::sample::Index),
    /// What follows the chosen colon is replaced.
    Replace(prop::sample::Index, usize),
    Nest(usize),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        1 => at().prop_map(Spoil::Cut),
        1 => at().prop_map(Spoil::Remove),
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Spoil::Insert(at, byte)),
        1 => (at(), at()).prop_map(|(from, to)| Spoil::Twice(from, to)),
        6 => (at(), 0..EXTREMES.len()).prop_map(|(at, value)| Spoil::Replace(at, value)),
        1 => (1_usize..300).prop_map(Spoil::Nest),
    ]
}

fn spoilt(text: &str, ways: &[Spoil]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for way in ways {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match way {
            Spoil::Cut(at) => bytes.truncate(at.index(length)),
            Spoil::Remove(at) => drop(bytes.remove(at.index(length))),
            Spoil::Insert(at, byte) => bytes.insert(at.index(length), *byte),
            Spoil::Twice(from, to) => {
                let (from, to) = (from.index(length), to.index(length));
                let part = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(from..from, part);
            }
            Spoil::Replace(at, value) => {
                let colons: Vec<_> = (0..length).filter(|at| bytes[*at] == b':').collect();
                if colons.is_empty() {
                    continue;
                }
                let begin = colons[at.index(colons.len())] + 1;
                let rest = &bytes[begin..];
                let end = rest
                    .iter()
                    .position(|byte| b",\n}".contains(byte))
                    .unwrap_or(rest.len());
                bytes.splice(begin..begin + end, EXTREMES[*value].bytes());
            }
            Spoil::Nest(levels) => {
                let open = "{\"type\":".repeat(*levels);
                bytes = [open.as_bytes(), &bytes, "}".repeat(*levels).as_bytes()].concat();
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn any_text() -> impl Strategy<Value = String> {
    let golden = (any::<prop::sample::Index>(), prop::collection::vec(spoil(), 0..5))
        .prop_map(|(file, ways)| spoilt(file.get::<String>(&TEXTS), &ways));
    prop_oneof![8 => golden, 1 => any::<String>(), 1 => "[\\[\\]{}:,\"0-9eE+.\\\\u-]{0,200}"]
}

fn is_whole<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) -> Result<(), TestCaseError> {
    match frame::decode::<T>(text) {
        Ok(value) => {
            let again = frame::encode(&value).expect("ours can be written");
            prop_assert_eq!(frame::decode::<T>(&again).expect("and read"), value);
        }
        Err(error) => {
            let tail: String = text.chars().skip(text.chars().count() / 2).take(30).collect();
            prop_assert!(
                tail.len() < 20 || !error.message.contains(&tail),
                "{}",
                error.message
            );
        }
    }
    Ok(())
}

fn cases() -> Config {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return config;
    }
    Config {
        cases: 3_000,
        rng_seed: RngSeed::Fixed(1),
        ..config
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn decoding_anything_ends_well(text in any_text()) {
        is_whole::<DeviceFrame>(&text)?;
        is_whole::<ServerFrame>(&text)?;
        is_whole::<Command>(&text)?;
        is_whole::<Event>(&text)?;
        is_whole::<Signal>(&text)?;
        is_whole::<Reply>(&text)?;
        is_whole::<Snapshot>(&text)?;
        is_whole::<ApiError>(&text)?;
    }

    #[test]
    fn a_text_is_accepted_within_its_limits_or_refused(text in prop_oneof![any::<String>(), any_text()]) {
        if let Ok(body) = Body::new(&text) {
            prop_assert_eq!(Body::new(body.as_str()).expect("it stays good"), body);
        }
        if let Ok(name) = Username::new(&text) {
            prop_assert_eq!(Username::new(name.as_str()).expect("it stays good"), name);
        }
        if let Ok(name) = DisplayName::new(&text) {
            prop_assert_eq!(DisplayName::new(name.as_str()).expect("it stays good"), name);
        }
        drop(Password::new(&text));
        drop((text.parse::<ThreadId>(), text.parse::<LocalId>()));
    }
}
