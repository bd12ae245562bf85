//! How people want their threads, and what a message does to that.

use futures_util::FutureExt;
use tidings_protocol::{
    Event, Message, ThreadSettings, Timestamp, UserId,
    command::SetThreadSettings,
    notify::{Verdict, verdict},
    reply::SettingsMark,
};

use super::{Actor, Caller, Error, access, error::Thing};
use crate::store::{
    Audience, Tx,
    settings::{self, Listener},
};

impl Actor {
    /// See [`SetThreadSettings`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member; [`Error::Invalid`] when it is muted for longer than until
    /// [`ThreadSettings::FOREVER`].
    pub async fn set_thread_settings(&self, command: SetThreadSettings) -> Result<SettingsMark, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| set(tx, caller, command).boxed())
            .await
    }
}

async fn set(tx: &mut Tx, caller: Caller, command: SetThreadSettings) -> Result<SettingsMark, Error> {
    let user = access::live(tx, caller).await?.id;
    let old = settings::of(tx, command.thread, user).await?;
    let old = old.ok_or(Error::NotFound(Thing::Thread))?;
    change(tx, user, old, checked(command.settings, tx.now())?).await
}

/// A mute that is over is none.
fn checked(settings: ThreadSettings, now: Timestamp) -> Result<ThreadSettings, Error> {
    if settings.muted_until > Some(ThreadSettings::FOREVER) {
        return Err(Error::Invalid {
            field: "muted_until",
            reason: format!(
                "That is too far away. For \"until I say otherwise\" use {}.",
                ThreadSettings::FOREVER.0
            ),
        });
    }
    Ok(ThreadSettings {
        muted_until: settings.muted_until.filter(|until| *until > now),
        ..settings
    })
}

/// Brings a thread in which `message` was stored just now back to the list of everybody whom it notifies, and of whoever
/// wrote it. To be called after it is noted whom the message mentions.
pub(super) async fn bring_back(tx: &mut Tx, message: &Message) -> Result<(), Error> {
    let now = tx.now();
    for listener in settings::listeners(tx, message.thread, message.seq, true).await? {
        if listener.user == message.sender || verdict_for(&listener, message, now).notifies() {
            bring_back_to(tx, listener).await?;
        }
    }
    Ok(())
}

/// Those who have archived the thread of a message and whom it does not mention. To be called before it is changed.
pub(super) async fn unmentioned(tx: &mut Tx, message: &Message) -> Result<Vec<UserId>, Error> {
    let listeners = settings::listeners(tx, message.thread, message.seq, true).await?;
    let unmentioned = listeners.into_iter().filter(|listener| !listener.mentioned);
    Ok(unmentioned.map(|listener| listener.user).collect())
}

/// Brings the thread of a message that was changed just now back to the list of those whom it mentions since.
pub(super) async fn bring_back_to_mentioned(
    tx: &mut Tx,
    message: &Message,
    unmentioned_before: &[UserId],
) -> Result<(), Error> {
    if unmentioned_before.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    for listener in settings::listeners(tx, message.thread, message.seq, true).await? {
        if unmentioned_before.contains(&listener.user)
            && verdict_for(&listener, message, now) == Verdict::Mention
        {
            bring_back_to(tx, listener).await?;
        }
    }
    Ok(())
}

fn verdict_for(listener: &Listener, message: &Message, now: Timestamp) -> Verdict {
    let settings = &listener.mark.settings;
    verdict(message, listener.user, listener.mentioned, settings, now)
}

async fn bring_back_to(tx: &mut Tx, listener: Listener) -> Result<(), Error> {
    let settings = ThreadSettings {
        archived: false,
        ..listener.mark.settings
    };
    change(tx, listener.user, listener.mark, settings).await?;
    Ok(())
}

async fn change(
    tx: &mut Tx,
    user: UserId,
    old: SettingsMark,
    settings: ThreadSettings,
) -> Result<SettingsMark, Error> {
    if settings == old.settings {
        return Ok(old);
    }
    let mark = SettingsMark {
        settings,
        revision: old.revision.saturating_add(1),
        ..old
    };
    settings::set(tx, user, &mark).await?;
    tx.emit(Audience::User(user), Event::ThreadSettingsChanged { mark });
    Ok(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn muted(until: i64) -> ThreadSettings {
        ThreadSettings {
            muted_until: Some(Timestamp(until)),
            ..ThreadSettings::default()
        }
    }

    #[test]
    fn a_mute_that_is_over_is_none_and_one_that_outlasts_every_clock_is_refused() {
        let now = Timestamp(1_000);
        for over in [i64::MIN, 0, 1_000] {
            assert_eq!(checked(muted(over), now).unwrap(), ThreadSettings::default());
        }
        for until in [1_001, ThreadSettings::FOREVER.0] {
            assert_eq!(checked(muted(until), now).unwrap(), muted(until));
        }
        assert!(checked(muted(ThreadSettings::FOREVER.0 + 1), now).is_err());
    }
}
