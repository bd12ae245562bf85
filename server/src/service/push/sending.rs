//! What the task that pushes takes, and what it brings back.

use std::time::Duration;

use futures_util::FutureExt;
use tidings_protocol::{Content, PushOutcome, PushPayload, PushProblem, limits};

use super::{
    super::{Error, Service, sessions},
    Errand, Kind, push, push_queue,
};
use crate::{
    outbound::Destination,
    push::{
        sending::{Outcome, Push, pause, topic},
        written,
    },
    store::{Tx, messages, push::Subscription, receipts, sights, users},
};

pub use crate::store::push_queue::Waiting;

/// Apple takes the right to push from pages that push something which shows nothing new, and shows what is shown and
/// taken away at once; so nothing is withdrawn there.
const APPLE: &str = "push.apple.com";

/// A push that is under way.
#[derive(Clone, Debug)]
pub struct Sending {
    errand: Errand,
    push: Push,
}

impl Sending {
    /// What is to be sent.
    #[must_use]
    pub fn push(&self) -> Push {
        self.push.clone()
    }
}

impl Service {
    /// Whether there is anything to do about pushes, where a message is decided about after `hold`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn push_work(&self, hold: Duration) -> Result<Waiting, Error> {
        let mut tx = self.read().await?;
        let before = tx.now() - hold;
        Ok(push_queue::waiting(&mut tx, before).await?)
    }

    /// Takes up to `limit` pushes to be sent. Each is to be settled `within` that time; it is given out again else.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_pushes(&self, within: Duration, limit: u32) -> Result<Vec<Sending>, Error> {
        let loopback = self.policy.outbound_loopback;
        self.write(move |tx| take(tx, within, limit, loopback).boxed())
            .await
    }

    /// Notes what became of a push.
    ///
    /// # Errors
    /// When the database fails; it is sent again then.
    pub async fn settle_push(&self, sending: &Sending, outcome: Outcome) -> Result<(), Error> {
        let errand = sending.errand;
        self.write(move |tx| settle(tx, errand, outcome).boxed()).await
    }

    /// Where people reach the server.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.policy.public_url
    }
}

async fn take(tx: &mut Tx, within: Duration, limit: u32, loopback: bool) -> Result<Vec<Sending>, Error> {
    let (created, rotated) = sessions::expired(tx.now());
    push::forget_expired(tx, created, rotated).await?;
    push::note_late(tx).await?;
    push_queue::expire(tx).await?;
    let mut sendings = Vec::new();
    let again = tx.now() + within;
    for errand in push_queue::take(tx, again, limit).await? {
        match made(tx, &errand, loopback).await? {
            Some(push) => sendings.push(Sending { errand, push }),
            None => {
                dropped(tx, &errand).await?;
                push_queue::settle(tx, &errand, true).await?;
            }
        }
    }
    Ok(sendings)
}

/// Notes why a message is not sent to a browser any more.
async fn dropped(tx: &mut Tx, errand: &Errand) -> Result<(), Error> {
    let Errand { thread, seq, .. } = *errand;
    let Some(subscription) = push::subscription(tx, errand.subscription).await? else {
        return Ok(());
    };
    if errand.kind != Kind::Message {
        return Ok(());
    }
    let user = subscription.user;
    let marks = receipts::marks(tx, user, Some(thread)).await?.pop();
    let message = messages::at(tx, thread, seq).await?;
    let outcome = if message.is_none_or(|message| message.content == Content::Deleted) {
        PushOutcome::Deleted
    } else if marks.is_some_and(|marks| marks.read >= seq) {
        PushOutcome::Read
    } else {
        PushOutcome::Gone
    };
    Ok(push::note_result(tx, user, thread, seq, outcome).await?)
}

/// The push for an errand; `None` if nothing is to be sent any more.
async fn made(tx: &mut Tx, errand: &Errand, loopback: bool) -> Result<Option<Push>, Error> {
    let Some(subscription) = push::subscription(tx, errand.subscription).await? else {
        return Ok(None);
    };
    let Ok(destination) = Destination::new(&subscription.endpoint, loopback) else {
        return Ok(None);
    };
    if errand.kind == Kind::Withdraw && destination.host().ends_with(APPLE) {
        return Ok(None);
    }
    let Some(payload) = payload(tx, errand, &subscription).await? else {
        return Ok(None);
    };
    let payload = serde_json::to_vec(&payload).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Some(Push {
        destination,
        recipient: subscription.recipient,
        payload,
        lifetime: errand.expires_at.since(tx.now()),
        topic: topic(errand.subscription, errand.thread),
        urgent: errand.kind != Kind::Withdraw,
    }))
}

async fn payload(
    tx: &mut Tx,
    errand: &Errand,
    subscription: &Subscription,
) -> Result<Option<PushPayload>, Error> {
    let Errand { thread, seq, .. } = *errand;
    let user = subscription.user;
    Ok(match errand.kind {
        Kind::Test => Some(written::test()),
        Kind::Withdraw => Some(PushPayload::Withdraw {
            thread,
            seq,
            unread: push_queue::waiting_messages(tx, user).await?,
        }),
        Kind::Message => {
            // Asked again: a retry may come long after the decision.
            let Some(marks) = receipts::marks(tx, user, Some(thread)).await?.pop() else {
                return Ok(None);
            };
            let sight = sights::of(tx, thread, user).await?;
            let Some(sight) = sight.filter(|_| marks.read < seq) else {
                return Ok(None);
            };
            let Some(message) = sights::seen(tx, sight, thread, seq).await? else {
                return Ok(None);
            };
            if message.content == Content::Deleted {
                return Ok(None);
            }
            let unread = push_queue::waiting_messages(tx, user).await?;
            if push::hides_content(tx, user).await? {
                return Ok(Some(written::hidden(thread, seq, unread)));
            }
            let sender = users::get(tx, message.sender).await?;
            let group = push_queue::title(tx, thread).await?;
            Some(written::message(
                &message,
                sender.as_ref(),
                group.as_deref(),
                unread,
            ))
        }
    })
}

async fn settle(tx: &mut Tx, errand: Errand, outcome: Outcome) -> Result<(), Error> {
    let now = tx.now();
    let Some(subscription) = push::subscription(tx, errand.subscription).await? else {
        return Ok(());
    };
    let result = match &outcome {
        Outcome::Taken => Some(PushOutcome::Sent),
        Outcome::Gone => Some(PushOutcome::Gone),
        Outcome::Never { .. } => Some(PushOutcome::Refused),
        Outcome::Later { .. } => None,
    };
    if let Some(result) = result.filter(|_| errand.kind == Kind::Message) {
        push::note_result(tx, subscription.user, errand.thread, errand.seq, result).await?;
    }
    let mut health = subscription.health;
    let mut fail = |problem: PushProblem, after: Option<Duration>, retried: bool| {
        health.failures = health.failures.saturating_add(1);
        health.failed = Some((now, problem));
        health.quiet_until = now
            + after
                .unwrap_or_default()
                .max(pause(health.failures))
                .min(limits::PUSH_LIFETIME);
        health.retried = retried;
    };
    let done = match outcome {
        Outcome::Taken => {
            health = push::Health {
                succeeded_at: Some(now),
                ..push::Health::default()
            };
            if errand.kind == Kind::Message {
                push_queue::note_shown(tx, errand.subscription, errand.thread, errand.seq).await?;
            }
            true
        }
        Outcome::Gone => return Ok(push::unsubscribe(tx, errand.subscription).await?),
        Outcome::Later { problem, after } => {
            // Nobody waits for a test that long.
            let again = errand.kind != Kind::Test;
            fail(problem, after, again);
            !again
        }
        Outcome::Never { problem } => {
            fail(problem, None, false);
            true
        }
    };
    push_queue::settle(tx, &errand, done).await?;
    Ok(push::set_health(tx, errand.subscription, health).await?)
}
