//! Saying something, and reading what was said.

use futures_util::FutureExt;
use tidings_protocol::{
    Event, Message, MessageId, Page,
    command::{LoadMessages, SendMessage},
    limits,
};
use uuid::Uuid;

use super::{
    Actor, Caller, Error, access,
    error::{Conflict, Thing},
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
    } = command;
    if let Some(first) = messages::sent_as(tx, caller.user, local_id).await?
        && !mutated(Mutation::NoUniqueLocalId)
    {
        return match first.thread == thread && first.body == body {
            true => Ok(first),
            false => Err(Error::Conflict(Conflict::LocalId)),
        };
    }
    let Some(seq) = messages::take_seq(tx, thread, caller.user, caller.session).await? else {
        access::live(tx, caller).await?;
        return Err(Error::NotFound(Thing::Thread));
    };
    let message = Message {
        id: MessageId(Uuid::now_v7()),
        thread,
        seq,
        sender: caller.user,
        local_id,
        body,
        sent_at: tx.now(),
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
