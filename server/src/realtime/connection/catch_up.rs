//! Catching up: from where a device stands to where its queue begins.

use tidings_protocol::{CloseCode, Position, Presences, ServerFrame, Signal, Snapshot, VERSION, limits};

use super::{
    super::{queue::Encoded, read},
    Connection, End, Outlet,
    mouth::Mouth,
};
use crate::{
    fail_point::{Mutation, mutated},
    service::{self, Audience},
};

impl Connection<'_> {
    /// Welcomes the device and brings it up to date: by the events after `resume_from`, or by a snapshot where that is not
    /// possible. `delivered` is the offset after which events reach the queue. Says up to which offset the device has
    /// everything; events in the queue at or before it have been sent already.
    ///
    /// # Errors
    /// The end of the connection.
    pub(super) async fn catch_up(
        &self,
        mouth: &mut Mouth<'_, impl Outlet>,
        resume_from: Option<u64>,
        delivered: u64,
    ) -> Result<u64, End> {
        let caught_up_to = if let Some(from) = resume_from {
            self.note_delivered(from).await;
            self.welcome(mouth, None).await?;
            self.replay(mouth, from, delivered).await?;
            from.max(delivered)
        } else {
            let snapshot = self.actor.snapshot().await.map_err(failed)?;
            let offset = snapshot.position.offset;
            self.site.live.deliveries.sent_snapshot(&snapshot);
            self.welcome(mouth, Some(Box::new(snapshot))).await?;
            offset
        };
        mouth
            .send(&ServerFrame::Beat {
                head: self.position(caught_up_to),
                sent: mouth.sent,
            })
            .await?;
        Ok(caught_up_to)
    }

    /// A place in this history of the log.
    pub(super) fn position(&self, offset: u64) -> Position {
        Position {
            epoch: self.site.live.epoch,
            offset,
        }
    }

    /// The offset to resume from, if the log still has everything after it and that is less than a snapshot, and what
    /// the device has beyond it is what the log has there.
    pub(super) async fn resumable(
        &self,
        position: Option<Position>,
        reached: Option<Position>,
    ) -> Result<Option<u64>, End> {
        let Some(from) = position else { return Ok(None) };
        for position in [Some(from), reached].into_iter().flatten() {
            if !self.site.service.can_resume(position).await.map_err(failed)? {
                return Ok(None);
            }
        }
        Ok(Some(from.offset))
    }

    async fn welcome(
        &self,
        mouth: &mut Mouth<'_, impl Outlet>,
        snapshot: Option<Box<Snapshot>>,
    ) -> Result<(), End> {
        mouth
            .send(&ServerFrame::Welcome {
                version: VERSION,
                connection: self.id,
                user: self.caller.user,
                session: self.caller.session,
                snapshot,
            })
            .await?;
        let live = &self.site.live;
        let contacts = read(&live.members).recipients(Audience::Contacts(self.caller.user), u64::MAX);
        let presences = Presences {
            complete: true,
            users: live.presence.here(&contacts),
        };
        mouth
            .send(&ServerFrame::Signal {
                signal: Signal::Presence { presences },
            })
            .await
    }

    /// Writes the events after `from`, up to `to`, that the person may see.
    async fn replay(&self, mouth: &mut Mouth<'_, impl Outlet>, from: u64, to: u64) -> Result<(), End> {
        let mut at = from;
        while at < to && !mutated(Mutation::NoReplay) {
            for (offset, event) in self.page(at, to).await? {
                at = offset;
                if let Some(event) = event {
                    self.send_event(mouth, &event).await?;
                }
            }
        }
        Ok(())
    }

    /// The next rows after `after` and up to `to`: their offsets, and the events among them that the person may see.
    async fn page(&self, after: u64, to: u64) -> Result<Vec<(u64, Option<Encoded>)>, End> {
        let live = &self.site.live;
        let rows = self
            .site
            .service
            .log_after(after, limits::RESUME_PAGE)
            .await
            .map_err(failed)?;
        // Offsets have no gaps, so one here means that the log was pruned since it was looked at.
        if rows.first().is_none_or(|row| row.offset != after + 1) {
            return Err(CloseCode::Resync.into());
        }
        let members = read(&live.members);
        rows.into_iter()
            .filter(|row| row.offset <= to)
            .map(|row| {
                let offset = row.offset;
                let event = members
                    .may_receive(self.caller.user, &row)
                    .then(|| Encoded::new(self.position(offset), row.event))
                    .transpose()
                    .map_err(|error| {
                        tracing::error!(offset, %error, "an event could not be encoded");
                        End::from(CloseCode::Internal)
                    })?;
                Ok((offset, event))
            })
            .collect()
    }

    /// Writes an event and remembers that it is on its way, if it is somebody else's message.
    pub(super) async fn send_event(
        &self,
        mouth: &mut Mouth<'_, impl Outlet>,
        event: &Encoded,
    ) -> Result<(), End> {
        if let Some((thread, seq, sender)) = event.message
            && sender != self.caller.user
        {
            let deliveries = &self.site.live.deliveries;
            deliveries.sent(self.caller.user, event.offset, thread, seq);
        }
        mouth.send_event(event.text.clone()).await
    }

    /// The device has applied everything up to `offset`.
    pub(super) async fn note_delivered(&self, offset: u64) {
        self.site.live.deliveries.acknowledged(self.caller.user, offset);
        self.store_delivered().await;
    }

    /// Stores what has been acknowledged and is not stored yet, because the database was away when it was.
    pub(super) async fn store_delivered(&self) {
        let deliveries = &self.site.live.deliveries;
        let (offset, marks) = deliveries.reached(self.caller.user);
        if marks.is_empty() {
            return;
        }
        match self.actor.mark_delivered(marks).await {
            Ok(()) => deliveries.settle(self.caller.user, offset),
            Err(error) => tracing::warn!(%error, "messages could not be marked as delivered"),
        }
    }
}

/// The device returns after a while, when the database may be back.
fn failed(error: service::Error) -> End {
    if matches!(error, service::Error::SignedOut) {
        return CloseCode::SignedOut.into();
    }
    tracing::error!(%error, "a connection could not catch up");
    CloseCode::Internal.into()
}
