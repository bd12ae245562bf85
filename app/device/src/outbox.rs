//! Messages on their way out: Saving → Ready → InFlight → confirmed, or Refused. One with files is sent once the server
//! has them all, and lets others pass until then.
//!
//! What must hold: a message keeps its local id for life, so sending it again is harmless; within a thread the next
//! one waits until the one before is confirmed or refused, so the order of writing is the order of storing; nothing
//! is sent before the device's storage has answered, or has been silent for [`STORAGE_PATIENCE`]; nothing is given to
//! storage before it has said what it keeps from before, so what it gives back in the order of [`Unsent::written_at`]
//! comes in the order of writing, whatever the clock did between two pages.

use std::{collections::BTreeSet, time::Duration};

use fastrand::Rng;
use tidings_protocol::{
    ApiError, Attachment, AttachmentId, Body, ErrorCode, LocalId, Seq, ThreadId, Timestamp,
    command::{Origin, SendMessage},
    limits::OUTBOX_MAX,
};
use uuid::Builder;

use crate::{
    backoff::Backoff,
    io::{Effect, Progress, Unsent},
    turn::Turn,
};

/// How long storage may take to answer. One that hangs, as browsers' do at times, must not keep messages from being
/// sent; it counts as one that keeps nothing.
const STORAGE_PATIENCE: Duration = Duration::from_secs(2);

/// The least by which two times of writing differ.
const TICK: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Storage is still saying what it kept from before.
    Waiting,
    /// Storage has been asked to keep it, and has until then to answer.
    Saving { until: Timestamp },
    /// May be sent from then on. After a lost connection also: perhaps stored, perhaps not.
    Ready { from: Timestamp },
    /// Sent on this connection.
    InFlight,
    /// Refused for good; waits for the person.
    Refused,
}

#[derive(Debug)]
struct Entry {
    unsent: Unsent,
    stage: Stage,
    /// Whether the server may know it already, from any earlier try.
    tried: bool,
    /// False once storage has said that it does not keep it, or has not answered.
    kept: bool,
    /// How many answers of storage are about an older text of it.
    outdated: u32,
    backoff: Backoff,
}

/// A message as it was written.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) body: Option<Body>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) uploads: Vec<AttachmentId>,
    pub(crate) reply_to: Option<Seq>,
    pub(crate) forwarded: bool,
    pub(crate) files_of: Option<Origin>,
}

/// Whether storage has said what it kept from before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loading {
    NotBegun,
    Until(Timestamp),
    Done,
}

#[derive(Debug)]
pub(crate) struct Outbox {
    /// In the order of writing.
    entries: Vec<Entry>,
    loading: Loading,
    /// What storage last answered, silence being a no.
    keeps: bool,
    /// When the newest message was written: later than all before it, whatever the clock does, since storage gives
    /// them back in this order.
    last_written: Timestamp,
    /// The server asked for a pause.
    paused_until: Option<Timestamp>,
    rng: Rng,
}

impl Outbox {
    pub(crate) fn new(rng: Rng) -> Self {
        Self {
            entries: Vec::new(),
            loading: Loading::NotBegun,
            keeps: true,
            last_written: Timestamp::default(),
            paused_until: None,
            rng,
        }
    }

    /// Whether unsent messages survive a reload.
    pub(crate) fn keeps(&self) -> bool {
        self.keeps && self.entries.iter().all(|entry| entry.kept)
    }

    pub(crate) fn unsent(&self) -> impl Iterator<Item = &Unsent> {
        self.entries.iter().map(|entry| &entry.unsent)
    }

    /// The messages of a thread, and how far each has got.
    pub(crate) fn of(&self, thread: ThreadId) -> impl DoubleEndedIterator<Item = (&Unsent, Progress)> {
        self.entries
            .iter()
            .filter(move |entry| entry.unsent.thread == thread)
            .map(|entry| (&entry.unsent, entry.progress()))
    }

    /// Storage has been asked what it keeps.
    pub(crate) fn start(&mut self, now: Timestamp) {
        if self.loading == Loading::NotBegun {
            self.loading = Loading::Until(now + STORAGE_PATIENCE);
        }
    }

    /// Stops waiting for a storage that does not answer. Gives the threads in which that changes something.
    pub(crate) fn tick(&mut self, turn: &mut Turn) -> Vec<ThreadId> {
        let now = turn.now;
        if matches!(self.loading, Loading::Until(until) if until <= now) {
            self.loading = Loading::Done;
            self.save_waiting(turn, Duration::ZERO);
        }
        let mut changed = Vec::new();
        for entry in &mut self.entries {
            if matches!(entry.stage, Stage::Saving { until } if until <= now) {
                entry.stage = Stage::Ready { from: now };
                entry.kept = false;
                entry.outdated = 0;
                self.keeps = false;
                changed.push(entry.unsent.thread);
            }
        }
        changed
    }

    /// When [`Self::tick`] has something to do.
    pub(crate) fn storage_deadline(&self) -> Option<Timestamp> {
        let loading = match self.loading {
            Loading::Until(until) => Some(until),
            Loading::NotBegun | Loading::Done => None,
        };
        let saving = self.entries.iter().filter_map(|entry| match entry.stage {
            Stage::Saving { until } => Some(until),
            Stage::Waiting | Stage::Ready { .. } | Stage::InFlight | Stage::Refused => None,
        });
        saving.chain(loading).min()
    }

    /// Whether anything could be sent now or soon; less urgent traffic waits for it.
    pub(crate) fn is_busy(&self, now: Timestamp) -> bool {
        self.entries.iter().any(|entry| match entry.stage {
            Stage::InFlight => true,
            Stage::Ready { from } => from <= now && entry.unsent.uploads.is_empty(),
            Stage::Waiting | Stage::Saving { .. } | Stage::Refused => false,
        })
    }

    /// Takes a message just written, and asks storage to keep it.
    pub(crate) fn write(&mut self, turn: &mut Turn, thread: ThreadId, written: Written) -> LocalId {
        let local_id = mint(&mut self.rng, turn.now);
        let full = self.is_full();
        let Written {
            body,
            attachments,
            uploads,
            reply_to,
            forwarded,
            files_of,
        } = written;
        let copied = if files_of.is_some() { attachments.len() } else { 0 };
        let copies = (0..copied)
            .map(|_| AttachmentId(mint(&mut self.rng, turn.now).0))
            .collect();
        if !full {
            uploads.iter().for_each(|id| turn.effect(Effect::Upload(*id)));
        }
        self.entries.push(Entry {
            unsent: Unsent {
                local_id,
                thread,
                body,
                attachments,
                uploads,
                reply_to,
                forwarded,
                files_of,
                copies,
                written_at: turn.now,
                refused: full.then(full_error),
            },
            stage: if full { Stage::Refused } else { Stage::Waiting },
            tried: false,
            kept: true,
            outdated: 0,
            backoff: Backoff::default(),
        });
        if self.loading == Loading::Done {
            self.save_waiting(turn, STORAGE_PATIENCE);
        }
        local_id
    }

    /// Asks storage to keep what has waited for that, as written after everything it had. It has `patience` to answer.
    fn save_waiting(&mut self, turn: &mut Turn, patience: Duration) {
        let until = turn.now + patience;
        for entry in &mut self.entries {
            if entry.stage == Stage::Waiting {
                let written_at = entry.unsent.written_at.max(self.last_written + TICK);
                self.last_written = written_at;
                entry.unsent.written_at = written_at;
                entry.stage = Stage::Saving { until };
                turn.effect(Effect::Save(entry.unsent.clone()));
            }
        }
    }

    /// Storage has answered for a message. Gives its thread if that changes how far it has got.
    pub(crate) fn saved(&mut self, now: Timestamp, local_id: LocalId, kept: bool) -> Option<ThreadId> {
        self.keeps = kept;
        let entry = self.entry(local_id)?;
        entry.kept = kept;
        // While an older text of it may be what is kept, it must not go: after a reload that one would go too.
        if entry.outdated > 0 {
            entry.outdated -= 1;
            return None;
        }
        if !matches!(entry.stage, Stage::Saving { .. }) {
            return None;
        }
        entry.stage = Stage::Ready { from: now };
        Some(entry.unsent.thread)
    }

    /// What storage kept from before: older than everything written since the start.
    pub(crate) fn load(&mut self, turn: &mut Turn, kept: Vec<Unsent>) {
        self.loading = Loading::Done;
        let now = turn.now;
        let known: BTreeSet<LocalId> = self.unsent().map(|unsent| unsent.local_id).collect();
        let mut kept: Vec<Unsent> = kept
            .into_iter()
            .filter(|unsent| !known.contains(&unsent.local_id))
            .collect();
        kept.sort_by_key(|unsent| (unsent.written_at, unsent.local_id));
        kept.dedup_by_key(|unsent| unsent.local_id);
        if let Some(last) = kept.last() {
            self.last_written = self.last_written.max(last.written_at);
        }
        let mut entries: Vec<Entry> = kept
            .into_iter()
            .inspect(|unsent| {
                if unsent.refused.is_none() {
                    unsent
                        .uploads
                        .iter()
                        .for_each(|id| turn.effect(Effect::Upload(*id)));
                }
            })
            .map(|unsent| Entry {
                stage: if unsent.refused.is_some() {
                    Stage::Refused
                } else {
                    Stage::Ready { from: now }
                },
                tried: unsent.uploads.is_empty(),
                unsent,
                kept: true,
                outdated: 0,
                backoff: Backoff::default(),
            })
            .collect();
        entries.append(&mut self.entries);
        self.entries = entries;
        self.save_waiting(turn, STORAGE_PATIENCE);
    }

    /// The next message that may be sent, which is in flight from then on.
    pub(crate) fn next(&mut self, now: Timestamp) -> Option<SendMessage> {
        if self.loading != Loading::Done || self.paused_until.is_some_and(|until| until > now) {
            return None;
        }
        let mut waiting: BTreeSet<ThreadId> = BTreeSet::new();
        for entry in &mut self.entries {
            // What waits for an upload doesn't hold up what was written after it.
            if entry.stage == Stage::Refused || !entry.unsent.uploads.is_empty() {
                continue;
            }
            // Only the first unfinished message of a thread may go.
            if !waiting.insert(entry.unsent.thread) {
                continue;
            }
            if matches!(entry.stage, Stage::Ready { from } if from <= now) {
                entry.stage = Stage::InFlight;
                entry.tried = true;
                return Some(SendMessage {
                    thread: entry.unsent.thread,
                    local_id: entry.unsent.local_id,
                    body: entry.unsent.body.clone(),
                    attachments: match entry.unsent.files_of {
                        Some(_) => entry.unsent.copies.clone(),
                        None => entry.unsent.attachments.iter().map(|file| file.id).collect(),
                    },
                    reply_to: entry.unsent.reply_to,
                    forwarded: entry.unsent.forwarded,
                    files_of: entry.unsent.files_of,
                });
            }
        }
        None
    }

    /// When [`Self::next`] may have something that it hasn't now.
    pub(crate) fn deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let paused = self.paused_until.filter(|until| *until > now);
        let ready = self.entries.iter().filter_map(|entry| match entry.stage {
            Stage::Ready { from } => Some(from).filter(|from| *from > now),
            Stage::Waiting | Stage::Saving { .. } | Stage::InFlight | Stage::Refused => None,
        });
        ready.chain(paused).min()
    }

    /// The server has a file. Gives the threads whose messages wait for it no longer.
    pub(crate) fn uploaded(&mut self, turn: &mut Turn, attachment: &Attachment) -> Vec<ThreadId> {
        let mut changed = Vec::new();
        for entry in &mut self.entries {
            let known = entry
                .unsent
                .attachments
                .iter_mut()
                .find(|known| known.id == attachment.id);
            let Some(known) = known else {
                continue;
            };
            known.clone_from(attachment);
            let waited = entry.unsent.uploads.len();
            entry.unsent.uploads.retain(|id| *id != attachment.id);
            if entry.unsent.uploads.len() < waited {
                // One that storage has not been asked to keep is kept as it is now.
                if entry.stage != Stage::Waiting {
                    if matches!(entry.stage, Stage::Saving { .. }) {
                        entry.outdated += 1;
                    }
                    turn.effect(Effect::Save(entry.unsent.clone()));
                }
                changed.push(entry.unsent.thread);
            }
        }
        changed
    }

    /// A file was refused. Gives the threads whose messages have failed with it.
    pub(crate) fn upload_refused(
        &mut self,
        turn: &mut Turn,
        attachment: AttachmentId,
        error: &ApiError,
    ) -> Vec<ThreadId> {
        let mut changed = Vec::new();
        for entry in &mut self.entries {
            if entry.stage != Stage::Refused && entry.unsent.uploads.contains(&attachment) {
                entry.stage = Stage::Refused;
                entry.unsent.refused = Some(error.clone());
                turn.effect(Effect::Save(entry.unsent.clone()));
                changed.push(entry.unsent.thread);
            }
        }
        changed
    }

    /// The server has it. False if it isn't ours or was confirmed before.
    pub(crate) fn confirm(&mut self, turn: &mut Turn, local_id: LocalId) -> Option<ThreadId> {
        let index = self.index(local_id)?;
        let entry = self.entries.remove(index);
        turn.effect(Effect::Forget(local_id));
        Some(entry.unsent.thread)
    }

    /// The server refused it: sent again later if that may help, else it waits for the person.
    pub(crate) fn refused(
        &mut self,
        turn: &mut Turn,
        local_id: LocalId,
        error: ApiError,
    ) -> Option<ThreadId> {
        let mut rng = self.rng.fork();
        let entry = self.entry(local_id)?;
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
        entry.stage = Stage::Refused;
        entry.unsent.refused = Some(error);
        turn.effect(Effect::Save(entry.unsent.clone()));
        Some(entry.unsent.thread)
    }

    /// The connection is gone: what was in flight may or may not be stored, and is sent again under its id.
    pub(crate) fn lost(&mut self, now: Timestamp) {
        for entry in &mut self.entries {
            if entry.stage == Stage::InFlight {
                entry.stage = Stage::Ready { from: now };
            }
        }
        self.paused_until = None;
    }

    /// The person wants a failed message sent again.
    pub(crate) fn retry(&mut self, turn: &mut Turn, local_id: LocalId) -> Option<ThreadId> {
        let full = self.is_full();
        let entry = self.entry(local_id)?;
        let was_kept = entry.unsent.refused.as_ref() != Some(&full_error());
        if entry.stage != Stage::Refused || (full && !was_kept) {
            return None;
        }
        entry.unsent.refused = None;
        entry.stage = Stage::Saving {
            until: turn.now + STORAGE_PATIENCE,
        };
        entry.backoff.reset();
        entry
            .unsent
            .uploads
            .iter()
            .for_each(|id| turn.effect(Effect::Upload(*id)));
        turn.effect(Effect::Save(entry.unsent.clone()));
        Some(entry.unsent.thread)
    }

    /// Puts another text in the place of a message that the server surely doesn't have. `None` if it may have it.
    pub(crate) fn rewrite(&mut self, turn: &mut Turn, local_id: LocalId, body: &Body) -> Option<ThreadId> {
        let entry = self.entry(local_id)?;
        match entry.stage {
            Stage::Refused => {}
            Stage::Saving { .. } | Stage::Ready { .. } if !entry.tried => {
                if matches!(entry.stage, Stage::Saving { .. }) {
                    entry.outdated += 1;
                }
                entry.stage = Stage::Saving {
                    until: turn.now + STORAGE_PATIENCE,
                };
            }
            Stage::Waiting => {
                entry.unsent.body = Some(body.clone());
                return Some(entry.unsent.thread);
            }
            Stage::Saving { .. } | Stage::Ready { .. } | Stage::InFlight => return None,
        }
        entry.unsent.body = Some(body.clone());
        // One that there was no room for is not kept.
        if entry.unsent.refused.as_ref() != Some(&full_error()) {
            turn.effect(Effect::Save(entry.unsent.clone()));
        }
        Some(entry.unsent.thread)
    }

    /// The person throws a message away. One that is in flight stays: the server may have it.
    pub(crate) fn discard(&mut self, turn: &mut Turn, local_id: LocalId) -> Option<ThreadId> {
        let index = self.index(local_id)?;
        let entry = self.entries.get(index)?;
        if entry.stage != Stage::Refused && entry.tried {
            return None;
        }
        self.confirm(turn, local_id)
    }

    fn is_full(&self) -> bool {
        let kept = self
            .entries
            .iter()
            .filter(|entry| entry.unsent.refused.as_ref() != Some(&full_error()));
        kept.count() >= OUTBOX_MAX
    }

    fn index(&self, local_id: LocalId) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| entry.unsent.local_id == local_id)
    }

    fn entry(&mut self, local_id: LocalId) -> Option<&mut Entry> {
        self.entries
            .iter_mut()
            .find(|entry| entry.unsent.local_id == local_id)
    }

    /// Whether storage has said what it kept from before, or is no longer waited for.
    pub(crate) fn has_loaded(&self) -> bool {
        self.loading == Loading::Done
    }

    /// Whether a message waits here.
    pub(crate) fn holds(&self, local_id: LocalId) -> bool {
        self.index(local_id).is_some()
    }
}

/// A new id of this device.
pub(crate) fn mint(rng: &mut Rng, now: Timestamp) -> LocalId {
    let mut random = [0; 10];
    rng.fill(&mut random);
    let millis = u64::try_from(now.0).unwrap_or(0);
    LocalId(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

impl Entry {
    /// How far it has got.
    fn progress(&self) -> Progress {
        match (&self.unsent.refused, self.stage) {
            (Some(error), _) => Progress::Failed(error.clone()),
            (None, Stage::Waiting | Stage::Saving { .. }) => Progress::Saving,
            (None, Stage::Ready { .. } | Stage::InFlight | Stage::Refused) => Progress::Pending,
        }
    }
}

fn full_error() -> ApiError {
    ApiError::new(
        ErrorCode::StorageFull,
        format!(
            "{OUTBOX_MAX} messages are still waiting to be sent. Send this one again once they are gone."
        ),
    )
}
