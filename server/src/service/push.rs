//! What people want of their notifications.

mod deciding;
mod sending;

use futures_util::FutureExt;
use tidings_protocol::{
    PushError, PushId, PushOverview, PushSubscription, Seq, SessionId, TextError, ThreadId, UserId,
    command::{HidePushContent, LoadPush, SubscribePush, TestPush, UnsubscribePush},
    limits, text,
};
use uuid::Uuid;

pub use sending::{Sending, Waiting};

use super::{Actor, Caller, Error, Service, access, error::Thing};
use crate::{
    outbound::Destination,
    push::{
        encryption::Recipient,
        vapid::{BadKey, VapidKey},
    },
    store::{
        Tx,
        push::{self, Subscription},
        push_queue::{self, Errand, Kind},
    },
};

/// A test that has not got through by then is of no use any more: whoever asked for it has gone.
const TEST_LIFETIME: std::time::Duration = std::time::Duration::from_secs(60);

impl Service {
    /// The key that signs pushes, made now if there is none.
    ///
    /// # Errors
    /// When the database fails, or what it has is no key.
    pub async fn push_key(&self) -> Result<VapidKey, Error> {
        if let Some(kept) = push::key(&mut self.read().await?).await? {
            return Ok(VapidKey::kept(&kept)?);
        }
        let kept = self.write(|tx| key(tx).boxed()).await?;
        Ok(VapidKey::kept(&kept)?)
    }
}

/// The key that is kept; another server may have made it in the meantime.
async fn key(tx: &mut Tx) -> Result<Vec<u8>, Error> {
    if let Some(kept) = push::key(tx).await? {
        return Ok(kept);
    }
    let made = VapidKey::generate()?;
    push::keep_key(tx, &made).await?;
    Ok(made)
}

impl Actor {
    /// See [`SubscribePush`].
    ///
    /// # Errors
    /// [`Error::Invalid`] when the address may not be asked, the keys are none, or there are too many browsers.
    pub async fn subscribe_push(&self, command: SubscribePush) -> Result<PushSubscription, Error> {
        let caller = self.caller;
        let loopback = self.service.policy.outbound_loopback;
        self.service
            .write(move |tx| subscribe(tx, caller, command, loopback).boxed())
            .await
    }

    /// See [`UnsubscribePush`].
    ///
    /// # Errors
    /// [`Error::SignedOut`] when the session has ended. What is not the caller's changes nothing.
    pub async fn unsubscribe_push(&self, command: UnsubscribePush) -> Result<(), Error> {
        let caller = self.caller;
        let UnsubscribePush { subscription } = command;
        self.service
            .write(move |tx| {
                async move {
                    access::live(tx, caller).await?;
                    if own(tx, caller.user, subscription).await?.is_some() {
                        push::unsubscribe(tx, subscription).await?;
                    }
                    Ok(())
                }
                .boxed()
            })
            .await
    }

    /// See [`TestPush`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless it is one of the caller's.
    pub async fn test_push(&self, command: TestPush) -> Result<(), Error> {
        let caller = self.caller;
        let TestPush { subscription } = command;
        self.service
            .write(move |tx| {
                async move {
                    access::live(tx, caller).await?;
                    own(tx, caller.user, subscription)
                        .await?
                        .ok_or(Error::NotFound(Thing::PushSubscription))?;
                    let errand = Errand {
                        subscription,
                        thread: ThreadId(Uuid::nil()),
                        kind: Kind::Test,
                        seq: Seq::ZERO,
                        expires_at: tx.now() + TEST_LIFETIME,
                    };
                    Ok(push_queue::enqueue(tx, errand).await?)
                }
                .boxed()
            })
            .await
    }

    /// See [`HidePushContent`].
    ///
    /// # Errors
    /// [`Error::SignedOut`] when the session has ended.
    pub async fn hide_push_content(&self, command: HidePushContent) -> Result<(), Error> {
        let caller = self.caller;
        let HidePushContent { hidden } = command;
        self.service
            .write(move |tx| {
                async move {
                    let user = access::live(tx, caller).await?.id;
                    Ok(push::set_hides_content(tx, user, hidden).await?)
                }
                .boxed()
            })
            .await
    }

    /// See [`LoadPush`].
    ///
    /// # Errors
    /// [`Error::SignedOut`] when the session has ended.
    pub async fn load_push(&self, command: LoadPush) -> Result<PushOverview, Error> {
        let LoadPush {} = command;
        let session = self.caller.session;
        let user = access::live(&mut self.service.read().await?, self.caller)
            .await?
            .id;
        let key = self.service.push_key().await?;
        let mut tx = self.service.read().await?;
        let subscriptions = push::subscriptions(&mut tx, user).await?;
        Ok(PushOverview {
            key: key.public().to_owned(),
            hide_content: push::hides_content(&mut tx, user).await?,
            subscriptions: subscriptions.into_iter().map(|one| shown(one, session)).collect(),
            decisions: push::decisions(&mut tx, user).await?,
        })
    }
}

async fn subscribe(
    tx: &mut Tx,
    caller: Caller,
    command: SubscribePush,
    loopback: bool,
) -> Result<PushSubscription, Error> {
    let user = access::live(tx, caller).await?.id;
    let SubscribePush {
        endpoint,
        p256dh,
        auth,
        name,
    } = command;
    Destination::new(&endpoint, loopback).map_err(|refused| Error::Invalid {
        field: "endpoint",
        reason: refused.to_string(),
    })?;
    let recipient = Recipient::new(&p256dh, &auth).ok_or_else(|| Error::Invalid {
        field: "p256dh",
        reason: "These are no keys of a browser. Turn notifications off and on again.".to_owned(),
    })?;
    let all = push::subscriptions(tx, user).await?;
    let before = all.iter().find(|one| one.session == caller.session);
    let name = named(&name, before).map_err(|error| Error::invalid("name", error))?;
    if let Some(same) = before
        && same.endpoint == endpoint
        && same.recipient == recipient
        && same.name == name
    {
        return Ok(shown(same.clone(), caller.session));
    }
    if before.is_none() && all.len() >= limits::PUSH_SUBSCRIPTIONS_MAX {
        return Err(Error::Invalid {
            field: "endpoint",
            reason: format!(
                "You are notified in {} browsers, which is as many as there can be. Turn it off in one of them first.",
                limits::PUSH_SUBSCRIPTIONS_MAX
            ),
        });
    }
    let new = Subscription {
        id: PushId(Uuid::now_v7()),
        user,
        session: caller.session,
        endpoint,
        recipient,
        name,
        created_at: tx.now(),
        health: push::Health::default(),
    };
    push::subscribe(tx, &new).await?;
    Ok(shown(new, caller.session))
}

/// A name as it is kept. A service worker gives none: the browser is called as before then.
fn named(name: &str, before: Option<&Subscription>) -> Result<String, TextError> {
    match text::line("Name", name, limits::NAME_MAX_CHARS) {
        Err(TextError::Empty { .. }) => Ok(before
            .map_or("A browser", |before| before.name.as_str())
            .to_owned()),
        other => other,
    }
}

/// One of a person's own browsers.
async fn own(tx: &mut Tx, user: UserId, subscription: PushId) -> Result<Option<Subscription>, Error> {
    let found = push::subscription(tx, subscription).await?;
    Ok(found.filter(|found| found.user == user))
}

/// A browser as its person sees it.
fn shown(subscription: Subscription, session: SessionId) -> PushSubscription {
    let health = subscription.health;
    PushSubscription {
        id: subscription.id,
        name: subscription.name,
        current: subscription.session == session,
        created_at: subscription.created_at,
        last_success: health.succeeded_at,
        last_error: health.failed.map(|(at, problem)| PushError {
            at,
            problem,
            retry_at: health.retried.then_some(health.quiet_until),
        }),
    }
}

impl From<BadKey> for Error {
    fn from(error: BadKey) -> Self {
        Self::Internal(error.to_string())
    }
}
