//! Whom a message notifies.

use std::time::Duration;

use futures_util::FutureExt;
use tidings_protocol::{
    Content, Event, Message, PushDecision, PushOutcome, Timestamp, limits,
    notify::{Verdict, verdict},
};

use super::super::{Error, Service};
use crate::store::{
    Tx, push,
    push_queue::{self, Candidate, Errand, Kind},
    settings::{self, Listener},
};

/// Events decided about in one transaction: other writes wait meanwhile.
const DECIDE_MAX: u32 = 100;
/// Notifications taken away in one transaction.
const WITHDRAW_MAX: u32 = 100;

impl Service {
    /// Decides about messages that are `hold` old or older: notes for each member with a browser whether it notifies
    /// them, and puts what is to be sent into the queue. Says whether there may be more.
    ///
    /// # Errors
    /// When the database fails; nothing is decided then.
    pub async fn decide_pushes(&self, hold: Duration) -> Result<bool, Error> {
        self.write(move |tx| decide(tx, hold).boxed()).await
    }

    /// Has notifications taken away whose message was read, was deleted, or is no longer the person's to see. Says
    /// whether there may be more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withdraw_pushes(&self) -> Result<bool, Error> {
        self.write(|tx| withdraw(tx).boxed()).await
    }
}

async fn decide(tx: &mut Tx, hold: Duration) -> Result<bool, Error> {
    let events = push_queue::undecided(tx, tx.now() - hold, DECIDE_MAX).await?;
    let more = events.len() == DECIDE_MAX as usize;
    let last = events.last().map(|(position, _)| *position);
    for (position, event) in events {
        match event {
            // That something was deleted before it notified is told, too.
            Event::MessageSent { message } if message.counts() || message.content == Content::Deleted => {
                about(tx, position, &message, Occasion::Sent).await?;
            }
            Event::MessageChanged { message } if message.counts() => {
                about(tx, position, &message, Occasion::Changed).await?;
            }
            _ => {}
        }
    }
    if let Some(last) = last {
        push_queue::advance(tx, last).await?;
    }
    Ok(more)
}

/// Why it is decided about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Occasion {
    Sent,
    /// Of interest to those whom it mentions now, and did not when it was decided about before.
    Changed,
}

/// Decides about one message. Who came after it, or is no member any more, is not asked about it.
async fn about(tx: &mut Tx, position: u64, message: &Message, occasion: Occasion) -> Result<(), Error> {
    let now = tx.now();
    let listeners = settings::listeners(tx, message.thread, message.seq, false).await?;
    for candidate in push_queue::candidates(tx, message.thread, message.seq, message.sender).await? {
        let Some(listener) = listeners.iter().find(|listener| listener.user == candidate.user) else {
            continue;
        };
        let mut outcome = outcome(message, &candidate, listener, now);
        if occasion == Occasion::Changed {
            if outcome != PushOutcome::Queued || !is_newly_mentioned(tx, message, listener).await? {
                continue;
            }
            if push_queue::shows_newer(tx, listener.user, message.thread, message.seq).await? {
                // Browsers show one notification for a thread, and it is about the newest.
                outcome = PushOutcome::Sent;
            }
        }
        if outcome == PushOutcome::Queued {
            let expires_at = message.sent_at + limits::PUSH_LIFETIME;
            push_queue::enqueue_message(tx, candidate.user, message.thread, message.seq, expires_at).await?;
        }
        let decision = PushDecision {
            thread: message.thread,
            seq: message.seq,
            at: now,
            outcome,
        };
        push::note_decision(tx, candidate.user, position, &decision).await?;
    }
    Ok(())
}

/// Whether a message that was changed mentions somebody who was not told of it as it was.
async fn is_newly_mentioned(tx: &mut Tx, message: &Message, listener: &Listener) -> Result<bool, Error> {
    if !listener.mentioned {
        return Ok(false);
    }
    let before = push::decision(tx, listener.user, message.thread, message.seq).await?;
    Ok(matches!(
        before,
        Some(PushOutcome::NoMention | PushOutcome::Muted | PushOutcome::Nothing)
    ))
}

/// Whether a message notifies somebody who did not write it, and why.
fn outcome(message: &Message, candidate: &Candidate, listener: &Listener, now: Timestamp) -> PushOutcome {
    let settings = &listener.mark.settings;
    match verdict(message, listener.user, listener.mentioned, settings, now) {
        Verdict::NothingSaid => PushOutcome::Deleted,
        Verdict::Own => PushOutcome::Read,
        _ if candidate.read >= message.seq => PushOutcome::Read,
        _ if now.since(message.sent_at) >= limits::PUSH_LIFETIME => PushOutcome::Old,
        Verdict::Off => PushOutcome::Nothing,
        Verdict::Muted { .. } => PushOutcome::Muted,
        Verdict::NoMention => PushOutcome::NoMention,
        Verdict::Message | Verdict::Mention => PushOutcome::Queued,
    }
}

async fn withdraw(tx: &mut Tx) -> Result<bool, Error> {
    let outdated = push_queue::outdated(tx, WITHDRAW_MAX).await?;
    let more = outdated.len() == WITHDRAW_MAX as usize;
    for (subscription, thread, seq) in outdated {
        push_queue::forget_shown(tx, subscription, thread).await?;
        let errand = Errand {
            subscription,
            thread,
            kind: Kind::Withdraw,
            seq,
            expires_at: tx.now() + limits::PUSH_LIFETIME,
        };
        push_queue::enqueue(tx, errand).await?;
    }
    Ok(more)
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{
        Body, Content, LocalId, MessageId, NotifyLevel, Seq, ThreadId, ThreadSettings, UserId,
        reply::SettingsMark,
    };
    use uuid::Uuid;

    use super::*;

    fn message() -> Message {
        Message {
            id: MessageId(Uuid::nil()),
            thread: ThreadId(Uuid::nil()),
            seq: Seq(5),
            sender: UserId(Uuid::nil()),
            local_id: LocalId(Uuid::nil()),
            content: Body::new("Hello.").unwrap().into(),
            reply_to: None,
            forwarded: false,
            sent_at: Timestamp(0),
            edited_at: None,
            reactions: Vec::new(),
            preview: None,
            revision: 0,
        }
    }

    const READER: UserId = UserId(Uuid::from_u128(2));

    fn of(message: &Message, read: i64, now: Duration) -> PushOutcome {
        with(message, read, now, ThreadSettings::default(), false)
    }

    fn with(
        message: &Message,
        read: i64,
        now: Duration,
        settings: ThreadSettings,
        mentioned: bool,
    ) -> PushOutcome {
        let candidate = Candidate {
            user: READER,
            read: Seq(read),
        };
        let listener = Listener {
            user: READER,
            mentioned,
            mark: SettingsMark {
                thread: message.thread,
                settings,
                revision: 0,
            },
        };
        outcome(message, &candidate, &listener, Timestamp(0) + now)
    }

    #[test]
    fn the_settings_of_the_thread_decide() {
        let level = |level| ThreadSettings {
            level,
            ..ThreadSettings::default()
        };
        let muted = ThreadSettings {
            muted_until: Some(ThreadSettings::FOREVER),
            ..ThreadSettings::default()
        };
        let of = |settings, mentioned| with(&message(), 4, limits::PUSH_AFTER, settings, mentioned);
        assert_eq!(of(level(NotifyLevel::Nothing), true), PushOutcome::Nothing);
        assert_eq!(of(level(NotifyLevel::Mentions), false), PushOutcome::NoMention);
        assert_eq!(of(level(NotifyLevel::Mentions), true), PushOutcome::Queued);
        assert_eq!(of(muted, true), PushOutcome::Muted);
    }

    #[test]
    fn what_is_unread_notifies() {
        assert_eq!(of(&message(), 4, limits::PUSH_AFTER), PushOutcome::Queued);
    }

    #[test]
    fn what_is_read_deleted_or_old_does_not() {
        assert_eq!(of(&message(), 5, limits::PUSH_AFTER), PushOutcome::Read);
        assert_eq!(of(&message(), 4, limits::PUSH_LIFETIME), PushOutcome::Old);
        let deleted = Message {
            content: Content::Deleted,
            ..message()
        };
        assert_eq!(of(&deleted, 4, limits::PUSH_AFTER), PushOutcome::Deleted);
    }
}
