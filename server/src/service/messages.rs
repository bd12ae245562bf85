//! Saying something, and reading what was said.

use futures_util::FutureExt;
use tidings_protocol::{
    Content, Event, LocalId, Message, MessageId, Notice, Page, Seq, ThreadId, UserId,
    command::{LoadMessages, SendMessage},
    limits,
};
use uuid::Uuid;

use super::{
    Actor, Caller, Error, access,
    error::{Conflict, Thing},
    mentions,
};
use crate::{
    fail_point::{Mutation, mutated},
    store::{Audience, Tx, messages, threads},
};

impl Actor {
    /// See [`SendMessage`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member; a conflict when the local id was used for another message.
    pub async fn send_message(&self, command: SendMessage) -> Result<Message, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| send(tx, caller, command).boxed())
            .await
    }

    /// See [`LoadMessages`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member.
    pub async fn load_messages(&self, command: LoadMessages) -> Result<Page, Error> {
        let LoadMessages { thread, from, limit } = command;
        let mut tx = self.service.read().await?;
        access::live(&mut tx, self.caller).await?;
        let last_seq = threads::last_seq_for(&mut tx, thread, self.caller.user)
            .await?
            .ok_or(Error::NotFound(Thing::Thread))?;
        let messages = messages::page(&mut tx, thread, from, limit.min(limits::PAGE_MESSAGES)).await?;
        Ok(Page {
            thread,
            messages,
            last_seq,
        })
    }
}

async fn send(tx: &mut Tx, caller: Caller, command: SendMessage) -> Result<Message, Error> {
    let SendMessage {
        thread,
        local_id,
        body,
        reply_to,
    } = command;
    let content = Content::from(body);
    if let Some(first) = messages::sent_as(tx, caller.user, local_id).await?
        && !mutated(Mutation::NoUniqueLocalId)
    {
        return match is_same(&first, thread, &content, reply_to) {
            true => Ok(first),
            false => Err(Error::Conflict(Conflict::LocalId)),
        };
    }
    let Some(seq) = messages::take_seq(tx, thread, caller.user, caller.session).await? else {
        access::live(tx, caller).await?;
        return Err(Error::NotFound(Thing::Thread));
    };
    if reply_to.is_some_and(|answered| answered <= Seq::ZERO || answered >= seq) {
        return Err(Error::Invalid {
            field: "reply_to",
            reason: "There is no such message in this thread to reply to.".to_owned(),
        });
    }
    let message = Message {
        id: MessageId(Uuid::now_v7()),
        thread,
        seq,
        sender: caller.user,
        local_id,
        content,
        reply_to,
        sent_at: tx.now(),
        edited_at: None,
        reactions: Vec::new(),
        revision: 0,
    };
    messages::insert(tx, &message).await?;
    mentions::note(tx, &message).await?;
    tx.emit(
        Audience::Thread(thread),
        Event::MessageSent {
            message: message.clone(),
        },
    );
    Ok(message)
}

/// Whether a message that was sent once is what is being sent now. What has been changed since counts as the same: the
/// device that asks has missed the answer, and is told what became of it.
fn is_same(first: &Message, thread: ThreadId, content: &Content, reply_to: Option<Seq>) -> bool {
    first.thread == thread
        && (first.revision > 0 || (first.content == *content && first.reply_to == reply_to))
}

#[expect(dead_code, reason = "no thread changes yet")]
/// Tells a thread of a change of its own, in its place among the messages. The caller has checked that it may be made.
pub(super) async fn tell(
    tx: &mut Tx,
    thread: ThreadId,
    by: UserId,
    notice: Notice,
) -> Result<Message, Error> {
    let message = Message {
        id: MessageId(Uuid::now_v7()),
        thread,
        seq: messages::next_seq(tx, thread).await?,
        sender: by,
        local_id: LocalId(Uuid::now_v7()),
        content: Content::Notice { notice },
        reply_to: None,
        sent_at: tx.now(),
        edited_at: None,
        reactions: Vec::new(),
        revision: 0,
    };
    messages::insert(tx, &message).await?;
    tx.emit(
        Audience::Thread(thread),
        Event::MessageSent {
            message: message.clone(),
        },
    );
    Ok(message)
}
