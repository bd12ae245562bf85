//! Whether a message notifies a person: one rule, by which the server decides about push messages and each device about
//! what it shows itself.

use crate::{
    id::UserId,
    message::Message,
    settings::{NotifyLevel, ThreadSettings},
    time::Timestamp,
};

/// What the rule says of one message for one person, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It notifies: every message of the thread does.
    Message,
    /// It notifies: it mentions the person.
    Mention,
    /// It doesn't: the person wrote it.
    Own,
    /// It doesn't: nobody said anything, or it was taken back.
    NothingSaid,
    /// It doesn't: the thread is muted.
    Muted {
        /// Until then.
        until: Timestamp,
    },
    /// It doesn't: only mentions do in this thread, and it mentions somebody else or nobody.
    NoMention,
    /// It doesn't: nothing does in this thread.
    Off,
}

impl Verdict {
    /// Whether it notifies.
    #[must_use]
    pub fn notifies(self) -> bool {
        match self {
            Self::Message | Self::Mention => true,
            Self::Own | Self::NothingSaid | Self::Muted { .. } | Self::NoMention | Self::Off => false,
        }
    }
}

/// Whether `message` notifies `person`, who has the thread as `settings` say, at `now`. `mentioned` tells whether it
/// mentions them, see [`crate::mention::Mentions::address`].
///
/// A mute is silence: a mention doesn't break it, or else whoever is muted could. It counts on the badge all the same.
/// That a thread is archived makes no difference: a message that notifies brings it back.
///
/// ```
/// # use tidings_protocol::{Message, UserId};
/// # fn show(message: &Message, ana: UserId) {
/// use tidings_protocol::{NotifyLevel, ThreadSettings, Timestamp, notify::{Verdict, verdict}};
/// let settings = ThreadSettings { level: NotifyLevel::Mentions, ..ThreadSettings::default() };
/// assert_eq!(verdict(message, ana, true, &settings, Timestamp(0)), Verdict::Mention);
/// # }
/// ```
#[must_use]
pub fn verdict(
    message: &Message,
    person: UserId,
    mentioned: bool,
    settings: &ThreadSettings,
    now: Timestamp,
) -> Verdict {
    if message.sender == person {
        return Verdict::Own;
    }
    if !message.counts() {
        return Verdict::NothingSaid;
    }
    if settings.level == NotifyLevel::Nothing {
        return Verdict::Off;
    }
    if let Some(until) = settings.muted_until
        && settings.is_muted(now)
    {
        return Verdict::Muted { until };
    }
    match settings.level {
        _ if mentioned => Verdict::Mention,
        NotifyLevel::All => Verdict::Message,
        NotifyLevel::Mentions | NotifyLevel::Nothing => Verdict::NoMention,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Body, Content, LocalId, MessageId, Notice, Seq, ThreadId};

    const ME: UserId = UserId(Uuid::from_u128(1));
    const OTHER: UserId = UserId(Uuid::from_u128(2));
    const NOW: Timestamp = Timestamp(1_000);

    fn message(sender: UserId, content: Content) -> Message {
        Message {
            id: MessageId(Uuid::from_u128(3)),
            thread: ThreadId(Uuid::from_u128(4)),
            seq: Seq(1),
            sender,
            local_id: LocalId(Uuid::from_u128(5)),
            content,
            reply_to: None,
            forwarded: false,
            sent_at: NOW,
            edited_at: None,
            reactions: Vec::new(),
            preview: None,
            revision: 0,
        }
    }

    fn said() -> Message {
        message(OTHER, Body::new("Hello.").unwrap().into())
    }

    fn settings(level: NotifyLevel, muted_until: Option<i64>) -> ThreadSettings {
        ThreadSettings {
            level,
            muted_until: muted_until.map(Timestamp),
            ..ThreadSettings::default()
        }
    }

    #[test]
    fn the_level_decides_and_a_mute_silences_whatever_the_level() {
        let until = Timestamp(1_001);
        let table = [
            (NotifyLevel::All, None, false, Verdict::Message),
            (NotifyLevel::All, None, true, Verdict::Mention),
            (NotifyLevel::Mentions, None, false, Verdict::NoMention),
            (NotifyLevel::Mentions, None, true, Verdict::Mention),
            (NotifyLevel::Nothing, None, false, Verdict::Off),
            (NotifyLevel::Nothing, None, true, Verdict::Off),
            (NotifyLevel::All, Some(1_001), false, Verdict::Muted { until }),
            (NotifyLevel::All, Some(1_001), true, Verdict::Muted { until }),
            (NotifyLevel::Mentions, Some(1_001), true, Verdict::Muted { until }),
            (NotifyLevel::All, Some(1_000), false, Verdict::Message),
            (NotifyLevel::Nothing, Some(1_001), true, Verdict::Off),
        ];
        for (level, muted_until, mentioned, expected) in table {
            let settings = settings(level, muted_until);
            let seen = verdict(&said(), ME, mentioned, &settings, NOW);
            assert_eq!(seen, expected, "{settings:?}, mentioned: {mentioned}");
        }
    }

    #[test]
    fn what_one_wrote_oneself_and_what_nobody_said_never_notifies() {
        let usual = ThreadSettings::default();
        let own = message(ME, Body::new("Hello.").unwrap().into());
        assert_eq!(verdict(&own, ME, true, &usual, NOW), Verdict::Own);
        let notice = Content::Notice { notice: Notice::Left };
        for content in [notice, Content::Deleted] {
            let seen = verdict(&message(OTHER, content), ME, false, &usual, NOW);
            assert_eq!(seen, Verdict::NothingSaid);
        }
    }

    #[test]
    fn a_kind_from_a_newer_peer_notifies_since_somebody_said_it() {
        let seen = verdict(
            &message(OTHER, Content::Unknown),
            ME,
            false,
            &ThreadSettings::default(),
            NOW,
        );
        assert!(seen.notifies());
    }

    #[test]
    fn an_archived_thread_notifies_and_so_comes_back() {
        let settings = ThreadSettings {
            archived: true,
            ..ThreadSettings::default()
        };
        assert!(verdict(&said(), ME, false, &settings, NOW).notifies());
    }
}
