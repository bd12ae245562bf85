//! The emoji that somebody used last.

/// So many are kept: three rows of the picker.
const KEPT: usize = 24;

/// Emoji in the order in which they were last used, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recent(Vec<String>);

impl Recent {
    /// Reads them as [`Self::written`] wrote them.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self(text.split_whitespace().take(KEPT).map(str::to_owned).collect())
    }

    /// As they are kept: separated by spaces, which no emoji holds.
    #[must_use]
    pub fn written(&self) -> String {
        self.0.join(" ")
    }

    /// One is used now.
    pub fn note(&mut self, emoji: &str) {
        self.0.retain(|known| known != emoji);
        self.0.insert(0, emoji.to_owned());
        self.0.truncate(KEPT);
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_comes_first_and_each_once() {
        let mut recent = Recent::default();
        for emoji in ["🎉", "👍", "🎉"] {
            recent.note(emoji);
        }
        assert_eq!(recent.written(), "🎉 👍");
        assert_eq!(Recent::read(&recent.written()), recent);
        for number in 0..40 {
            recent.note(&number.to_string());
        }
        assert_eq!(recent.iter().count(), KEPT);
        assert_eq!(recent.iter().next(), Some("39"));
    }
}
