//! Where what this person made of messages meets the messages: taken in, shown at once, confirmed or refused.

use tidings_protocol::{
    ApiError, Content, Event, LocalId, Reply, ThreadId, UserId, markup::first_link, message::set_reaction,
};

use crate::{
    Device,
    inbound::misfit,
    io::{Act, Amendment, Change, Which},
    rewritten,
    turn::Turn,
    view::{Refusal, Row},
};

impl Device {
    /// Does to a message what the person wants: in the outbox if it surely is nowhere else, else by asking the server.
    pub(crate) fn amend(&mut self, turn: &mut Turn, thread: ThreadId, message: Which, act: Act) {
        self.activity.touched(turn.now);
        let message = match message {
            Which::Unsent(local_id) if !self.outbox.holds(local_id) => {
                match self.store.stored_as(thread, local_id) {
                    Some(seq) => Which::Stored(seq),
                    None => return,
                }
            }
            Which::Unsent(_) | Which::Stored(_) => message,
        };
        if let Which::Unsent(local_id) = message {
            if self.is_undone(turn, local_id, &act) {
                return;
            }
            // Nobody else sees it yet, and no page was looked at for it.
            if let Act::React { .. } | Act::RemovePreview = act {
                return;
            }
        }
        let known = match message {
            Which::Stored(seq) => self.store.message(thread, seq),
            Which::Unsent(_) => None,
        };
        let known = known.map(|message| (message, self.store.me.id));
        self.amendments.amend(turn, (thread, message), act, known);
        rewritten(turn, Some(thread));
    }

    /// Whether it could be done to a message that has never left this device.
    fn is_undone(&mut self, turn: &mut Turn, local_id: LocalId, act: &Act) -> bool {
        let thread = match act {
            Act::Edit { body } => self.outbox.rewrite(turn, local_id, body),
            Act::Delete | Act::Hide => self.outbox.discard(turn, local_id),
            Act::React { .. } | Act::RemovePreview => None,
        };
        rewritten(turn, thread);
        thread.is_some()
    }

    /// The person throws something away that waits or was refused.
    pub(crate) fn discard(&mut self, turn: &mut Turn, id: LocalId) {
        let thread = self.outbox.discard(turn, id);
        if thread.is_some() {
            self.amendments.take_unsent(turn, id);
        }
        rewritten(turn, thread);
        let thread = self.amendments.discard(turn, id);
        rewritten(turn, thread);
    }

    /// A message of this device was refused, so that what should have become of it can be done here.
    pub(crate) fn amend_refused(&mut self, turn: &mut Turn, local_id: LocalId) {
        for act in self.amendments.take_unsent(turn, local_id) {
            self.is_undone(turn, local_id, &act);
        }
    }

    /// The server has answered an amendment.
    pub(crate) fn amended(&mut self, turn: &mut Turn, id: LocalId, result: Result<Reply, ApiError>) {
        match result {
            // The answer may come before the event, and must not make the message look like before in between.
            Ok(Reply::Message(message)) => {
                if let Some(Amendment { thread, .. }) = self.amendments.confirm(turn, id) {
                    rewritten(turn, Some(thread));
                }
                self.store.apply(turn, Event::MessageChanged { message });
            }
            Ok(Reply::Done) => {
                if let Some(hidden) = self.amendments.confirm(turn, id) {
                    self.hidden(turn, &hidden);
                }
            }
            Ok(_) => self.amendment_refused(turn, id, misfit()),
            Err(error) => self.amendment_refused(turn, id, error),
        }
    }

    /// The server has hidden a message from this person.
    fn hidden(&mut self, turn: &mut Turn, amendment: &Amendment) {
        let thread = amendment.thread;
        if let (Act::Hide, Which::Stored(seq)) = (&amendment.act, amendment.message) {
            self.store.apply(turn, Event::MessageHidden { thread, seq });
        }
        rewritten(turn, Some(thread));
    }

    fn amendment_refused(&mut self, turn: &mut Turn, id: LocalId, error: ApiError) {
        let Some(thread) = self.amendments.refused(turn, id, error) else {
            return;
        };
        // Nobody can see it any more.
        if !self.store.threads.contains_key(&thread) {
            self.amendments.discard(turn, id);
        }
        rewritten(turn, Some(thread));
    }

    /// Has everything redrawn that is shown as this device has changed it.
    pub(crate) fn redraw_amended(&self, turn: &mut Turn) {
        for amendment in self.amendments.all() {
            turn.changed(Change::Timeline(amendment.thread));
            turn.changed(Change::Threads);
        }
    }

    /// Shows rows as this device has changed them.
    pub(crate) fn amend_rows(&self, thread: ThreadId, rows: &mut [Row]) {
        let me = self.store.me.id;
        for amendment in self.amendments.of(thread) {
            let row = match amendment.message {
                Which::Stored(seq) => rows.iter_mut().find(|row| row.seq == Some(seq)),
                Which::Unsent(local_id) => rows
                    .iter_mut()
                    .find(|row| row.seq.is_none() && row.key == local_id),
            };
            if let Some(row) = row {
                row.amend(amendment, me);
            }
        }
    }

    /// What a message holds as this device has changed it.
    pub(crate) fn amended_content(&self, thread: ThreadId, message: Which, content: Content) -> Content {
        let amendments = self.amendments.of(thread);
        let waiting =
            amendments.filter(|amendment| amendment.message == message && amendment.refused.is_none());
        waiting.fold(content, |content, amendment| match (&amendment.act, content) {
            // Somebody has deleted it meanwhile: the server will say so.
            (Act::Hide, _) | (_, Content::Hidden) => Content::Hidden,
            (_, Content::Deleted) | (Act::Delete, _) => Content::Deleted,
            (Act::Edit { body }, content) => content.edited(body.clone()),
            (Act::React { .. } | Act::RemovePreview, content) => content,
        })
    }
}

impl Row {
    fn amend(&mut self, amendment: &Amendment, me: UserId) {
        if let Some(error) = &amendment.refused {
            self.refused.push(Refusal {
                id: amendment.id,
                act: amendment.act.clone(),
                error: error.clone(),
            });
            return;
        }
        self.amended = true;
        match &amendment.act {
            Act::Hide => {
                self.content = Content::Hidden;
                self.preview = None;
            }
            // Somebody has deleted it meanwhile: the server will say so.
            _ if matches!(self.content, Content::Deleted | Content::Hidden) => {}
            Act::Edit { body } => {
                // Of another link the server tells once it has looked.
                if self.preview.is_some() && first_link(self.content.text()) != first_link(body.as_str()) {
                    self.preview = None;
                }
                self.content = self.content.clone().edited(body.clone());
                self.edited_at = Some(amendment.made_at);
            }
            Act::Delete => {
                self.content = Content::Deleted;
                self.edited_at = None;
                self.reactions.clear();
                self.preview = None;
            }
            Act::React { emoji, on } => set_reaction(&mut self.reactions, emoji, me, *on),
            Act::RemovePreview => self.preview = None,
        }
    }
}
