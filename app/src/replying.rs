//! Which message the next one answers.

use leptos::prelude::*;
use tidings_device::Row;
use tidings_protocol::Seq;

/// The message of the open thread that is being answered. A handle: copies are the same choice.
#[derive(Clone, Copy, Debug)]
pub struct Replying {
    to: RwSignal<Option<Seq>>,
    /// Rises whenever the person chooses, so that the composer takes the focus.
    chosen: RwSignal<u32>,
}

impl Default for Replying {
    fn default() -> Self {
        Self {
            to: RwSignal::new(None),
            chosen: RwSignal::new(0),
        }
    }
}

impl Replying {
    /// Which message, if any.
    #[must_use]
    pub fn to(self) -> Option<Seq> {
        self.to.get()
    }

    /// The same, without following it.
    #[must_use]
    pub fn to_untracked(self) -> Option<Seq> {
        self.to.get_untracked()
    }

    /// The person chooses a message to answer.
    pub fn choose(self, seq: Seq) {
        self.to.set(Some(seq));
        self.chosen.update(|chosen| *chosen = chosen.wrapping_add(1));
    }

    /// How often the person has chosen.
    #[must_use]
    pub fn times_chosen(self) -> u32 {
        self.chosen.get()
    }

    /// Brings back what a draft says, or nothing. The focus stays where it is.
    pub fn restore(self, to: Option<Seq>) {
        self.to.set(to);
    }

    /// Nothing is answered any more. What was, until now.
    pub fn take(self) -> Option<Seq> {
        self.to.try_update(Option::take).flatten()
    }
}

/// The message that a step up or down from `from` leads to: up from nothing is the newest, down from the newest is
/// nothing. Only what somebody wrote can be answered.
#[must_use]
pub fn stepped(rows: &[Row], from: Option<Seq>, up: bool) -> Option<Seq> {
    let mut answerable = rows
        .iter()
        .filter(|row| row.content.is_said())
        .filter_map(|row| row.seq);
    match (from, up) {
        (None, true) => answerable.next_back(),
        (None, false) => None,
        (Some(from), true) => answerable.take_while(|seq| *seq < from).last().or(Some(from)),
        (Some(from), false) => answerable.find(|seq| *seq > from),
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{Body, Content, LocalId, Timestamp, UserId};
    use uuid::Uuid;

    use super::*;

    fn row(seq: i64, content: Content) -> Row {
        Row {
            key: LocalId(Uuid::from_u128(seq.unsigned_abs().into())),
            seq: (seq > 0).then_some(Seq(seq)),
            id: None,
            sender: UserId(Uuid::from_u128(1)),
            mine: false,
            content,
            reply_to: None,
            forwarded: false,
            at: Timestamp(seq),
            edited_at: None,
            reactions: Vec::new(),
            preview: None,
            progress: None,
            amended: false,
            refused: Vec::new(),
        }
    }

    #[test]
    fn one_steps_from_message_to_message_and_out_again() {
        let text = || Content::from(Body::new("x").unwrap());
        let rows = [
            row(1, text()),
            row(2, Content::Deleted),
            row(3, text()),
            row(-4, text()),
        ];
        let step = |from: Option<i64>, up| stepped(&rows, from.map(Seq), up).map(|seq| seq.0);
        assert_eq!(step(None, true), Some(3));
        assert_eq!(step(Some(3), true), Some(1));
        assert_eq!(step(Some(1), true), Some(1));
        assert_eq!(step(Some(1), false), Some(3));
        assert_eq!(step(Some(3), false), None);
        assert_eq!(step(None, false), None);
        assert_eq!(stepped(&[], None, true), None);
    }
}
