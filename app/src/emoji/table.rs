//! What `public/emoji.json` holds.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Tone;

/// All emoji there are to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    groups: Vec<Group>,
    /// Where the emoji of a short code stands: its group, and its place in it.
    codes: HashMap<String, (usize, usize)>,
}

/// Emoji of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What kind.
    pub name: String,
    /// In the order in which Unicode lists them.
    pub symbols: Vec<Symbol>,
}

/// One emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Line", into = "Line")]
pub struct Symbol {
    /// The emoji itself, without a skin tone.
    pub emoji: String,
    /// What Unicode calls it.
    pub name: String,
    /// What is written between colons for it. At least one.
    pub codes: Vec<String>,
    /// Whether it comes in skin tones.
    pub toned: bool,
}

/// A symbol as it is written in the file: short, since there are almost two thousand.
#[derive(Serialize, Deserialize)]
struct Line(String, String, String, u8);

impl From<Line> for Symbol {
    fn from(Line(emoji, name, codes, toned): Line) -> Self {
        Self {
            emoji,
            name,
            codes: codes.split_whitespace().map(str::to_owned).collect(),
            toned: toned != 0,
        }
    }
}

impl From<Symbol> for Line {
    fn from(symbol: Symbol) -> Self {
        Self(
            symbol.emoji,
            symbol.name,
            symbol.codes.join(" "),
            symbol.toned.into(),
        )
    }
}

impl Symbol {
    /// The emoji in a skin tone, if it comes in any.
    #[must_use]
    pub fn in_tone(&self, tone: Tone) -> String {
        if self.toned {
            tone.of(&self.emoji)
        } else {
            self.emoji.clone()
        }
    }

    /// What is written for it: its first short code, colons included.
    #[must_use]
    pub fn code(&self) -> String {
        format!(":{}:", self.codes.first().map_or("", String::as_str))
    }
}

impl Table {
    /// Reads the file; `None` if it is not what it should be.
    #[must_use]
    pub fn read(json: &str) -> Option<Self> {
        let groups: Vec<Group> = serde_json::from_str(json).ok()?;
        let mut codes = HashMap::new();
        for (group, symbols) in groups.iter().map(|group| &group.symbols).enumerate() {
            for (place, symbol) in symbols.iter().enumerate() {
                for code in &symbol.codes {
                    codes.entry(code.clone()).or_insert((group, place));
                }
            }
        }
        Some(Self { groups, codes })
    }

    /// The groups, in the order in which they are shown.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The emoji with this short code, written without its colons.
    #[must_use]
    pub fn of_code(&self, code: &str) -> Option<&Symbol> {
        let (group, place) = self.codes.get(code)?;
        self.groups.get(*group)?.symbols.get(*place)
    }

    /// At most `limit` emoji that `text` describes: those with such a short code first, then those of which a code or a
    /// word of the name begins so, then those with it anywhere. Of several words, each must fit.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> Vec<&Symbol> {
        let text = text.trim().trim_matches(':').to_lowercase();
        let words: Vec<&str> = text.split([' ', '_']).filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(Fit, &Symbol)> = self
            .groups
            .iter()
            .flat_map(|group| &group.symbols)
            .filter_map(|symbol| {
                if symbol.codes.contains(&text) {
                    return Some((Fit::Whole, symbol));
                }
                let worst = words.iter().map(|word| fit(symbol, word)).max()?;
                (worst < Fit::None).then_some((worst, symbol))
            })
            .collect();
        // Stable: within one fit, the order stays Unicode's.
        found.sort_by_key(|(fit, _)| *fit);
        found.truncate(limit);
        found.into_iter().map(|(_, symbol)| symbol).collect()
    }

    /// At most `limit` emoji whose short code begins like this, the shortest code first.
    #[must_use]
    pub fn completions(&self, beginning: &str, limit: usize) -> Vec<&Symbol> {
        let mut found: Vec<(usize, &Symbol)> = self
            .groups
            .iter()
            .flat_map(|group| &group.symbols)
            .filter_map(|symbol| {
                let codes = symbol.codes.iter();
                let shortest = codes.filter(|code| code.starts_with(beginning)).map(String::len);
                Some((shortest.min()?, symbol))
            })
            .collect();
        found.sort_by_key(|(length, _)| *length);
        found.truncate(limit);
        found.into_iter().map(|(_, symbol)| symbol).collect()
    }
}

/// How well a word describes an emoji, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Whole,
    Beginning,
    Anywhere,
    None,
}

fn fit(symbol: &Symbol, word: &str) -> Fit {
    let codes = || symbol.codes.iter().map(String::as_str);
    let name = symbol.name.to_lowercase();
    let mut parts = codes()
        .flat_map(|code| code.split('_'))
        .chain(name.split([' ', '-']));
    if codes().chain(parts.clone()).any(|part| part == word) {
        Fit::Whole
    } else if codes().any(|code| code.starts_with(word)) || parts.any(|part| part.starts_with(word)) {
        Fit::Beginning
    } else if name.contains(word) || codes().any(|code| code.contains(word)) {
        Fit::Anywhere
    } else {
        Fit::None
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn table() -> Table {
        Table::read(
            r#"[
                {"name": "Smileys", "symbols": [
                    ["😄", "grinning face with smiling eyes", "smile", 0],
                    ["😃", "grinning face with big eyes", "smiley", 0],
                    ["😼", "cat with wry smile", "smirk_cat", 0],
                    ["👍", "thumbs up", "+1 thumbsup", 1]
                ]},
                {"name": "Activities", "symbols": [["🎉", "party popper", "tada", 0], ["💯", "hundred points", "100", 0]]}
            ]"#,
        )
        .unwrap()
    }

    fn found(text: &str) -> String {
        table()
            .search(text, 10)
            .iter()
            .map(|symbol| symbol.emoji.as_str())
            .collect()
    }

    #[test]
    fn the_file_is_read_and_written_alike_and_nonsense_is_refused() {
        let json = serde_json::to_string(table().groups()).unwrap();
        assert_eq!(Table::read(&json), Some(table()));
        assert_eq!(Table::read("{}"), None);
        assert_eq!(Table::read("<html>"), None);
    }

    #[test]
    fn emoji_are_found_by_name_and_by_code_the_best_first() {
        assert_eq!(found("smile"), "😄😼😃");
        assert_eq!(found("party"), "🎉");
        assert_eq!(found(":tada:"), "🎉");
        assert_eq!(found("big eyes"), "😃");
        assert_eq!(found("umbs"), "👍");
        assert_eq!(found("+1"), "👍");
        assert_eq!(found("nothing like it"), "");
        assert_eq!(found(" : "), "");
    }

    #[test]
    fn a_code_is_completed_to_the_shortest_first() {
        let table = table();
        let codes: Vec<_> = table
            .completions("smi", 2)
            .iter()
            .map(|symbol| symbol.code())
            .collect();
        assert_eq!(codes, [":smile:", ":smiley:"]);
        assert_eq!(
            table.of_code("thumbsup").map(|symbol| symbol.emoji.as_str()),
            Some("👍")
        );
        assert_eq!(table.of_code("thumbs"), None);
    }
}
