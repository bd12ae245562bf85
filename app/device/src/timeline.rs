//! Which rows of a thread are on screen, and where its unread divider stands.
//!
//! A window over [`History`]: at most [`limits::WINDOW_ROWS`] rows, following the newest message unless the person
//! scrolled up. Unconfirmed messages of this device come last and never move a confirmed one.

use std::collections::BTreeSet;

use tidings_protocol::{LocalId, Message, Seq, Thread, UserId, limits};

use crate::{
    history::History,
    io::{Progress, Unsent},
    view::{Row, Timeline},
};

/// Rows shown when a thread is opened, and added or dropped at a time.
const STEP: i64 = limits::PAGE_MESSAGES as i64;
/// Rows of the window.
const ROWS: i64 = limits::WINDOW_ROWS as i64;

/// What is shown of a history.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    /// The first row; `None` shows as many as fit.
    start: Option<Seq>,
    /// The last row; `None` follows the newest.
    end: Option<Seq>,
}

impl Window {
    /// The bounds as they come out for what is loaded.
    fn bounds(&self, history: &History) -> Option<(i64, i64)> {
        let first = history.first()?.0;
        let last = self.end.map_or(history.end().0, |end| end.0.min(history.end().0));
        let start = self.start.map_or(first, |start| start.0.clamp(first, last));
        Some((start.max(last - ROWS + 1), last))
    }

    /// Shows the newest rows, and `mark` with them if it is near.
    pub(crate) fn latest(&mut self, history: &History, mark: Option<Seq>) {
        self.end = None;
        let newest = history.end().0 - STEP + 1;
        let wanted = mark.map_or(newest, |mark| newest.min(mark.0 - 1));
        self.start = history
            .first()
            .map(|_| Seq(wanted.max(history.end().0 - ROWS + 1)));
    }

    /// Shows rows before the shown ones. False if none are loaded.
    pub(crate) fn older(&mut self, history: &History) -> bool {
        let (Some((start, end)), Some(first)) = (self.bounds(history), history.first()) else {
            return false;
        };
        if start <= first.0 {
            return false;
        }
        let start = (start - STEP).max(first.0);
        self.start = Some(Seq(start));
        if end - start >= ROWS {
            self.end = Some(Seq(start + ROWS - 1));
        }
        true
    }

    /// Shows rows after the shown ones. False if there are none.
    pub(crate) fn newer(&mut self, history: &History) -> bool {
        let (Some((start, end)), Some(_)) = (self.bounds(history), self.end) else {
            return false;
        };
        let end = end + STEP;
        self.end = (end < history.end().0).then_some(Seq(end));
        self.start = Some(Seq(start.max(end.min(history.end().0) - ROWS + 1)));
        true
    }

    /// Shows the message at `seq` with what is around it.
    pub(crate) fn around(&mut self, history: &History, seq: Seq) {
        let end = seq.0.saturating_add(STEP / 2);
        self.start = Some(Seq(seq.0.saturating_sub(STEP / 2)));
        self.end = (end < history.end().0).then_some(Seq(end));
    }

    /// The same rows, and none after `end` for now.
    pub(crate) fn up_to(&self, end: Seq) -> Self {
        Self {
            start: self.start,
            end: self.end.or(Some(end)),
        }
    }

    /// The same rows, once what is loaded has become part of `whole`.
    pub(crate) fn within(&self, part: &History, whole: &History) -> Self {
        let Some((start, end)) = self.bounds(part) else {
            return *self;
        };
        Self {
            start: Some(Seq(start)),
            end: (end < whole.end().0).then_some(Seq(end)),
        }
    }

    pub(crate) fn follows(&self) -> bool {
        self.end.is_none()
    }
}

/// Where the unread divider stands: before the first message of others in `(after, until]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Divider {
    pub(crate) after: Seq,
    pub(crate) until: Seq,
}

impl Divider {
    /// The message it stands before, once the first one after the mark is loaded.
    pub(crate) fn stands_before(self, history: &History, me: UserId) -> Option<Seq> {
        if !history.covers(self.after, self.after.next().min(self.until)) {
            return None;
        }
        history
            .between(self.after, self.until)
            .find(|message| message.sender != me)
            .map(|message| message.seq)
    }
}

/// The rows of a window, landed and unsent messages included when it follows the newest; never when what is loaded is an
/// `excerpt` that does not reach to the newest.
pub(crate) fn rows<'a>(
    window: &Window,
    history: &History,
    excerpt: bool,
    thread: &Thread,
    me: UserId,
    unsent: impl Iterator<Item = (&'a Unsent, Progress)>,
) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some((start, end)) = window.bounds(history) {
        rows.extend(
            history
                .between(Seq(start - 1), Seq(end))
                .map(|message| row(message, thread, me)),
        );
    }
    if !excerpt && (window.follows() || rows.is_empty()) {
        rows.extend(history.landed().iter().map(|message| row(message, thread, me)));
        rows.extend(unsent.map(|(unsent, progress)| unsent_row(unsent, progress, me)));
    }
    rows.drain(..rows.len().saturating_sub(limits::WINDOW_ROWS));
    part_keys(&mut rows, history);
    rows
}

fn row(message: &Message, thread: &Thread, me: UserId) -> Row {
    let mine = message.sender == me;
    Row {
        key: message.local_id,
        seq: Some(message.seq),
        id: Some(message.id),
        sender: message.sender,
        mine,
        content: message.content.clone(),
        reply_to: message.reply_to,
        forwarded: message.forwarded,
        at: message.sent_at,
        edited_at: message.edited_at,
        reactions: message.reactions.clone(),
        preview: message.preview.clone(),
        progress: mine.then(|| progress(message.seq, thread, me)),
        amended: false,
        refused: Vec::new(),
    }
}

fn unsent_row(unsent: &Unsent, progress: Progress, me: UserId) -> Row {
    Row {
        key: unsent.local_id,
        seq: None,
        id: None,
        sender: me,
        mine: true,
        content: unsent.content(),
        reply_to: unsent.reply_to,
        forwarded: unsent.forwarded,
        at: unsent.written_at,
        edited_at: None,
        reactions: Vec::new(),
        preview: None,
        progress: Some(progress),
        amended: false,
        refused: Vec::new(),
    }
}

/// How far one's own stored message has got: as far as with the member who is furthest behind.
pub(crate) fn progress(seq: Seq, thread: &Thread, me: UserId) -> Progress {
    let others = || thread.members.iter().filter(|member| member.user != me);
    let least_read = others().map(|member| member.read_seq).min();
    let least_delivered = others()
        .map(|member| member.delivered_seq.max(member.read_seq))
        .min();
    if least_read.is_some_and(|read| read >= seq) {
        Progress::Read
    } else if least_delivered.is_some_and(|delivered| delivered >= seq) {
        Progress::Delivered
    } else {
        Progress::Sent
    }
}

/// Local ids are unique only per sender. Somebody who copies another's gets the message's own id as a key, so that
/// no two rows share one.
fn part_keys(rows: &mut [Row], history: &History) {
    let mut taken: BTreeSet<LocalId> = rows.iter().filter(|row| row.mine).map(|row| row.key).collect();
    for row in rows.iter_mut().filter(|row| !row.mine) {
        if !taken.insert(row.key)
            && let Some(seq) = row.seq
            && let Some(message) = history.between(Seq(seq.0 - 1), seq).next()
        {
            row.key = LocalId(message.id.0);
        }
    }
}

impl Timeline {
    /// A thread of which nothing is known but what this device wants to say in it.
    pub(crate) fn unknown<'a>(me: UserId, unsent: impl Iterator<Item = (&'a Unsent, Progress)>) -> Self {
        Self {
            rows: unsent
                .map(|(unsent, progress)| unsent_row(unsent, progress, me))
                .collect(),
            ..Self::default()
        }
    }
}
