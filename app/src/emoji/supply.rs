//! The emoji of a page: loaded when first wanted, and how the person likes them.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};

use super::{Recent, Table, Tone, written_out};
use crate::live::{Habit, Live};

/// Where the table is.
const FILE: &str = "/emoji.json";

/// How far the table has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stock {
    /// Nobody has wanted it.
    Untouched,
    /// It is on its way.
    Ordered,
    /// It is here.
    Here(Arc<Table>),
    /// It could not be had; it can be asked for again.
    Missing,
}

/// The emoji of a page. A handle: copies are the same supply.
#[derive(Clone, Copy)]
pub struct Supply {
    live: Live,
    stock: RwSignal<Stock>,
    tone: RwSignal<Tone>,
    recent: RwSignal<Recent>,
}

impl Supply {
    /// A supply that has loaded nothing.
    #[must_use]
    pub fn new(live: Live) -> Self {
        Self {
            live,
            stock: RwSignal::new(Stock::Untouched),
            tone: RwSignal::new(Tone::default()),
            recent: RwSignal::new(Recent::default()),
        }
    }

    /// Loads the table and the person's habits, unless that is done or under way.
    pub fn order(self) {
        let known = self.stock.get_untracked();
        if !matches!(known, Stock::Untouched | Stock::Missing) {
            return;
        }
        self.stock.set(Stock::Ordered);
        let tone = self
            .live
            .habit(Habit::SkinTone)
            .and_then(|tone| tone.parse().ok());
        self.tone.set(Tone::at(tone.unwrap_or(0)));
        let recent = self.live.habit(Habit::RecentEmoji).unwrap_or_default();
        self.recent.set(Recent::read(&recent));
        spawn_local(async move {
            let table = self.live.file(FILE).await.as_deref().and_then(Table::read);
            // The page may be gone by now.
            self.stock
                .try_set(table.map_or(Stock::Missing, |table| Stock::Here(Arc::new(table))));
        });
    }

    /// How far the table has come.
    #[must_use]
    pub fn stock(self) -> Stock {
        self.stock.get()
    }

    /// The table, if it is here. Follows nothing.
    #[must_use]
    pub fn table(self) -> Option<Arc<Table>> {
        match self.stock.get_untracked() {
            Stock::Here(table) => Some(table),
            Stock::Untouched | Stock::Ordered | Stock::Missing => None,
        }
    }

    /// A text with its short codes replaced by their emoji, as far as the table is here.
    #[must_use]
    pub fn written_out(self, text: &str) -> String {
        self.table()
            .map_or_else(|| text.to_owned(), |table| written_out(text, &table))
    }

    /// The skin tone that the person prefers.
    #[must_use]
    pub fn tone(self) -> Tone {
        self.tone.get()
    }

    /// The person prefers another skin tone from now on.
    pub fn prefer(self, tone: Tone) {
        self.tone.set(tone);
        self.live.keep_habit(Habit::SkinTone, &tone.place().to_string());
    }

    /// The emoji that the person used last.
    #[must_use]
    pub fn recent(self) -> Recent {
        self.recent.get()
    }

    /// The person uses an emoji.
    pub fn used(self, emoji: &str) {
        self.recent.update(|recent| recent.note(emoji));
        let written = self.recent.with_untracked(Recent::written);
        self.live.keep_habit(Habit::RecentEmoji, &written);
    }
}
