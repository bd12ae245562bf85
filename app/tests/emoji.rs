//! The emoji that the picker offers: `public/emoji.json`, made from what the server takes as a reaction.
//!
//! Write the file anew with `UPDATE_GOLDEN=1 cargo test -p tidings-app --features ssr --test emoji`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use emojis::{Emoji, EmojiVersion, SkinTone};
use tidings_app::emoji::{Group, Symbol, Table, Tone};

/// Newer emoji are empty boxes on systems that are still in use.
const NEWEST: EmojiVersion = EmojiVersion::new(15, 0);

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../public/emoji.json")
}

fn groups() -> Vec<Group> {
    let names = [
        (emojis::Group::SmileysAndEmotion, "Smileys and emotion"),
        (emojis::Group::PeopleAndBody, "People and body"),
        (emojis::Group::AnimalsAndNature, "Animals and nature"),
        (emojis::Group::FoodAndDrink, "Food and drink"),
        (emojis::Group::TravelAndPlaces, "Travel and places"),
        (emojis::Group::Activities, "Activities"),
        (emojis::Group::Objects, "Objects"),
        (emojis::Group::Symbols, "Symbols"),
        (emojis::Group::Flags, "Flags"),
    ];
    let groups = names.into_iter().map(|(group, name)| Group {
        name: name.to_owned(),
        symbols: group
            .emojis()
            .filter(|emoji| emoji.emoji_version() <= NEWEST)
            .map(symbol)
            .collect(),
    });
    groups.collect()
}

fn symbol(emoji: &Emoji) -> Symbol {
    let known = emoji.shortcodes().map(str::to_owned).collect::<Vec<_>>();
    Symbol {
        emoji: emoji.as_str().to_owned(),
        name: emoji.name().to_owned(),
        codes: if known.is_empty() {
            vec![code_of(emoji.name())]
        } else {
            known
        },
        toned: has_tones(emoji),
    }
}

/// A code for an emoji that has none in common use: its name.
fn code_of(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

/// Whether [`Tone::of`] gives the right emoji in each tone.
fn has_tones(emoji: &Emoji) -> bool {
    let wanted = [
        (Tone::Light, SkinTone::Light),
        (Tone::MediumLight, SkinTone::MediumLight),
        (Tone::Medium, SkinTone::Medium),
        (Tone::MediumDark, SkinTone::MediumDark),
        (Tone::Dark, SkinTone::Dark),
    ];
    emoji.skin_tones().is_some()
        && wanted.into_iter().all(|(tone, skin)| {
            let toned = emojis::get(&tone.of(emoji.as_str()));
            toned.is_some_and(|toned| toned.skin_tone() == Some(skin) && toned.emoji_version() <= NEWEST)
        })
}

fn written() -> String {
    // A line for each emoji, so that a difference can be read.
    let groups = groups().into_iter().map(|group| {
        let symbols: Vec<String> = group
            .symbols
            .iter()
            .map(|symbol| serde_json::to_string(symbol).unwrap())
            .collect();
        let name = serde_json::to_string(&group.name).unwrap();
        format!("{{\"name\":{name},\"symbols\":[\n{}\n]}}", symbols.join(",\n"))
    });
    format!("[{}]\n", groups.collect::<Vec<_>>().join(",\n"))
}

#[test]
fn the_file_is_current() {
    let written = written();
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(file(), &written).unwrap();
    }
    let kept = fs::read_to_string(file()).unwrap();
    assert!(
        kept == written,
        "public/emoji.json is not what UPDATE_GOLDEN=1 would write"
    );
    let table = Table::read(&kept).unwrap();
    assert_eq!(table.groups(), groups());
}

#[test]
fn every_emoji_is_one_that_the_server_takes_in_every_tone_and_has_a_code_of_its_own() {
    let table = Table::read(&written()).unwrap();
    let mut codes = BTreeSet::new();
    let mut toned = 0;
    for symbol in table.groups().iter().flat_map(|group| &group.symbols) {
        for tone in Tone::ALL {
            let emoji = symbol.in_tone(tone);
            assert_eq!(
                emojis::get(&emoji).map(Emoji::as_str),
                Some(emoji.as_str()),
                "{}",
                symbol.name
            );
            assert!(tidings_protocol::Emoji::new(&emoji).is_ok(), "{emoji}");
        }
        toned += usize::from(symbol.toned);
        assert!(!symbol.codes.is_empty(), "{}", symbol.name);
        for code in &symbol.codes {
            assert!(codes.insert(code.clone()), "{code} stands for two emoji");
            let text = format!("a :{code}: b");
            let out = tidings_app::emoji::written_out(&text, &table);
            assert_eq!(out, format!("a {} b", symbol.emoji));
        }
    }
    assert!(codes.len() > 1_800, "{}", codes.len());
    assert!(toned > 250, "{toned}");
}

#[test]
fn the_file_is_small_enough_to_wait_for() {
    assert!(written().len() < 120_000, "{}", written().len());
}
