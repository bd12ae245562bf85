//! Starting and catching up: the snapshot, and the log that continues it.

use std::{collections::BTreeSet, time::Duration};

use futures_util::FutureExt;
use tidings_protocol::{
    Epoch, Position, Presence, Presences, Snapshot, Timestamp, User, UserId, limits, presence::UserPresence,
};
use uuid::Uuid;

use super::{Actor, Error, LogRow, Memberships, Service, access, smart_replies};
use crate::{
    fail_point::{Mutation, mutated},
    store::{clients, log, threads, users},
};

/// Rows removed from the log in one transaction: other writes wait meanwhile.
const PRUNE_ROWS: u32 = 1_000;

impl Service {
    /// The newest position of the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn head(&self) -> Result<Position, Error> {
        Ok(log::head(&mut self.read().await?).await?)
    }

    /// Gives positions of the log a new epoch from here on, as each start does, and says which.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_epoch(&self) -> Result<Epoch, Error> {
        if mutated(Mutation::EpochKept) {
            return Ok(self.head().await?.epoch);
        }
        let epoch = Epoch(Uuid::now_v7());
        self.write(move |tx| async move { Ok(log::begin_epoch(tx, epoch).await?) }.boxed())
            .await?;
        Ok(epoch)
    }

    /// Whether a device that stands there can be given what it missed, and that is less than a snapshot.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn can_resume(&self, position: Position) -> Result<bool, Error> {
        Ok(log::continues(&mut self.read().await?, position, limits::RESUME_MAX_EVENTS).await?)
    }

    /// Up to `limit` rows of the log after `offset`, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_after(&self, offset: u64, limit: u32) -> Result<Vec<LogRow>, Error> {
        Ok(log::after(&mut self.read().await?, offset, limit).await?)
    }

    /// Offset of the oldest row kept: a reader that stands at it minus one or later can resume. One more than the
    /// head when no row is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn oldest_offset(&self) -> Result<u64, Error> {
        Ok(log::oldest(&mut self.read().await?).await?)
    }

    /// Who is in which thread, and the offset at which that is true.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn memberships(&self) -> Result<Memberships, Error> {
        Ok(log::memberships(&mut self.read().await?).await?)
    }

    /// Remembers a person's newest input, to the minute. Not an event: presence carries it to those who are
    /// connected.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_seen(&self, user: UserId, at: Timestamp) -> Result<(), Error> {
        let at = to_granularity(at);
        self.write(move |tx| async move { Ok(users::note_seen(tx, user, at).await?) }.boxed())
            .await
    }

    /// Removes rows of the log that no device resumes from, and says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_log(&self) -> Result<u64, Error> {
        let before = self.now() - limits::LOG_KEPT_FOR;
        let up_to = self
            .head()
            .await?
            .offset
            .saturating_sub(limits::RESUME_MAX_EVENTS);
        let mut total = 0;
        loop {
            let removed: u64 = self
                .write(move |tx| {
                    async move { Ok::<_, Error>(log::prune(tx, before, up_to, PRUNE_ROWS).await?) }.boxed()
                })
                .await?;
            total += removed;
            if removed < u64::from(PRUNE_ROWS) {
                return Ok(total);
            }
        }
    }
}

impl Actor {
    /// All that a device of the caller needs to start. The number of queries is the same whatever there is.
    ///
    /// # Errors
    /// [`Error::SignedOut`] when the session has ended.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        let mut tx = self.service.read().await?;
        // All of it is read as of one moment: devices lower the counts by what is deleted after this position.
        let position = log::head(&mut tx).await?;
        let me = access::live(&mut tx, self.caller).await?;
        let smart_replies = smart_replies::settings(&mut tx, &me, self.service.model_host()).await?;
        let users = users::contacts(&mut tx, me.id).await?;
        let clients = clients::of_threads(&mut tx, me.id).await?;
        let threads = threads::views(&mut tx, me.id, None).await?;
        // Of those who were members once, only the names are needed.
        let near: BTreeSet<UserId> = threads
            .iter()
            .flat_map(|view| &view.thread.members)
            .map(|member| member.user)
            .chain([me.id])
            .collect();
        let near = users.iter().filter(|user| near.contains(&user.id));
        let here = near.map(|user| self.presence_of(user));
        let presences = Presences {
            complete: true,
            users: here.filter(|one| one.presence != Presence::Offline).collect(),
        };
        Ok(Snapshot {
            position,
            taken_at: tx.now(),
            me,
            smart_replies,
            session: self.caller.session,
            users,
            clients,
            threads,
            presences,
        })
    }

    fn presence_of(&self, user: &User) -> UserPresence {
        let presence = self.service.present.presence(user.id);
        UserPresence {
            last_seen: presence.last_seen.max(user.last_seen),
            ..presence
        }
    }
}

/// Rounded down: "last seen" should never lie in the future.
fn to_granularity(at: Timestamp) -> Timestamp {
    let step = i64::try_from(Duration::as_millis(&limits::LAST_SEEN_GRANULARITY)).unwrap_or(1);
    Timestamp(at.0 - at.0.rem_euclid(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_seen_is_kept_to_the_minute() {
        assert_eq!(to_granularity(Timestamp(119_999)), Timestamp(60_000));
        assert_eq!(to_granularity(Timestamp(120_000)), Timestamp(120_000));
    }
}
