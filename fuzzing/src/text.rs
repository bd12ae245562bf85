//! Texts that resemble what travels: the wire's golden files, spoilt.

use std::{fs, path::PathBuf, sync::LazyLock};

use bolero::{Driver, ValueGenerator};

/// Most ways in which one text is spoilt.
const SPOILT_AT_MOST: usize = 5;

/// How long a text becomes by repeating a part of it, in bytes: longer than anything may be.
const LONGEST_BYTES: usize = 20_000;

/// Longest text that comes from nowhere, in characters.
const FREE_TEXT_CHARS: usize = 200;

/// Values that numbers and texts are replaced by.
const EXTREMES: [&str; 18] = [
    "0",
    "-1",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e308",
    "1e999",
    "0.1",
    "null",
    "true",
    "\"\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"'; DROP TABLE users; --\"",
    "[[[[[[[[]]]]]]]]",
    "{}",
];

/// What JSON is made of.
const PIECES: [&str; 19] = [
    "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u", "d800", "0", "9", "-", "+", "e", "E", ".", "null", " ",
];

static GOLDEN: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../app/protocol/tests/wire");
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut texts: Vec<(String, String)> = files
        .filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            let name = name.strip_suffix(".json")?.to_owned();
            Some((name, fs::read_to_string(file.path()).ok()?))
        })
        .collect();
    texts.sort();
    texts
});

/// The text of each thing that travels and its name, such as `device.Hello`, as the protocol's own tests keep them.
#[must_use]
pub fn golden() -> &'static [(String, String)] {
    &GOLDEN
}

/// A number from zero up to and including `most`; `None` when the source of chance is used up, as everywhere here.
pub fn up_to<D: Driver>(driver: &mut D, most: usize) -> Option<usize> {
    (0..=most).generate(driver)
}

/// One of these; `None` when there is none.
pub fn one_of<'a, T, D: Driver>(driver: &mut D, of: &'a [T]) -> Option<&'a T> {
    of.get(up_to(driver, of.len().checked_sub(1)?)?)
}

/// True in one of `of` cases.
pub fn chance<D: Driver>(driver: &mut D, of: usize) -> Option<bool> {
    Some(up_to(driver, of.saturating_sub(1))? == 0)
}

/// Texts like those whose name begins with `kind`, mostly spoilt, and now and then something else altogether.
#[derive(Clone, Copy, Debug)]
pub struct WireText {
    /// For instance `device.`; empty for all.
    pub kind: &'static str,
}

impl ValueGenerator for WireText {
    type Output = String;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<String> {
        if chance(driver, 10)? {
            return free_text(driver);
        }
        let texts: Vec<&String> = golden()
            .iter()
            .filter(|(name, _)| name.starts_with(self.kind))
            .map(|(_, text)| text)
            .collect();
        let text = one_of(driver, &texts)?;
        spoilt(driver, text)
    }
}

/// The text, spoilt in a few ways or none.
pub fn spoilt<D: Driver>(driver: &mut D, text: &str) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..up_to(driver, SPOILT_AT_MOST)? {
        if bytes.is_empty() {
            break;
        }
        spoil(driver, &mut bytes)?;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn spoil<D: Driver>(driver: &mut D, bytes: &mut Vec<u8>) -> Option<()> {
    let last = bytes.len() - 1;
    match up_to(driver, 12)? {
        0 => bytes.truncate(up_to(driver, last)?),
        1 => drop(bytes.remove(up_to(driver, last)?)),
        2 => bytes.insert(up_to(driver, last)?, driver.produce()?),
        3 => {
            let (one, other) = (up_to(driver, last)?, up_to(driver, last)?);
            let part = bytes[one.min(other)..one.max(other)].to_vec();
            bytes.splice(one..one, part);
        }
        4 => {
            let levels = up_to(driver, 300)?;
            let open = "{\"type\":".repeat(levels);
            *bytes = [open.as_bytes(), bytes, "}".repeat(levels).as_bytes()].concat();
        }
        5 if chance(driver, 8)? => {
            let at = up_to(driver, last)?;
            let part = bytes[at..bytes.len().min(at + 4)].to_vec();
            let times = up_to(driver, LONGEST_BYTES / part.len())?;
            bytes.splice(at..at, part.repeat(times));
        }
        // What follows a colon is replaced: by an extreme, or by what follows another one.
        way => {
            let colons: Vec<usize> = (0..=last).filter(|at| bytes[*at] == b':').collect();
            let Some(colon) = one_of(driver, &colons).copied() else {
                return Some(());
            };
            let value = if way == 6 {
                let other = *one_of(driver, &colons)?;
                bytes[value_after(bytes, other)].to_vec()
            } else {
                one_of(driver, &EXTREMES)?.as_bytes().to_vec()
            };
            let place = value_after(bytes, colon);
            bytes.splice(place, value);
        }
    }
    Some(())
}

/// Where the value after a colon is, if it is no object.
fn value_after(bytes: &[u8], colon: usize) -> std::ops::Range<usize> {
    let begin = colon + 1;
    let rest = &bytes[begin..];
    let end = rest.iter().position(|byte| b",\n}".contains(byte));
    begin..begin + end.unwrap_or(rest.len())
}

fn free_text<D: Driver>(driver: &mut D) -> Option<String> {
    let any_char = chance(driver, 2)?;
    let mut text = String::new();
    for _ in 0..up_to(driver, FREE_TEXT_CHARS)? {
        if any_char {
            text.push(driver.produce()?);
        } else {
            text.push_str(one_of(driver, &PIECES)?);
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_texts_of_every_kind() {
        for kind in [
            "command.",
            "device.",
            "event.",
            "poll_answer.",
            "reply.",
            "server.",
        ] {
            assert!(golden().iter().any(|(name, _)| name.starts_with(kind)), "{kind}");
        }
    }
}
