//! Skin tones.

/// A skin tone, as a person prefers it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// None: the yellow of most emoji.
    #[default]
    Yellow,
    /// Fitzpatrick types 1 and 2.
    Light,
    /// Type 3.
    MediumLight,
    /// Type 4.
    Medium,
    /// Type 5.
    MediumDark,
    /// Type 6.
    Dark,
}

impl Tone {
    /// All of them, as they are offered.
    pub const ALL: [Self; 6] = [
        Self::Yellow,
        Self::Light,
        Self::MediumLight,
        Self::Medium,
        Self::MediumDark,
        Self::Dark,
    ];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Yellow => "No skin tone",
            Self::Light => "Light skin tone",
            Self::MediumLight => "Medium-light skin tone",
            Self::Medium => "Medium skin tone",
            Self::MediumDark => "Medium-dark skin tone",
            Self::Dark => "Dark skin tone",
        }
    }

    /// The one with this place among [`Self::ALL`], as it is kept.
    #[must_use]
    pub fn at(place: usize) -> Self {
        Self::ALL.get(place).copied().unwrap_or_default()
    }

    /// Its place among [`Self::ALL`].
    #[must_use]
    pub fn place(self) -> usize {
        Self::ALL.iter().position(|tone| *tone == self).unwrap_or(0)
    }

    /// An emoji that comes in skin tones, in this one: the modifier stands after the first character, in the place of
    /// the selector that asks for colour.
    #[must_use]
    pub fn of(self, emoji: &str) -> String {
        const COLOUR: char = '\u{fe0f}';
        let modifier = match self {
            Self::Yellow => return emoji.to_owned(),
            Self::Light => '\u{1f3fb}',
            Self::MediumLight => '\u{1f3fc}',
            Self::Medium => '\u{1f3fd}',
            Self::MediumDark => '\u{1f3fe}',
            Self::Dark => '\u{1f3ff}',
        };
        let mut chars = emoji.chars();
        let Some(first) = chars.next() else {
            return String::new();
        };
        let rest = chars.as_str();
        let rest = rest.strip_prefix(COLOUR).unwrap_or(rest);
        format!("{first}{modifier}{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tone_stands_after_the_first_character() {
        assert_eq!(Tone::Medium.of("👍"), "👍🏽");
        assert_eq!(Tone::Dark.of("✌️"), "✌🏿");
        assert_eq!(Tone::Light.of("👩‍🚀"), "👩🏻‍🚀");
        assert_eq!(Tone::Yellow.of("✌️"), "✌️");
        assert_eq!(Tone::Light.of(""), "");
    }

    #[test]
    fn a_tone_is_kept_by_its_place() {
        for tone in Tone::ALL {
            assert_eq!(Tone::at(tone.place()), tone);
        }
        assert_eq!(Tone::at(9), Tone::Yellow);
    }
}
