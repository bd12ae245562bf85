//! Habits, kept in the browser's local storage. Where that is blocked or full, they last as long as the page.

use leptos::prelude::window;
use tidings_protocol::UserId;
use web_sys::Storage;

use super::Habit;

const ALL: [Habit; 2] = [Habit::RecentEmoji, Habit::SkinTone];

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn key(user: UserId, habit: Habit) -> String {
    let name = match habit {
        Habit::RecentEmoji => "recent-emoji",
        Habit::SkinTone => "skin-tone",
    };
    format!("tidings.habit.{user}.{name}")
}

/// What is remembered of a habit.
pub(super) fn load(user: UserId, habit: Habit) -> Option<String> {
    storage()?.get_item(&key(user, habit)).ok().flatten()
}

/// Remembers a habit.
pub(super) fn keep(user: UserId, habit: Habit, text: &str) {
    if let Some(storage) = storage() {
        storage.set_item(&key(user, habit), text).ok();
    }
}

/// Forgets all habits of a person.
pub(super) fn erase(user: UserId) {
    if let Some(storage) = storage() {
        for habit in ALL {
            storage.remove_item(&key(user, habit)).ok();
        }
    }
}
