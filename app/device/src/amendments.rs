//! What this person made of messages that were said, on its way out: edits, deletions, reactions.
//!
//! What must hold: what is done to one message goes out in the order in which it was done, one at a time, and nothing of
//! it before the message itself is stored; messages don't wait for each other. Each amendment says what shall be, so
//! sending it again is harmless, and the latest of a kind is all that is sent of those that wait. A refusal for good
//! stays with its message until the person has seen it.

use std::{collections::BTreeSet, time::Duration};

use fastrand::Rng;
use tidings_protocol::{
    ApiError, Command, Content, ErrorCode, LocalId, Message, Seq, ThreadId, Timestamp, UserId,
    command::{DeleteMessage, EditMessage, HideMessage, React, RemovePreview},
    limits::OUTBOX_MAX,
};

use crate::{
    backoff::Backoff,
    io::{Act, Amendment, Effect, Which},
    turn::Turn,
};

/// The least by which two times of making differ.
const TICK: Duration = Duration::from_millis(1);

/// So many are on their way at once, at most: texts are to find room in the same allowance of commands.
const AT_ONCE: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// May be sent from then on.
    Ready { from: Timestamp },
    /// Sent on this connection.
    InFlight,
    /// Refused for good; waits for the person.
    Refused,
}

#[derive(Debug)]
struct Entry {
    amendment: Amendment,
    stage: Stage,
    /// Whether the server may have it already, from any earlier try.
    tried: bool,
    /// Whether the server may have another one that this one has taken the place of.
    mixed: bool,
    backoff: Backoff,
}

#[derive(Debug)]
pub(crate) struct Amendments {
    /// In the order in which they were made.
    entries: Vec<Entry>,
    /// Whether storage has said what it kept from before.
    loaded: bool,
    /// When the newest one was made: later than all before it, whatever the clock does, since storage gives them back in
    /// this order.
    last_made: Timestamp,
    /// The server asked for a pause.
    paused_until: Option<Timestamp>,
    rng: Rng,
}

impl Amendments {
    pub(crate) fn new(rng: Rng) -> Self {
        Self {
            entries: Vec::new(),
            loaded: false,
            last_made: Timestamp::default(),
            paused_until: None,
            rng,
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Amendment> {
        self.entries.iter().map(|entry| &entry.amendment)
    }

    /// What was made of messages of a thread, in order.
    pub(crate) fn of(&self, thread: ThreadId) -> impl Iterator<Item = &Amendment> {
        self.all().filter(move |amendment| amendment.thread == thread)
    }

    /// Takes what the person wants to become of a message, which is `known` here like that. Asks storage to keep it, and
    /// forgets what it makes pointless.
    pub(crate) fn amend(
        &mut self,
        turn: &mut Turn,
        (thread, message): (ThreadId, Which),
        act: Act,
        known: Option<(&Message, UserId)>,
    ) {
        let concerns = |entry: &Entry| entry.amendment.thread == thread && entry.amendment.message == message;
        if act == Act::Delete {
            self.forget(turn, |entry| {
                concerns(entry) && entry.stage != Stage::InFlight && !entry.is_refused_text()
            });
        }
        let is_alike = |entry: &&mut Entry| concerns(entry) && entry.amendment.act.is_alike(&act);
        let full = self.entries.len() >= OUTBOX_MAX;
        let mut alike: Vec<&mut Entry> = self.entries.iter_mut().filter(is_alike).collect();
        let is_first = alike.is_empty();
        if let Some(waiting) = alike
            .iter_mut()
            .find(|entry| matches!(entry.stage, Stage::Ready { .. }))
        {
            waiting.mixed |= waiting.tried && waiting.amendment.act != act;
            waiting.amendment.act = act;
            if self.loaded {
                turn.effect(Effect::SaveAmendment(waiting.amendment.clone()));
            }
            let id = waiting.amendment.id;
            let is_only = alike.len() == 1;
            self.forget(turn, |entry| {
                entry.amendment.id == id && is_only && !entry.tried && entry.is_so(known)
            });
            return;
        }
        // What was refused is not tried again by itself: another try takes its place, but no text is lost by that.
        self.forget(turn, |entry| {
            concerns(entry)
                && entry.stage == Stage::Refused
                && entry.amendment.act.is_alike(&act)
                && !entry.is_refused_text()
        });
        let entry = Entry {
            amendment: Amendment {
                id: crate::outbox::mint(&mut self.rng, turn.now),
                thread,
                message,
                act,
                made_at: self.last_made.max(turn.now),
                refused: full.then(full_error),
            },
            stage: if full {
                Stage::Refused
            } else {
                Stage::Ready { from: turn.now }
            },
            tried: false,
            mixed: false,
            backoff: Backoff::default(),
        };
        if is_first && entry.is_so(known) {
            return;
        }
        self.entries.push(entry);
        if self.loaded {
            self.save_from(turn, self.entries.len() - 1);
        }
    }

    /// Asks storage to keep those from a place on, as made after everything it had.
    fn save_from(&mut self, turn: &mut Turn, first: usize) {
        for entry in self.entries.iter_mut().skip(first) {
            let made_at = entry.amendment.made_at.max(self.last_made + TICK);
            self.last_made = made_at;
            entry.amendment.made_at = made_at;
            // One that there was no room for is not kept.
            if entry.stage != Stage::Refused {
                turn.effect(Effect::SaveAmendment(entry.amendment.clone()));
            }
        }
    }

    /// What storage kept from before: older than everything done since the start.
    pub(crate) fn load(&mut self, turn: &mut Turn, kept: Vec<Amendment>) {
        let now = turn.now;
        let known: BTreeSet<LocalId> = self.all().map(|amendment| amendment.id).collect();
        let mut kept: Vec<Amendment> = kept
            .into_iter()
            .filter(|amendment| !known.contains(&amendment.id))
            .collect();
        kept.sort_by_key(|amendment| (amendment.made_at, amendment.id));
        kept.dedup_by_key(|amendment| amendment.id);
        if let Some(last) = kept.last() {
            self.last_made = self.last_made.max(last.made_at);
        }
        let mut entries: Vec<Entry> = kept
            .into_iter()
            .map(|amendment| Entry {
                stage: if amendment.refused.is_some() {
                    Stage::Refused
                } else {
                    Stage::Ready { from: now }
                },
                amendment,
                tried: true,
                mixed: false,
                backoff: Backoff::default(),
            })
            .collect();
        let (first, is_first) = (entries.len(), !self.loaded);
        entries.append(&mut self.entries);
        self.entries = entries;
        self.loaded = true;
        if is_first {
            self.save_from(turn, first);
        }
    }

    /// The next one that may be sent, which is in flight from then on.
    pub(crate) fn next(&mut self, now: Timestamp) -> Option<(LocalId, Command)> {
        let in_flight = self
            .entries
            .iter()
            .filter(|entry| entry.stage == Stage::InFlight)
            .count();
        if in_flight >= AT_ONCE || self.paused_until.is_some_and(|until| until > now) {
            return None;
        }
        let mut waiting: BTreeSet<(ThreadId, Which)> = BTreeSet::new();
        for entry in &mut self.entries {
            if entry.stage == Stage::Refused {
                continue;
            }
            let Amendment { thread, message, .. } = entry.amendment;
            // Only the first unfinished one of a message may go.
            if !waiting.insert((thread, message)) {
                continue;
            }
            if let Which::Stored(seq) = message
                && matches!(entry.stage, Stage::Ready { from } if from <= now)
            {
                entry.stage = Stage::InFlight;
                entry.tried = true;
                return Some((entry.amendment.id, entry.amendment.act.command(thread, seq)));
            }
        }
        None
    }

    /// When [`Self::next`] may have something that it hasn't now.
    pub(crate) fn deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let paused = self.paused_until.filter(|until| *until > now);
        let ready = self.entries.iter().filter_map(|entry| match entry.stage {
            Stage::Ready { from } => Some(from).filter(|from| *from > now),
            Stage::InFlight | Stage::Refused => None,
        });
        ready.chain(paused).min()
    }

    /// The server has done it. Gives it if it was still waiting.
    pub(crate) fn confirm(&mut self, turn: &mut Turn, id: LocalId) -> Option<Amendment> {
        let index = self.entries.iter().position(|entry| entry.amendment.id == id)?;
        let entry = self.entries.remove(index);
        turn.effect(Effect::Forget(id));
        Some(entry.amendment)
    }

    /// The server refused it: sent again later if that may help, else it waits for the person. Gives its thread.
    pub(crate) fn refused(&mut self, turn: &mut Turn, id: LocalId, error: ApiError) -> Option<ThreadId> {
        let mut rng = self.rng.fork();
        let entry = self.entries.iter_mut().find(|entry| entry.amendment.id == id)?;
        if entry.stage != Stage::InFlight {
            return None;
        }
        // Whoever signs in again here may still send it.
        if error.code.is_temporary() || error.code == ErrorCode::Unauthorized {
            let asked = Duration::from_secs(error.retry_after.unwrap_or(0).into());
            let from = turn.now + asked.max(entry.backoff.next(&mut rng));
            entry.stage = Stage::Ready { from };
            if error.code == ErrorCode::RateLimited {
                self.paused_until = Some(from);
            }
            return None;
        }
        let thread = entry.amendment.thread;
        let (message, act) = (entry.amendment.message, entry.amendment.act.clone());
        entry.stage = Stage::Refused;
        entry.amendment.refused = Some(error);
        turn.effect(Effect::SaveAmendment(entry.amendment.clone()));
        // Somebody who has wanted something else meanwhile need not hear that this could not be done.
        let is_passed = |entry: &Entry| {
            entry.amendment.id != id
                && (entry.amendment.thread, entry.amendment.message) == (thread, message)
                && entry.amendment.act.is_alike(&act)
                && entry.stage != Stage::Refused
        };
        if self.entries.iter().any(is_passed) {
            self.forget(turn, |entry| entry.amendment.id == id);
        }
        Some(thread)
    }

    /// The connection is gone: what was in flight may or may not be done, and is sent again.
    pub(crate) fn lost(&mut self, now: Timestamp) {
        for entry in &mut self.entries {
            if entry.stage == Stage::InFlight {
                entry.stage = Stage::Ready { from: now };
            }
        }
        self.paused_until = None;
    }

    /// The person has seen that it was refused, or no longer wants it. One that is in flight stays: the server may have
    /// it.
    pub(crate) fn discard(&mut self, turn: &mut Turn, id: LocalId) -> Option<ThreadId> {
        let entry = self.entries.iter().find(|entry| entry.amendment.id == id)?;
        if entry.stage == Stage::InFlight {
            return None;
        }
        self.confirm(turn, id).map(|amendment| amendment.thread)
    }

    /// A message of this device is stored: what waited for that goes to its place.
    pub(crate) fn stored(&mut self, turn: &mut Turn, local_id: LocalId, seq: Seq) {
        for entry in &mut self.entries {
            if entry.amendment.message == Which::Unsent(local_id) {
                entry.amendment.message = Which::Stored(seq);
                turn.effect(Effect::SaveAmendment(entry.amendment.clone()));
            }
        }
    }

    /// A message of this device will not be stored: gives what was to become of it, in order.
    pub(crate) fn take_unsent(&mut self, turn: &mut Turn, local_id: LocalId) -> Vec<Act> {
        let message = Which::Unsent(local_id);
        let acts = self.all().filter(|amendment| amendment.message == message);
        let acts = acts.map(|amendment| amendment.act.clone()).collect();
        self.forget(turn, |entry| entry.amendment.message == message);
        acts
    }

    /// A message is like that now: what has thereby been done need not be sent any more.
    pub(crate) fn compare(&mut self, turn: &mut Turn, message: &Message, me: UserId) {
        self.forget(turn, |entry| {
            entry.amendment.thread == message.thread
                && entry.amendment.message == Which::Stored(message.seq)
                && matches!(entry.stage, Stage::Ready { .. })
                && !entry.mixed
                && entry.is_so(Some((message, me)))
        });
    }

    fn forget(&mut self, turn: &mut Turn, is_gone: impl Fn(&Entry) -> bool) {
        self.entries.retain(|entry| {
            let gone = is_gone(entry);
            if gone {
                turn.effect(Effect::Forget(entry.amendment.id));
            }
            !gone
        });
    }
}

impl Entry {
    /// Whether a message that is known is what this one wants.
    fn is_so(&self, known: Option<(&Message, UserId)>) -> bool {
        known.is_some_and(|(message, me)| self.amendment.act.is_so(message, me))
    }

    /// Whether it holds a text that the person has not been given back.
    fn is_refused_text(&self) -> bool {
        self.stage == Stage::Refused && matches!(self.amendment.act, Act::Edit { .. })
    }
}

impl Act {
    /// Whether the later one of the two takes the place of the other.
    fn is_alike(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Edit { .. }, Self::Edit { .. })
            | (Self::Delete, Self::Delete)
            | (Self::Hide, Self::Hide)
            | (Self::RemovePreview, Self::RemovePreview) => true,
            (Self::React { emoji: one, .. }, Self::React { emoji: other, .. }) => one == other,
            (Self::Edit { .. } | Self::Delete | Self::Hide | Self::React { .. } | Self::RemovePreview, _) => {
                false
            }
        }
    }

    /// Whether a message is like that.
    fn is_so(&self, message: &Message, me: UserId) -> bool {
        match self {
            Self::Edit { body } => message.content.is_said() && message.content.text() == body.as_str(),
            Self::Delete => message.content == Content::Deleted,
            Self::Hide => message.content == Content::Hidden,
            Self::React { emoji, on } => {
                let kind = message.reactions.iter().find(|kind| kind.emoji == *emoji);
                kind.is_some_and(|kind| kind.users.contains(&me)) == *on
            }
            Self::RemovePreview => message.preview.is_none(),
        }
    }

    fn command(&self, thread: ThreadId, seq: Seq) -> Command {
        match self.clone() {
            Self::Edit { body } => EditMessage { thread, seq, body }.into(),
            Self::Delete => DeleteMessage { thread, seq }.into(),
            Self::Hide => HideMessage { thread, seq }.into(),
            Self::React { emoji, on } => React {
                thread,
                seq,
                emoji,
                on,
            }
            .into(),
            Self::RemovePreview => RemovePreview { thread, seq }.into(),
        }
    }
}

fn full_error() -> ApiError {
    ApiError::new(
        ErrorCode::StorageFull,
        format!("{OUTBOX_MAX} changes are still waiting to be sent. Make this one again once they are gone."),
    )
}
