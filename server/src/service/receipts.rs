//! Read and delivery marks. They only move forward, and never past the newest message.

use std::collections::HashMap;

use futures_util::FutureExt;
use tidings_protocol::{Event, Seq, ThreadId, command::MarkRead, reply::ReadMark};

use super::{Actor, Caller, Error, access, error::Thing};
use crate::store::{
    Audience, Tx,
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

async fn read(tx: &mut Tx, caller: Caller, command: MarkRead) -> Result<ReadMark, Error> {
    let user = access::live(tx, caller).await?.id;
    let marks = receipts::marks(tx, user, Some(command.thread)).await?;
    let old = *marks.first().ok_or(Error::NotFound(Thing::Thread))?;
    let seq = command.seq.min(old.last).max(old.read);
    let mark = ReadMark {
        thread: old.thread,
        seq,
        unread: receipts::unread(tx, user, old.thread, seq).await?,
    };
    if seq > old.read {
        let marks = Marks {
            read: seq,
            delivered: old.delivered.max(seq),
            ..old
        };
        receipts::set(tx, user, marks).await?;
        let thread = old.thread;
        tx.emit(
            Audience::Thread(thread),
            Event::MessagesRead { thread, user, seq },
        );
        tx.emit(Audience::User(user), Event::UnreadChanged { mark });
    }
    Ok(mark)
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
            receipts::set(tx, user, marks).await?;
            let thread = old.thread;
            tx.emit(
                Audience::Thread(thread),
                Event::MessagesDelivered { thread, user, seq },
            );
        }
    }
    Ok(())
}
