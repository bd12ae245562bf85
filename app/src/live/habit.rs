//! What a person's browser remembers of how they like things.

use super::Live;
#[cfg(feature = "hydrate")]
use super::habits;

/// Something that a person's browser remembers of how they like things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// The emoji they used last.
    RecentEmoji,
    /// The skin tone they prefer.
    SkinTone,
}

impl Live {
    /// What this person's browser remembers of a habit.
    #[must_use]
    pub fn habit(self, habit: Habit) -> Option<String> {
        #[cfg(feature = "hydrate")]
        return habits::load(self.person(), habit);
        #[cfg(not(feature = "hydrate"))]
        return {
            let _ = habit;
            None
        };
    }

    /// Remembers a habit across reloads.
    pub fn keep_habit(self, habit: Habit, text: &str) {
        #[cfg(feature = "hydrate")]
        habits::keep(self.person(), habit, text);
        #[cfg(not(feature = "hydrate"))]
        let _ = (habit, text);
    }
}
