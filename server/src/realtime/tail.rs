//! Reads the log as it grows and hands each event to those who may see it.
//!
//! One task per node, and the only one that delivers: everybody sees events in the order of the log. It reads when
//! the bus rings, and once in a while in case a ring was lost. A database that is away only delays it.

use std::{
    sync::{
        Arc, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tidings_protocol::{
    Epoch, Event, Position, Presences, ServerFrame, Signal, Timestamp, UserId, frame, limits,
};
use tokio_util::sync::CancellationToken;

use super::{hub::Hub, members::Members, presence::PresenceBoard, queue::Encoded};
use crate::{
    bus::{Bus, Cast, Heard},
    clock::Clock,
    service::{LogRow, Service},
};

/// The reader of the log and all it delivers with.
pub struct Tail {
    service: Service,
    hub: Arc<Hub>,
    members: Arc<RwLock<Members>>,
    presence: Arc<PresenceBoard>,
    clock: Arc<dyn Clock>,
    epoch: Epoch,
    offset: u64,
    read_at: Arc<ReadAt>,
}

/// When the tail last reached the end of the log: tells whether it runs.
#[derive(Debug, Default)]
pub struct ReadAt(AtomicI64);

impl ReadAt {
    /// The time.
    #[must_use]
    pub fn get(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }

    fn set(&self, at: Timestamp) {
        self.0.store(at.0, Ordering::Relaxed);
    }
}

impl Tail {
    /// A tail that goes on after `from`, the position at which `members` is true.
    #[must_use]
    pub fn new(
        service: Service,
        hub: Arc<Hub>,
        members: Arc<RwLock<Members>>,
        presence: Arc<PresenceBoard>,
        clock: Arc<dyn Clock>,
        from: Position,
    ) -> Self {
        hub.begin_at(from.offset);
        let read_at = Arc::new(ReadAt::default());
        read_at.set(clock.now());
        Self {
            service,
            hub,
            members,
            presence,
            clock,
            epoch: from.epoch,
            offset: from.offset,
            read_at,
        }
    }

    /// When the tail last reached the end of the log.
    #[must_use]
    pub fn read_at(&self) -> Arc<ReadAt> {
        self.read_at.clone()
    }

    /// Delivers until `stop`.
    pub async fn run(mut self, bus: Arc<dyn Bus>, every: Duration, stop: CancellationToken) {
        let mut listener = bus.listen();
        let mut tick = tokio::time::interval(every);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            // In an order in which nothing starves: a tick is due once in a while.
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = tick.tick() => {
                    self.read().await;
                    if self.has_gone_back().await {
                        return;
                    }
                }
                heard = listener.next() => match heard {
                    Some(Heard::Ring) => self.read().await,
                    Some(Heard::Cast(cast)) => self.signal(&cast),
                    // The bus is gone; the ticks go on.
                    None => listener = bus.listen(),
                },
            }
        }
    }

    /// Whether the log ends before what was delivered: the database was exchanged for an older one while the server ran.
    /// What it says from then on can't be told from what it said before, except by a new start.
    async fn has_gone_back(&self) -> bool {
        match self.service.head().await {
            Ok(head) if head.offset < self.offset => {
                tracing::error!(
                    head = head.offset,
                    delivered = self.offset,
                    "the database is an older one than this server started with; stop the server before restoring a backup"
                );
                true
            }
            // The next tick looks again.
            Ok(_) | Err(_) => false,
        }
    }

    /// Delivers what the log has after what was delivered.
    async fn read(&mut self) {
        loop {
            let rows = match self.service.log_after(self.offset, limits::RESUME_PAGE).await {
                Ok(rows) => rows,
                Err(error) => {
                    tracing::warn!(%error, "the log could not be read; it is tried again");
                    return;
                }
            };
            let is_last = rows.len() < limits::RESUME_PAGE as usize;
            for row in rows {
                self.deliver(row);
            }
            if is_last {
                self.read_at.set(self.clock.now());
                return;
            }
        }
    }

    fn deliver(&mut self, row: LogRow) {
        let offset = row.offset;
        let recipients = {
            let mut members = super::write(&self.members);
            members.advance(&row);
            members.receivers(&row)
        };
        let position = Position {
            epoch: self.epoch,
            offset,
        };
        let event = row.event.clone();
        self.hub
            .deliver(offset, &recipients, || Encoded::new(position, event));
        self.offset = offset;
        self.follow_up(&row.event, &recipients);
    }

    /// What an event means for connections, beyond being delivered.
    fn follow_up(&self, event: &Event, recipients: &[UserId]) {
        match event {
            Event::SessionEnded { session } => {
                for user in recipients {
                    self.hub.end_session(*user, *session);
                    self.presence.end_session(*user, *session);
                }
            }
            Event::UserChanged { user } if !user.active => self.hub.end_user(user.id),
            Event::UserChanged { user } => self.hub.end_other_roles(user.id, user.role),
            // New contacts don't know of each other's presence yet.
            Event::ThreadOpened { .. } => self.introduce(recipients, recipients),
            Event::MembersAdded { members, .. } => {
                let new: Vec<UserId> = members.iter().map(|member| member.user).collect();
                self.introduce(&new, recipients);
                self.introduce(recipients, &new);
            }
            Event::MessageSent { .. }
            | Event::MessageChanged { .. }
            | Event::MessageHidden { .. }
            | Event::MessagesRead { .. }
            | Event::MessagesDelivered { .. }
            | Event::UnreadChanged { .. }
            | Event::MarkedUnread { .. }
            | Event::ThreadSettingsChanged { .. }
            | Event::MemberRemoved { .. }
            | Event::MemberRoleChanged { .. }
            | Event::ThreadRenamed { .. }
            | Event::ClientChanged { .. }
            | Event::SmartRepliesChanged { .. }
            | Event::Unknown => {}
        }
    }

    /// Tells `to` who of `users` is here.
    fn introduce(&self, users: &[UserId], to: &[UserId]) {
        let users = self.presence.here(users);
        if !users.is_empty() {
            let presences = Presences {
                complete: false,
                users,
            };
            self.send(to, &Signal::Presence { presences });
        }
    }

    fn signal(&self, cast: &Cast) {
        let mut recipients = super::read(&self.members).recipients(cast.audience, u64::MAX);
        if let Signal::TypingStarted { user, .. } | Signal::TypingStopped { user, .. } = &cast.signal {
            recipients.retain(|recipient| recipient != user);
        }
        self.send(&recipients, &cast.signal);
    }

    fn send(&self, recipients: &[UserId], signal: &Signal) {
        if !self.hub.has_any(recipients) {
            return;
        }
        match frame::encode(&ServerFrame::Signal {
            signal: signal.clone(),
        }) {
            Ok(text) => self.hub.signal(recipients, &text.into()),
            Err(error) => tracing::error!(%error, "a signal could not be encoded"),
        }
    }
}
