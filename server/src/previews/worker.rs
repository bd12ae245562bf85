//! The task that looks at pages.

use std::time::Duration;

use tidings_protocol::LinkPreview;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    fetching::{Fetched, fetch},
    page,
};
use crate::{
    config::Timings,
    outbound::{Destination, Outbound},
    service::{Error, Service},
};

/// Pages under way at once. One that hangs holds its place for [`Timings::preview_within`]; what there is no room for
/// waits in the database.
const AT_ONCE: usize = 8;

/// Pages under way at once that one person linked to.
const AT_ONCE_EACH: u32 = 2;

/// Longer than looking and settling takes: what is not settled by then was lost with a server that stopped.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

/// Looks at pages until `stop`. A database that is away only delays it.
pub async fn work(service: Service, outbound: Outbound, timings: Timings, stop: CancellationToken) {
    let mut looking = JoinSet::new();
    let mut tick = interval(timings.preview_every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            // Makes room; what it brings was dealt with in its own task.
            Some(_) = looking.join_next() => {}
            _ = tick.tick() => {
                if let Err(error) = round(&service, &outbound, timings.preview_within, &mut looking).await {
                    tracing::warn!(%error, "pages could not be looked at; it is tried again");
                }
            }
        }
    }
    // What is under way is looked at again by the next server.
    looking.shutdown().await;
}

async fn round(
    service: &Service,
    outbound: &Outbound,
    within: Duration,
    looking: &mut JoinSet<()>,
) -> Result<(), Error> {
    let room = AT_ONCE.saturating_sub(looking.len());
    if room == 0 {
        return Ok(());
    }
    let room = u32::try_from(room).unwrap_or(u32::MAX);
    for wanted in service.take_previews(SETTLED_WITHIN, room, AT_ONCE_EACH).await? {
        let (service, outbound) = (service.clone(), outbound.clone());
        looking.spawn(async move {
            let found = look(&service, &outbound, &wanted.url, within).await;
            tracing::debug!(found = found.is_some(), "a page was looked at");
            if let Err(error) = service.settle_preview(wanted, found).await {
                tracing::warn!(%error, "what a page said could not be noted");
            }
        });
    }
    Ok(())
}

/// What the page at `url` says of itself.
async fn look(service: &Service, outbound: &Outbound, url: &str, within: Duration) -> Option<LinkPreview> {
    let loopback = service.asks_itself();
    let destination = Destination::new(url, loopback).ok()?;
    let named = destination.host().to_owned();
    let fetched = timeout(within, fetch(outbound, destination, loopback))
        .await
        .ok()??;
    let Fetched { host, bytes, charset } = fetched;
    let host = (host != named).then_some(host);
    // Half a megabyte of markup takes long enough to hold others up.
    let said = tokio::task::spawn_blocking(move || page::read(&bytes, charset.as_deref()))
        .await
        .ok()??;
    Some(LinkPreview {
        url: url.to_owned(),
        host,
        site: said.site,
        title: said.title,
        description: said.description,
    })
}
