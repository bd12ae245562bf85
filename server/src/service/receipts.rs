//! Read and delivery marks, never past the newest message.
//!
//! What the others see of a person's reading only moves forward. Their own read mark, after which messages count as
//! unread for them, can be taken back; it is the same one until they do that.

use std::collections::HashMap;

use futures_util::FutureExt;
use tidings_protocol::{
    Event, Seq, ThreadId, UserId,
    command::{LoadReceipts, MarkRead, MarkUnread},
    reply::{ReadMark, Receipt},
};

use super::{Actor, Caller, Error, access, error::Thing};
use crate::store::{
    Audience, Tx, mentions,
    receipts::{self, Marks},
};

impl Actor {
    /// See [`MarkRead`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member.
    pub async fn mark_read(&self, command: MarkRead) -> Result<ReadMark, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| read(tx, caller, command).boxed())
            .await
    }

    /// See [`MarkUnread`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member; [`Error::Invalid`] when there is no such message.
    pub async fn mark_unread(&self, command: MarkUnread) -> Result<ReadMark, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| unread(tx, caller, command).boxed())
            .await
    }

    /// See [`LoadReceipts`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member and there is such a message.
    pub async fn load_receipts(&self, command: LoadReceipts) -> Result<Vec<Receipt>, Error> {
        let LoadReceipts { thread, seq } = command;
        let mut tx = self.service.read().await?;
        access::live(&mut tx, self.caller).await?;
        let message = access::message(&mut tx, self.caller, thread, seq).await?;
        let mut receipts = receipts::of(&mut tx, thread, seq).await?;
        receipts.retain(|receipt| receipt.user != message.sender);
        Ok(receipts)
    }

    /// Says that messages up to these have reached a device of the caller. Marks that don't move anything forward,
    /// or name a thread that is not the caller's, are passed over.
    ///
    /// # Errors
    /// [`Error::SignedOut`] when the session has ended.
    pub async fn mark_delivered(&self, marks: Vec<(ThreadId, Seq)>) -> Result<(), Error> {
        if marks.is_empty() {
            return Ok(());
        }
        let caller = self.caller;
        self.service
            .write(move |tx| deliver(tx, caller, marks).boxed())
            .await
    }
}

pub(super) async fn read(tx: &mut Tx, caller: Caller, command: MarkRead) -> Result<ReadMark, Error> {
    let (user, old) = standing(tx, caller, command.thread).await?;
    let seq = command.seq.min(old.last);
    let read = old.read.max(seq);
    // A mark from before the person took it back says nothing of what they want now.
    let is_current = command.rewinds.is_none_or(|rewinds| rewinds >= old.rewinds);
    let own = if is_current { old.own.max(seq) } else { old.own };
    let marks = Marks {
        read,
        own,
        delivered: old.delivered.max(read),
        ..old
    };
    let mark = own_mark(tx, user, marks).await?;
    if marks != old {
        receipts::set(tx, user, old, marks).await?;
    }
    if read > old.read {
        let (thread, seq) = (old.thread, read);
        tx.emit(
            Audience::Thread(thread),
            Event::MessagesRead { thread, user, seq },
        );
    }
    if own > old.own {
        tx.emit(Audience::User(user), Event::UnreadChanged { mark });
    }
    Ok(mark)
}

async fn unread(tx: &mut Tx, caller: Caller, command: MarkUnread) -> Result<ReadMark, Error> {
    let (user, old) = standing(tx, caller, command.thread).await?;
    // What they may not see is not there: a count of it would tell how much was said before they came.
    let sight = access::membership(tx, user, command.thread).await?;
    if !sight.contains(command.seq) {
        return Err(Error::Invalid {
            field: "seq",
            reason: "There is no such message in this thread. Mark one as unread that is there.".to_owned(),
        });
    }
    let own = Seq(command.seq.0 - 1);
    let is_current = command.rewinds.is_none_or(|rewinds| rewinds == old.rewinds);
    if own >= old.own || !is_current {
        return own_mark(tx, user, old).await;
    }
    let marks = Marks {
        own,
        rewinds: old.rewinds.saturating_add(1),
        ..old
    };
    receipts::set(tx, user, old, marks).await?;
    let mark = own_mark(tx, user, marks).await?;
    let mut mentions = mentions::unread(tx, user, Some(old.thread)).await?;
    let mentions = mentions.remove(&old.thread.0).unwrap_or_default();
    tx.emit(Audience::User(user), Event::MarkedUnread { mark, mentions });
    Ok(mark)
}

/// The caller, and where they stand in a thread of theirs.
async fn standing(tx: &mut Tx, caller: Caller, thread: ThreadId) -> Result<(UserId, Marks), Error> {
    let user = access::live(tx, caller).await?.id;
    let marks = receipts::marks(tx, user, Some(thread)).await?;
    let marks = *marks.first().ok_or(Error::NotFound(Thing::Thread))?;
    Ok((user, marks))
}

/// A person's own read mark as they are told of it.
async fn own_mark(tx: &mut Tx, user: UserId, marks: Marks) -> Result<ReadMark, Error> {
    Ok(ReadMark {
        thread: marks.thread,
        seq: marks.own,
        unread: receipts::unread(tx, user, marks.thread, marks.own).await?,
        rewinds: marks.rewinds,
    })
}

async fn deliver(tx: &mut Tx, caller: Caller, reached: Vec<(ThreadId, Seq)>) -> Result<(), Error> {
    let mut farthest: HashMap<ThreadId, Seq> = HashMap::new();
    for (thread, seq) in reached {
        let known = farthest.entry(thread).or_default();
        *known = seq.max(*known);
    }
    let user = access::live(tx, caller).await?.id;
    for old in receipts::marks(tx, user, None).await? {
        let Some(seq) = farthest.get(&old.thread).map(|seq| *seq.min(&old.last)) else {
            continue;
        };
        if seq > old.delivered {
            let marks = Marks {
                delivered: seq,
                ..old
            };
            receipts::set(tx, user, old, marks).await?;
            let thread = old.thread;
            tx.emit(
                Audience::Thread(thread),
                Event::MessagesDelivered { thread, user, seq },
            );
        }
    }
    Ok(())
}
