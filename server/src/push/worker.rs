//! The task that pushes.

use std::{sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::vapid::{VapidKey, contact};
use crate::{
    config::Timings,
    outbound::Outbound,
    service::{Error, Sending, Service},
};

/// Pushes under way at once. One that hangs holds its place for [`Timings::push_within`].
const AT_ONCE: usize = 16;

/// Longer than sending and settling takes: what is not settled by then was lost with a server that stopped.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

/// All that a push is sent with.
struct Sender {
    outbound: Outbound,
    key: VapidKey,
    contact: String,
}

/// Decides and sends until `stop`. A database that is away only delays it.
pub async fn work(service: Service, outbound: Outbound, timings: Timings, stop: CancellationToken) {
    let mut sending = JoinSet::new();
    let mut sender: Option<Arc<Sender>> = None;
    let mut tick = interval(timings.push_every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            // Makes room; what it brings was dealt with in its own task.
            Some(_) = sending.join_next() => {}
            _ = tick.tick() => {
                let done = async {
                    let sender = match &sender {
                        Some(sender) => sender.clone(),
                        None => sender.insert(ready(&service, &outbound).await?).clone(),
                    };
                    round(&service, &sender, timings.push_after, &mut sending).await
                };
                if let Err(error) = done.await {
                    tracing::warn!(%error, "pushes could not be seen to; it is tried again");
                }
            }
        }
    }
    // What is under way is sent again by the next server: waiting for it would keep this one from stopping.
    sending.shutdown().await;
}

async fn ready(service: &Service, outbound: &Outbound) -> Result<Arc<Sender>, Error> {
    Ok(Arc::new(Sender {
        outbound: outbound.clone(),
        key: service.push_key().await?,
        contact: contact(service.public_url()),
    }))
}

async fn round(
    service: &Service,
    sender: &Arc<Sender>,
    hold: Duration,
    sending: &mut JoinSet<()>,
) -> Result<(), Error> {
    let waiting = service.push_work(hold).await?;
    if waiting.undecided {
        while service.decide_pushes(hold).await? {}
    }
    if waiting.outdated {
        while service.withdraw_pushes().await? {}
    }
    let room = AT_ONCE.saturating_sub(sending.len());
    if room == 0 || waiting == Default::default() {
        return Ok(());
    }
    let room = u32::try_from(room).unwrap_or(u32::MAX);
    for one in service.take_pushes(SETTLED_WITHIN, room).await? {
        sending.spawn(send(service.clone(), sender.clone(), one));
    }
    Ok(())
}

async fn send(service: Service, sender: Arc<Sender>, one: Sending) {
    let now = service.now();
    let outcome = one
        .push()
        .send(&sender.outbound, &sender.key, &sender.contact, now)
        .await;
    tracing::debug!(?outcome, "a push was answered");
    if let Err(error) = service.settle_push(&one, outcome).await {
        tracing::warn!(%error, "what became of a push could not be noted");
    }
}
