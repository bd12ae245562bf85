//! Pages that messages link to: which are looked at, and what becomes of what they say.
//!
//! Which page a message wants is decided in the transaction that stores its text, so that no edit or deletion can be
//! overtaken by what was found for the link before. What was found is a change of the message that is no edit: it has the
//! next revision, and nothing becomes unread by it.

use std::time::Duration;

use futures_util::FutureExt;
use tidings_protocol::{LinkPreview, Message, Seq, ThreadId, command::RemovePreview, markup};

use super::{Actor, Caller, Error, Service, access, changes::changed, error::Rule};
use crate::{
    outbound::Destination,
    store::{
        Tx, log, messages,
        previews::{self, Wanted},
    },
};

/// A page that could not be looked at by then, since the server was stopped or had too many, is not looked at any more:
/// the talk has moved on.
const OF_USE_FOR: Duration = Duration::from_secs(10 * 60);

/// The link of a text whose page may be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    url: String,
    /// False where no pages are looked at; what was found for another link goes nevertheless.
    looked_at: bool,
}

impl Link {
    /// Has the page looked at for a message that has no other one.
    pub(super) async fn want(&self, tx: &mut Tx, message: &Message) -> Result<(), Error> {
        if self.looked_at {
            let expires_at = tx.now() + OF_USE_FOR;
            previews::want(tx, message.thread, message.seq, &self.url, expires_at).await?;
        }
        Ok(())
    }
}

/// Has the preview of a message follow its text, which now has this link: the same link keeps what was found for it, or
/// that its sender wanted none. The message is the caller's to store.
pub(super) async fn follow(tx: &mut Tx, message: &mut Message, link: Option<Link>) -> Result<(), Error> {
    let (thread, seq) = (message.thread, message.seq);
    let before = previews::link(tx, thread, seq).await?;
    if before.as_deref() == link.as_ref().map(|link| link.url.as_str()) {
        return Ok(());
    }
    message.preview = None;
    if before.is_some() {
        previews::clear(tx, thread, seq).await?;
    }
    match link {
        Some(link) => link.want(tx, message).await,
        None => Ok(()),
    }
}

impl Service {
    /// The first link of a text, if its page may be looked at. Worked out before anything is written, since reading a text
    /// takes longer than a statement. Pages of this server say nothing to whoever is not signed in.
    pub(super) fn link_in(&self, text: &str) -> Option<Link> {
        let url = markup::first_link(text)?.as_str().to_owned();
        let destination = Destination::new(&url, self.policy.outbound_loopback).ok()?;
        (destination.origin() != self.policy.public_url).then_some(Link {
            url,
            looked_at: self.policy.link_previews,
        })
    }

    /// The same for a text that is new, where it matters only if pages are looked at.
    pub(super) fn link_to_look_at(&self, text: &str) -> Option<Link> {
        match self.policy.link_previews {
            true => self.link_in(text),
            false => None,
        }
    }

    /// Takes up to `limit` pages that are to be looked at, and `each` of one sender. They are given again after `again`,
    /// unless they are settled before.
    ///
    /// # Errors
    /// When the database fails; none is taken then.
    pub async fn take_previews(&self, again: Duration, limit: u32, each: u32) -> Result<Vec<Wanted>, Error> {
        // Most times there is none, and the one that writes need not be asked.
        if !previews::is_any_due(&mut self.read().await?).await? {
            return Ok(Vec::new());
        }
        self.write(move |tx| {
            async move {
                let again = tx.now() + again;
                Ok(previews::take(tx, again, limit, each).await?)
            }
            .boxed()
        })
        .await
    }

    /// Puts what a page said on the message that wanted it, and tells its thread. Nothing happens if it is not wanted any
    /// more, or said nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_preview(&self, wanted: Wanted, found: Option<LinkPreview>) -> Result<(), Error> {
        self.write(move |tx| settle(tx, wanted, found).boxed()).await
    }

    /// Whether addresses of this machine may be asked too.
    pub(crate) fn asks_itself(&self) -> bool {
        self.policy.outbound_loopback
    }
}

async fn settle(tx: &mut Tx, wanted: Wanted, found: Option<LinkPreview>) -> Result<(), Error> {
    let Some(preview) = found else {
        return Ok(previews::give_up(tx, &wanted).await?);
    };
    if !previews::found(tx, &wanted, &preview).await? {
        return Ok(());
    }
    // With the preview, which is stored by now.
    if let Some(message) = messages::at(tx, wanted.thread, wanted.seq).await? {
        changed(tx, message).await?;
    }
    Ok(())
}

impl Actor {
    /// See [`RemovePreview`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member and there is such a message; [`Error::Forbidden`] when it is not
    /// theirs.
    pub async fn remove_preview(&self, command: RemovePreview) -> Result<Message, Error> {
        let caller = self.caller;
        let RemovePreview { thread, seq } = command;
        self.service
            .write(move |tx| remove(tx, caller, thread, seq).boxed())
            .await
    }
}

async fn remove(tx: &mut Tx, caller: Caller, thread: ThreadId, seq: Seq) -> Result<Message, Error> {
    access::live(tx, caller).await?;
    let mut message = access::message(tx, caller, thread, seq).await?;
    if message.sender != caller.user {
        return Err(Error::Forbidden(Rule::OwnPreviewOnly));
    }
    // Also what is still being looked at.
    previews::remove(tx, thread, seq).await?;
    if message.preview.take().is_none() {
        return Ok(message);
    }
    let message = changed(tx, message).await?;
    // Whoever resumes from before is not to learn what was taken away.
    log::scrub(tx, &message).await?;
    Ok(message)
}
