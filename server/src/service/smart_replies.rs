//! Suggesting replies.

use futures_util::FutureExt;
use tidings_protocol::{
    Content, Event, Seq, SmartReplies, SmartReplySettings, Suggestion, ThreadId, User,
    command::{Anchor, SetSmartReplies, SuggestReplies},
};

use super::{Actor, Caller, Error, access};
use crate::{
    model::{LINES_MAX, Prompt},
    replies,
    store::{Audience, Tx, answers, hidden, messages, users},
};

/// What smart replies a person has, and could have where there is the language model at `host`, if any.
pub(super) async fn settings(
    tx: &mut Tx,
    me: &User,
    host: Option<&str>,
) -> Result<SmartReplySettings, Error> {
    Ok(SmartReplySettings {
        choice: answers::choice(tx, me.id, host).await?,
        model: host.map(str::to_owned),
    })
}

impl Actor {
    /// See [`SuggestReplies`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member and there is such a message.
    pub async fn suggest_replies(&self, command: SuggestReplies) -> Result<Vec<Suggestion>, Error> {
        let SuggestReplies { thread, seq } = command;
        let mut tx = self.service.read().await?;
        let me = access::live(&mut tx, self.caller).await?;
        let message = access::message(&mut tx, self.caller, thread, seq).await?;
        let host = self.service.model_host();
        let settings = settings(&mut tx, &me, host).await?;
        let Content::Text { body } = &message.content else {
            return Ok(Vec::new());
        };
        let is_off = matches!(settings.choice, SmartReplies::Off | SmartReplies::Unknown);
        if is_off || message.sender == me.id {
            return Ok(Vec::new());
        }
        let answers = answers::of(&mut tx, me.id).await?;
        let asked = match (settings.choice, self.service.model.as_ref()) {
            (SmartReplies::Model, Some(model)) => conversation(&mut tx, &me, thread, seq)
                .await?
                .map(|prompt| (model, prompt)),
            _ => None,
        };
        // A model takes its time, and the database is not to wait with it.
        drop(tx);
        let local = replies::suggest(body.as_str(), &answers);
        let Some((model, prompt)) = asked else {
            return Ok(local);
        };
        Ok(replies::with_written(model.replies_to(&prompt).await, local))
    }

    /// See [`SetSmartReplies`].
    ///
    /// # Errors
    /// [`Error::Invalid`] for a choice that this server does not offer, and for a language model that is not the one that
    /// the caller was told of.
    pub async fn set_smart_replies(&self, command: SetSmartReplies) -> Result<SmartReplySettings, Error> {
        let SetSmartReplies { choice, model } = command;
        let host = self.service.model_host().map(str::to_owned);
        let is_offered = match choice {
            SmartReplies::Off | SmartReplies::Local => true,
            SmartReplies::Model => host.is_some(),
            SmartReplies::Unknown => false,
        };
        if !is_offered {
            return Err(Error::Invalid {
                field: "choice",
                reason: "This server does not offer that. Choose one of those in the settings.".to_owned(),
            });
        }
        if choice == SmartReplies::Model && model != host {
            return Err(Error::Invalid {
                field: "model",
                reason: "The language model is not the one that you were told of. Load the page anew to see where \
                         messages would be sent."
                    .to_owned(),
            });
        }
        let caller = self.caller;
        self.service
            .write(move |tx| set(tx, caller, choice, host).boxed())
            .await
    }
}

/// What a language model is told of the conversation up to a message: what the person may see of it and has not hidden.
/// `None` if there is nothing to answer in that.
async fn conversation(tx: &mut Tx, me: &User, thread: ThreadId, seq: Seq) -> Result<Option<Prompt>, Error> {
    let sight = access::membership(tx, me.id, thread).await?;
    let before = Anchor::Before { seq: seq.next() };
    let mut last = messages::page(tx, thread, sight, before, LINES_MAX).await?;
    hidden::cover(tx, me.id, thread, &mut last).await?;
    let people = users::of_thread(tx, thread).await?;
    Ok(Prompt::new(&last, me.id, &people))
}

async fn set(
    tx: &mut Tx,
    caller: Caller,
    choice: SmartReplies,
    host: Option<String>,
) -> Result<SmartReplySettings, Error> {
    let me = access::live(tx, caller).await?;
    let before = settings(tx, &me, host.as_deref()).await?;
    // What is stored may be a choice that counts as "off" until its language model is back: "off" ends that too.
    let agreed = host.as_deref().filter(|_| choice == SmartReplies::Model);
    answers::set_choice(tx, me.id, choice, agreed).await?;
    if before.choice == choice {
        return Ok(before);
    }
    let settings = SmartReplySettings { choice, ..before };
    tx.emit(
        Audience::User(me.id),
        Event::SmartRepliesChanged {
            settings: settings.clone(),
        },
    );
    Ok(settings)
}
