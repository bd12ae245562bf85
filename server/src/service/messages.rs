//! Saying something, and reading what was said.

use futures_util::FutureExt;
use tidings_protocol::{
    Content, Event, LocalId, Message, MessageId, Notice, Page, ThreadId, UserId,
    command::{LoadMessages, SendMessage},
    limits,
};
use uuid::Uuid;

use super::{
    Actor, Caller, Error, access, attachments,
    error::{Conflict, Thing},
    mentions,
    previews::Link,
    settings,
};
use crate::{
    fail_point::{Mutation, mutated},
    store::{Audience, Tx, hidden, messages, sights},
};

impl Actor {
    /// See [`SendMessage`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member; a conflict when the local id was used for another message.
    pub async fn send_message(&self, command: SendMessage) -> Result<Message, Error> {
        let caller = self.caller;
        let link = self.service.link_to_look_at(command.text());
        self.service
            .write(move |tx| send(tx, caller, command, link).boxed())
            .await
    }

    /// See [`LoadMessages`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller may see anything of the thread.
    pub async fn load_messages(&self, command: LoadMessages) -> Result<Page, Error> {
        let LoadMessages { thread, from, limit } = command;
        let mut tx = self.service.read().await?;
        access::live(&mut tx, self.caller).await?;
        let sight = access::sight(&mut tx, self.caller.user, thread).await?;
        let limit = limit.min(limits::PAGE_MESSAGES);
        let mut messages = messages::page(&mut tx, thread, sight, from, limit).await?;
        hidden::cover(&mut tx, self.caller.user, thread, &mut messages).await?;
        Ok(Page {
            thread,
            messages,
            last_seq: sight.last,
        })
    }
}

async fn send(
    tx: &mut Tx,
    caller: Caller,
    command: SendMessage,
    link: Option<Link>,
) -> Result<Message, Error> {
    let SendMessage {
        thread,
        local_id,
        body,
        attachments: ids,
        reply_to,
        forwarded,
        files_of,
    } = &command;
    let (thread, local_id, reply_to, forwarded) = (*thread, *local_id, *reply_to, *forwarded);
    if let Some(first) = messages::sent_as(tx, caller.user, local_id).await?
        && !mutated(Mutation::NoUniqueLocalId)
    {
        return match is_same(&first, &command) {
            true => still_theirs(tx, caller.user, first).await,
            false => Err(Error::Conflict(Conflict::LocalId)),
        };
    }
    let Some(place) = messages::take_seq(tx, thread, caller.user, caller.session).await? else {
        access::live(tx, caller).await?;
        access::membership(tx, caller.user, thread).await?;
        return Err(Error::NotFound(Thing::Thread));
    };
    let seq = place.seq;
    if let Some(answered) = reply_to
        && (answered >= seq || !access::sight(tx, caller.user, thread).await?.contains(answered))
    {
        return Err(Error::Invalid {
            field: "reply_to",
            reason: "There is no such message in this thread to reply to.".to_owned(),
        });
    }
    let files = match files_of {
        Some(origin) => attachments::to_copy(tx, caller, *origin, ids).await?,
        None => attachments::to_send(tx, caller, ids).await?,
    };
    let content = Content::new(body.clone(), files).ok_or_else(|| Error::Invalid {
        field: "body",
        reason: "Message is empty. Write something, or attach a file.".to_owned(),
    })?;
    let message = Message {
        id: MessageId(Uuid::now_v7()),
        thread,
        seq,
        sender: caller.user,
        local_id,
        content,
        reply_to,
        forwarded,
        sent_at: tx.now(),
        edited_at: None,
        reactions: Vec::new(),
        preview: None,
        revision: 0,
    };
    messages::insert(tx, &message).await?;
    attachments::attach(tx, &message).await?;
    mentions::note(tx, &message).await?;
    if let Some(link) = link {
        link.want(tx, &message).await?;
    }
    announce(tx, message.clone());
    if place.is_put_away {
        settings::bring_back(tx, &message).await?;
    }
    Ok(message)
}

/// Whether a message that was sent once is what is being sent now. What its sender has changed since counts as the same:
/// the device that asks has missed the answer, and is told what became of it.
fn is_same(first: &Message, again: &SendMessage) -> bool {
    let files = first.content.attachments().iter().map(|file| &file.id);
    let is_changed = first.edited_at.is_some() || first.content == Content::Deleted;
    first.thread == again.thread
        && first.reply_to == again.reply_to
        && first.forwarded == again.forwarded
        && (is_changed || (first.content.text() == again.text() && files.eq(&again.attachments)))
}

/// One's own message, without what others have made of it since one is no longer a member.
async fn still_theirs(tx: &mut Tx, user: UserId, mut message: Message) -> Result<Message, Error> {
    let sight = sights::of(tx, message.thread, user).await?;
    if sight.is_none_or(|sight| sight.left_at.is_some()) {
        message.reactions.clear();
        message.preview = None;
    }
    Ok(message)
}

/// Tells a thread of a change of its own, in its place among the messages. The caller has checked that it may be made.
pub(super) async fn tell(
    tx: &mut Tx,
    thread: ThreadId,
    by: UserId,
    notice: Notice,
) -> Result<Message, Error> {
    let message = write_notice(tx, thread, by, notice).await?;
    announce(tx, message.clone());
    Ok(message)
}

/// The same, but nobody hears of it until [`announce`].
pub(super) async fn write_notice(
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
        forwarded: false,
        sent_at: tx.now(),
        edited_at: None,
        reactions: Vec::new(),
        preview: None,
        revision: 0,
    };
    messages::insert(tx, &message).await?;
    Ok(message)
}

/// Says that a message was stored.
pub(super) fn announce(tx: &mut Tx, message: Message) {
    tx.emit(Audience::Thread(message.thread), Event::MessageSent { message });
}
