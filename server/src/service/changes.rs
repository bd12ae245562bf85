//! What becomes of a message that was said: edited, or deleted.

use futures_util::FutureExt;
use tidings_protocol::{
    AccountRole, Content, Event, MemberRole, Message,
    command::{DeleteMessage, EditMessage, LoadVersions},
    limits,
    reply::Version,
};

use super::{
    Actor, Caller, Error, access,
    error::{Conflict, Rule},
    mentions,
};
use crate::store::{Audience, Tx, log, messages, reactions, threads, versions};

impl Actor {
    /// See [`EditMessage`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member; a refusal when the text is not theirs, it is too late, or the
    /// message was deleted.
    pub async fn edit_message(&self, command: EditMessage) -> Result<Message, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| edit(tx, caller, command).boxed())
            .await
    }

    /// See [`DeleteMessage`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member; [`Error::Forbidden`] when it is not theirs to delete.
    pub async fn delete_message(&self, command: DeleteMessage) -> Result<Message, Error> {
        let caller = self.caller;
        let (message, deleted) = self
            .service
            .write(move |tx| delete(tx, caller, command).boxed())
            .await?;
        if deleted && message.sender != caller.user {
            tracing::info!(
                user.id = %caller.user,
                thread.id = %message.thread,
                message.id = %message.id,
                "a message of somebody else was deleted"
            );
        }
        Ok(message)
    }

    /// See [`LoadVersions`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member and there is such a message.
    pub async fn load_versions(&self, command: LoadVersions) -> Result<Vec<Version>, Error> {
        let LoadVersions { thread, seq } = command;
        let mut tx = self.service.read().await?;
        access::live(&mut tx, self.caller).await?;
        access::message(&mut tx, self.caller, thread, seq).await?;
        Ok(versions::of(&mut tx, thread, seq).await?)
    }
}

async fn edit(tx: &mut Tx, caller: Caller, command: EditMessage) -> Result<Message, Error> {
    let EditMessage { thread, seq, body } = command;
    access::live(tx, caller).await?;
    let mut message = access::message(tx, caller, thread, seq).await?;
    if message.sender != caller.user {
        return Err(Error::Forbidden(Rule::OwnTextOnly));
    }
    let before = match &message.content {
        Content::Text { body } => body.clone(),
        Content::Deleted => return Err(Error::Deleted),
        Content::Notice { .. } | Content::Unknown => return Err(Error::Forbidden(Rule::OwnTextOnly)),
    };
    // Before the clock is asked: whoever missed the answer to an edit in time asks again later.
    if before == body {
        return Ok(message);
    }
    if tx.now().since(message.sent_at) > limits::EDIT_WINDOW {
        return Err(Error::Conflict(Conflict::TooLate));
    }
    let version = Version {
        body: before,
        at: message.edited_at.unwrap_or(message.sent_at),
    };
    versions::insert(tx, &message, &version).await?;
    message.content = body.into();
    message.edited_at = Some(tx.now());
    changed(tx, message).await
}

/// What is left of the message, and whether it was deleted just now.
async fn delete(tx: &mut Tx, caller: Caller, command: DeleteMessage) -> Result<(Message, bool), Error> {
    let DeleteMessage { thread, seq } = command;
    let me = access::live(tx, caller).await?;
    let mut message = access::message(tx, caller, thread, seq).await?;
    let is_text = match &message.content {
        Content::Deleted => return Ok((message, false)),
        Content::Text { .. } => true,
        Content::Notice { .. } | Content::Unknown => false,
    };
    let is_mine = message.sender == caller.user;
    let rules = me.role >= AccountRole::Admin
        || threads::role_of(tx, thread, caller.user).await? == Some(MemberRole::Owner);
    if !is_text || !(is_mine || rules) {
        return Err(Error::Forbidden(Rule::NotYoursToDelete));
    }
    message.content = Content::Deleted;
    message.edited_at = None;
    message.reactions.clear();
    versions::remove(tx, &message).await?;
    reactions::clear(tx, thread, seq).await?;
    messages::note_deletion(tx, &message, caller.user).await?;
    let message = changed(tx, message).await?;
    // After the revision is the new one: whoever resumes from before gets what is left in the place of what was said.
    log::scrub(tx, &message).await?;
    Ok((message, true))
}

/// Stores a message as it is now, and says so.
async fn changed(tx: &mut Tx, mut message: Message) -> Result<Message, Error> {
    message.revision = message.revision.saturating_add(1);
    messages::change(tx, &message).await?;
    mentions::note(tx, &message).await?;
    tx.emit(
        Audience::Thread(message.thread),
        Event::MessageChanged {
            message: message.clone(),
        },
    );
    Ok(message)
}
