//! What a frame from the server changes.

use std::time::Duration;

use tidings_protocol::{
    ApiError, ErrorCode, Event, LocalId, Message, Position, Presence, Reply, Seq, ServerFrame, Signal,
    Snapshot, Timestamp,
};

use crate::{
    Device,
    calls::Purpose,
    conversation::Conversation,
    io::{Change, Effect},
    link::Beaten,
    store::News,
    turn::Turn,
};

/// After a page or mark could not be had for a passing reason, it is asked for again after this, or later if the
/// server says so.
const ASK_AGAIN_SECONDS: u32 = 2;

impl Device {
    pub(crate) fn take(&mut self, turn: &mut Turn, frame: ServerFrame) {
        self.link.heard(turn.now);
        match frame {
            ServerFrame::Welcome {
                version,
                connection: _,
                user,
                session,
                snapshot,
            } => {
                if !self.link.awaits_welcome() {
                    return;
                }
                // Somebody else signed in on this browser: what is here is not theirs.
                if user != self.store.me.id {
                    self.link.signed_out(turn);
                    return;
                }
                self.store.session = session;
                self.welcome(turn, version, snapshot);
            }
            ServerFrame::Event { position, event } => {
                if self.link.is_welcomed() {
                    let before = self.link.position();
                    self.link.counted(position);
                    self.event(turn, event, before);
                }
            }
            ServerFrame::Signal { signal } => {
                if self.link.is_welcomed() {
                    self.signal(turn, signal);
                }
            }
            ServerFrame::Reply { id, reply } => self.answer(turn, id, Ok(reply)),
            ServerFrame::Refused { id, error } => self.answer(turn, id, Err(error)),
            ServerFrame::Beat { head, sent } => self.beat(turn, head, sent),
            // The server says that it did not understand something: nothing waits for that answer.
            ServerFrame::Error { .. } | ServerFrame::Unknown => {}
        }
    }

    fn welcome(&mut self, turn: &mut Turn, version: u16, snapshot: Option<Box<Snapshot>>) {
        let before = self.epoch;
        let fresh = snapshot.as_ref().map(|snapshot| snapshot.position);
        if !self.link.welcomed(turn, version, fresh) {
            return;
        }
        let Some(snapshot) = snapshot else { return };
        self.epoch = snapshot.position.epoch;
        let presences = snapshot.presences.clone();
        self.store.replace(turn, *snapshot, before == self.epoch);
        for user in self.roll.apply(&presences) {
            turn.changed(Change::Presence(user));
        }
        self.delivery.restart();
        self.early.clear();
        if self.store.has_undelivered() {
            self.delivery.received(turn.now, None);
        }
        self.drop_stored(turn);
    }

    fn event(&mut self, turn: &mut Turn, event: Event, before: Option<Position>) {
        if let Event::MessageSent { message } = &event {
            let was_early = self.early.remove(&(message.thread, message.seq));
            let known = self.store.threads.get(&message.thread);
            // A place is given once. Another message there, from an answer or a page that came before its event, means that
            // a backup has undone it. One that comes for a place whose event has been here is a mistake, and costs nothing.
            if known.is_some_and(|known| {
                (was_early || message.seq > known.last_seq) && known.is_otherwise(message)
            }) {
                self.link.start_afresh(turn);
                return;
            }
        }
        match self.store.apply(turn, event) {
            News::None => {}
            News::Received {
                thread,
                from,
                notifies,
            } => {
                self.alerts.extend(notifies.map(|message| (thread, message)));
                if self.typists.stopped(thread, from) {
                    turn.changed(Change::Typing(thread));
                }
                self.delivery.received(turn.now, before);
            }
            News::Left { thread, user } => {
                let forgotten = if user == self.store.me.id {
                    self.typists.leave(thread)
                } else {
                    self.typists.stopped(thread, user)
                };
                if forgotten {
                    turn.changed(Change::Typing(thread));
                }
            }
            News::Confirmed { local_id, seq } => self.confirm(turn, local_id, seq),
            News::Changed { message, notifies } => {
                self.amendments.compare(turn, &message, self.store.me.id);
                let thread = message.thread;
                let waiting = self.alerts.get(&thread).map(|waiting| waiting.seq);
                let is_told = waiting == Some(message.seq);
                if is_told && !self.still_notifies(turn, &message) {
                    self.alerts.remove(&thread);
                } else if is_told || (notifies && waiting < Some(message.seq)) {
                    // Told as it is now, and not in the place of one that came after it.
                    self.alerts.insert(thread, message);
                }
            }
            News::SessionEnded => self.link.signed_out(turn),
        }
    }

    fn still_notifies(&self, turn: &Turn, message: &Message) -> bool {
        let known = self.store.threads.get(&message.thread);
        known.is_some_and(|known| known.verdict(message, self.store.me.id, turn.now).notifies())
    }

    fn beat(&mut self, turn: &mut Turn, head: Position, sent: u64) {
        let was_live = self.link.is_live();
        if self.link.beaten(turn, head, sent) == Beaten::Whole {
            let is_restarted = self.epoch != head.epoch;
            self.epoch = head.epoch;
            // A server that has started again since has told of everything it had stored by then. What is missing was
            // undone by a backup that took its database's place.
            let is_ahead = || self.store.threads.values().any(Conversation::is_ahead);
            if is_restarted && (!self.early.is_empty() || is_ahead()) {
                self.link.start_afresh(turn);
                return;
            }
            if !was_live {
                self.prefetch_from = turn.now;
            }
        }
    }

    fn signal(&mut self, turn: &mut Turn, signal: Signal) {
        match signal {
            Signal::TypingStarted { thread, user } => {
                let known = self.store.threads.get(&thread);
                let other = user != self.store.me.id;
                if other
                    && known.is_some_and(|known| known.thread.member(user).is_some())
                    && self.typists.started(turn.now, thread, user)
                {
                    turn.changed(Change::Typing(thread));
                }
            }
            Signal::TypingStopped { thread, user } => {
                if self.typists.stopped(thread, user) {
                    turn.changed(Change::Typing(thread));
                }
            }
            Signal::Presence { presences } => {
                for user in self.roll.apply(&presences) {
                    turn.changed(Change::Presence(user));
                    if self.roll.of(user).presence == Presence::Offline {
                        for thread in self.typists.left(user) {
                            turn.changed(Change::Typing(thread));
                        }
                    }
                }
            }
            Signal::Unknown => {}
        }
    }

    fn answer(&mut self, turn: &mut Turn, id: u64, result: Result<Reply, ApiError>) {
        let Some(purpose) = self.calls.answered(id) else {
            return;
        };
        match purpose {
            Purpose::Ask(question) => turn.effect(Effect::Answered {
                question,
                result: Box::new(result),
            }),
            Purpose::Send(local_id) => match result {
                Ok(Reply::Message(message)) => {
                    if let Some(known) = self.store.threads.get_mut(&message.thread) {
                        if message.seq > known.last_seq {
                            self.early.insert((message.thread, message.seq));
                        }
                        known.land(&message, self.store.me.id);
                    }
                    self.confirm(turn, local_id, message.seq);
                }
                Ok(_) => self.refuse(turn, local_id, misfit()),
                Err(error) => self.refuse(turn, local_id, error),
            },
            Purpose::Amend(id) => self.amended(turn, id, result),
            Purpose::Mark(thread) => {
                let me = self.store.me.id;
                let Some(known) = self.store.threads.get_mut(&thread) else {
                    return;
                };
                let before = known.counts();
                match result {
                    Ok(Reply::ReadMark(mark)) => known.unread.answered(mark),
                    Err(error) if error.code.is_temporary() => {
                        known.unread.postponed(later(turn.now, &error))
                    }
                    Ok(_) | Err(_) => known.unread.refused(&known.history, me, known.last_seq),
                }
                if known.counts() != before {
                    turn.changed(Change::Unread(thread));
                }
            }
            Purpose::Settings(thread) => {
                let Some(known) = self.store.threads.get_mut(&thread) else {
                    return;
                };
                match result {
                    Ok(Reply::ThreadSettings(mark)) => known.settings.answered(Some(&mark)),
                    Err(error) if error.code.is_temporary() => {
                        known.settings.postponed(later(turn.now, &error))
                    }
                    Ok(_) | Err(_) => known.settings.answered(None),
                }
                turn.changed(Change::Threads);
            }
            Purpose::Fetch(thread) => {
                let Some(known) = self.store.threads.get_mut(&thread) else {
                    return;
                };
                let asked = known.asked.take();
                let unread = known.unread.count();
                let missing = known.missing();
                match result {
                    // A page that leaves the same question open must not make it asked for ever.
                    Ok(Reply::Page(page))
                        if page.thread == thread && known.take(&page, asked, self.store.me.id) =>
                    {
                        known.gave_up = known.missing().is_some() && known.missing() == missing;
                    }
                    Err(error) if error.code.is_temporary() => {
                        known.fetch_from = Some(later(turn.now, &error))
                    }
                    Ok(_) | Err(_) => known.refused(asked),
                }
                if known.unread.count() != unread {
                    turn.changed(Change::Unread(thread));
                }
                turn.changed(Change::Timeline(thread));
                self.drop_stored(turn);
            }
        }
    }

    /// The server has an own message: nothing is left to send of it. What was made of it meanwhile can go to its place, and
    /// is kept like that before the message is forgotten: after a reload in between, both are there.
    fn confirm(&mut self, turn: &mut Turn, local_id: LocalId, seq: Seq) {
        self.amendments.stored(turn, local_id, seq);
        if let Some(thread) = self.outbox.confirm(turn, local_id) {
            turn.changed(Change::Timeline(thread));
            turn.changed(Change::Threads);
        }
    }

    fn refuse(&mut self, turn: &mut Turn, local_id: LocalId, error: ApiError) {
        if let Some(thread) = self.outbox.refused(turn, local_id, error) {
            self.amend_refused(turn, local_id);
            turn.changed(Change::Timeline(thread));
            turn.changed(Change::Threads);
        }
    }

    /// Drops unsent messages that turn out to be stored.
    pub(crate) fn drop_stored(&mut self, turn: &mut Turn) {
        let stored: Vec<_> = self
            .outbox
            .unsent()
            .filter_map(|unsent| {
                let seq = self.store.stored_as(unsent.thread, unsent.local_id)?;
                Some((unsent.local_id, seq))
            })
            .collect();
        for (local_id, seq) in stored {
            self.confirm(turn, local_id, seq);
        }
    }
}

fn later(now: Timestamp, error: &ApiError) -> Timestamp {
    now + Duration::from_secs(error.retry_after.unwrap_or(ASK_AGAIN_SECONDS).into())
}

/// What to make of an answer that answers something else.
pub(crate) fn misfit() -> ApiError {
    ApiError::new(
        ErrorCode::Internal,
        "The server's answer does not fit the question.",
    )
}
