//! What becomes of a message that was said: edited, or deleted.

use futures_util::FutureExt;
use tidings_protocol::{
    AccountRole, Content, Event, MemberRole, Message,
    command::{DeleteMessage, EditMessage, ListDeletions, LoadVersions},
    limits,
    reply::{Deletion, Version},
};

use super::{
    Actor, Caller, Error, access,
    error::{Conflict, Rule},
    mentions,
    previews::{self, Link},
    settings,
};
use crate::store::{
    self, Audience, Tx, attachments, hidden, log, members, messages, reactions, users, versions,
};

impl Actor {
    /// See [`EditMessage`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member; a refusal when the text is not theirs, it is too late, or the
    /// message was deleted.
    pub async fn edit_message(&self, command: EditMessage) -> Result<Message, Error> {
        let caller = self.caller;
        let link = self.service.link_in(command.body.as_str());
        self.service
            .write(move |tx| edit(tx, caller, command, link).boxed())
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

    /// See [`ListDeletions`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an admin.
    pub async fn list_deletions(&self, command: ListDeletions) -> Result<Vec<Deletion>, Error> {
        let ListDeletions {} = command;
        let mut tx = self.service.read().await?;
        access::admin(&mut tx, self.caller).await?;
        let mut deletions = Vec::new();
        for noted in messages::deletions_by_others(&mut tx, limits::DELETIONS_LISTED).await? {
            let sender = users::get(&mut tx, noted.sender).await?;
            let deleted_by = users::get(&mut tx, noted.deleted_by).await?;
            // Accounts are never removed.
            if let (Some(sender), Some(deleted_by)) = (sender, deleted_by) {
                deletions.push(Deletion {
                    thread: noted.thread,
                    seq: noted.seq,
                    sender,
                    sent_at: noted.sent_at,
                    deleted_by,
                    deleted_at: noted.deleted_at,
                });
            }
        }
        Ok(deletions)
    }

    /// See [`LoadVersions`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member and there is such a message.
    pub async fn load_versions(&self, command: LoadVersions) -> Result<Vec<Version>, Error> {
        let LoadVersions { thread, seq } = command;
        let mut tx = self.service.read().await?;
        access::live(&mut tx, self.caller).await?;
        let mut message = access::message(&mut tx, self.caller, thread, seq).await?;
        hidden::cover(
            &mut tx,
            self.caller.user,
            thread,
            std::slice::from_mut(&mut message),
        )
        .await?;
        if message.content == Content::Hidden {
            return Ok(Vec::new());
        }
        Ok(versions::of(&mut tx, thread, seq).await?)
    }
}

async fn edit(
    tx: &mut Tx,
    caller: Caller,
    command: EditMessage,
    link: Option<Link>,
) -> Result<Message, Error> {
    let EditMessage { thread, seq, body } = command;
    access::live(tx, caller).await?;
    let mut message = access::message(tx, caller, thread, seq).await?;
    if message.sender != caller.user {
        return Err(Error::Forbidden(Rule::OwnTextOnly));
    }
    let before = match &message.content {
        Content::Text { body } => Some(body.clone()),
        Content::Files { caption, .. } => caption.clone(),
        Content::Deleted => return Err(Error::Deleted),
        Content::Notice { .. } | Content::Hidden | Content::Unknown => {
            return Err(Error::Forbidden(Rule::OwnTextOnly));
        }
    };
    // Before the clock is asked: whoever missed the answer to an edit in time asks again later.
    if before.as_ref() == Some(&body) {
        return Ok(message);
    }
    if tx.now().since(message.sent_at) > limits::EDIT_WINDOW {
        return Err(Error::Conflict(Conflict::TooLate));
    }
    if let Some(before) = before {
        let version = Version {
            body: before,
            at: message.edited_at.unwrap_or(message.sent_at),
        };
        versions::insert(tx, &message, &version).await?;
    }
    let unmentioned = settings::unmentioned(tx, &message).await?;
    message.content = message.content.edited(body);
    message.edited_at = Some(tx.now());
    previews::follow(tx, &mut message, link).await?;
    let message = changed(tx, message).await?;
    mentions::note(tx, &message).await?;
    settings::bring_back_to_mentioned(tx, &message, &unmentioned).await?;
    Ok(message)
}

/// What is left of the message, and whether it was deleted just now.
async fn delete(tx: &mut Tx, caller: Caller, command: DeleteMessage) -> Result<(Message, bool), Error> {
    let DeleteMessage { thread, seq } = command;
    let me = access::live(tx, caller).await?;
    let mut message = access::message(tx, caller, thread, seq).await?;
    if message.content == Content::Deleted {
        return Ok((message, false));
    }
    let is_mine = message.sender == caller.user;
    let role = members::role_of(tx, thread, caller.user).await?;
    let rules = me.role >= AccountRole::Admin || role.is_some_and(MemberRole::may_delete_of_others);
    if !message.content.is_said() || !(is_mine || rules) {
        return Err(Error::Forbidden(Rule::NotYoursToDelete));
    }
    message.content = Content::Deleted;
    message.edited_at = None;
    message.reactions.clear();
    message.preview = None;
    versions::remove(tx, &message).await?;
    reactions::clear(tx, thread, seq).await?;
    store::previews::clear(tx, thread, seq).await?;
    attachments::remove(tx, thread, seq).await?;
    messages::note_deletion(tx, &message, caller.user).await?;
    let message = changed(tx, message).await?;
    mentions::note(tx, &message).await?;
    // After the revision is the new one: whoever resumes from before gets what is left in the place of what was said.
    log::scrub(tx, &message).await?;
    Ok((message, true))
}

/// Stores a message as it is now, as its next revision, and says so.
pub(super) async fn changed(tx: &mut Tx, mut message: Message) -> Result<Message, Error> {
    message.revision = message.revision.saturating_add(1);
    messages::change(tx, &message).await?;
    tx.emit(
        Audience::Thread(message.thread),
        Event::MessageChanged {
            message: message.clone(),
        },
    );
    Ok(message)
}
