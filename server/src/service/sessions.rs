//! Sessions: signing in, staying signed in, and ending it.
//!
//! A refresh token names its session and is used once. Whoever presents one that has been replaced for good shows
//! that two parties hold the session, so it ends for both.

use std::time::Duration;

use futures_util::FutureExt;
use tidings_protocol::{
    Event, SessionId, Timestamp, User, UserId, Username,
    command::{ChangePassword, SignOutEverywhere},
};
use uuid::Uuid;

use super::{Actor, Caller, Error, Service, SignedIn, Standing, access};
use crate::{
    secret::{SecretToken, TokenHash},
    store::{Audience, Tx, sessions, users},
};

/// A session that isn't used for this long ends.
const IDLE: Duration = Duration::from_secs(30 * 24 * 3600);
/// A session ends this long after it began, however much it is used.
const ABSOLUTE: Duration = Duration::from_secs(90 * 24 * 3600);
/// Two tabs may refresh with the same token at about the same time.
const SAME_MOMENT: Duration = Duration::from_secs(10);

impl Service {
    /// Begins a session.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`] in the same time for an unknown name, a wrong password and a deactivated account;
    /// [`Error::Throttled`] after several failures.
    pub async fn sign_in(&self, username: &str, password: &str) -> Result<SignedIn, Error> {
        self.throttle
            .admit(username, self.now())
            .map_err(|retry_after| Error::Throttled { retry_after })?;
        let mut found = None;
        // A text that can't be a username is an unknown one.
        if let Ok(username) = Username::new(username) {
            let mut tx = self.read().await?;
            if let Some(user) = users::named(&mut tx, &username).await? {
                found = users::password_hash(&mut tx, user)
                    .await?
                    .map(|hash| (user, hash));
            }
        }
        let hash = found.as_ref().map(|(_, hash)| hash.clone());
        let right = self.passwords.verify(password, hash).await?;
        let Some((user, verified)) = found.filter(|_| right) else {
            return Err(Error::WrongCredentials);
        };
        let token = NewToken::for_new_session()?;
        let signed_in = self
            .write(move |tx| {
                async move {
                    // Deactivated, or the password changed, while it was being verified.
                    let user = users::get(tx, user).await?.filter(|user| user.active);
                    let user = user.ok_or(Error::WrongCredentials)?;
                    if users::password_hash(tx, user.id).await?.as_ref() != Some(&verified) {
                        return Err(Error::WrongCredentials);
                    }
                    begin(tx, user, token).await
                }
                .boxed()
            })
            .await?;
        self.throttle.succeeded(username);
        Ok(signed_in)
    }

    /// Continues a session with a new refresh token.
    ///
    /// # Errors
    /// [`Error::SignedOut`] when the session has ended, or ends now because the token was used before.
    pub async fn refresh(&self, refresh_token: &str) -> Result<SignedIn, Error> {
        let Some(session) = session_of(refresh_token) else {
            return Err(Error::SignedOut);
        };
        let presented = TokenHash::of(refresh_token);
        let next = NewToken::of(session)?;
        // `None` is a success of the transaction, so that a revocation is kept.
        self.write(move |tx| rotate(tx, presented, next).boxed())
            .await?
            .ok_or(Error::SignedOut)
    }

    /// Whose session it is, and what they may do.
    ///
    /// # Errors
    /// [`Error::SignedOut`] if it was revoked or has expired, or the account was deactivated.
    pub async fn live_session(&self, session: SessionId) -> Result<Standing, Error> {
        let mut tx = self.read().await?;
        let found = sessions::get(&mut tx, session).await?;
        let live = found
            .filter(|session| is_live(session, tx.now()))
            .ok_or(Error::SignedOut)?;
        Ok(Standing {
            caller: Caller {
                user: live.user,
                session,
            },
            role: live.role,
        })
    }

    /// Ends a session. Ending one twice changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out(&self, session: SessionId) -> Result<(), Error> {
        self.write(move |tx| end(tx, session).boxed()).await
    }
}

impl Actor {
    /// See [`ChangePassword`].
    ///
    /// # Errors
    /// [`Error::Invalid`] when the current password is wrong; [`Error::Throttled`] after several such failures.
    pub async fn change_password(&self, command: ChangePassword) -> Result<(), Error> {
        let service = &self.service;
        let Caller { user, session } = self.caller;
        // Not a username, so it can't meet the count of a sign-in.
        let name = user.to_string();
        service
            .throttle
            .admit(&name, service.now())
            .map_err(|retry_after| Error::Throttled { retry_after })?;
        let verified = users::password_hash(&mut service.read().await?, user).await?;
        if !service
            .passwords
            .verify(&command.current, verified.clone())
            .await?
        {
            return Err(Error::Invalid {
                field: "current",
                reason: "The current password is wrong. Check it and try again.".to_owned(),
            });
        }
        service.throttle.succeeded(&name);
        let hash = service.passwords.hash(command.new.as_str()).await?;
        service
            .write(move |tx| {
                async move {
                    access::live(tx, Caller { user, session }).await?;
                    if users::password_hash(tx, user).await? != verified {
                        return Err(Error::SignedOut);
                    }
                    users::set_password(tx, user, &hash).await?;
                    end_all(tx, user, Some(session)).await
                }
                .boxed()
            })
            .await
    }

    /// See [`SignOutEverywhere`].
    ///
    /// # Errors
    /// [`Error::SignedOut`] when this session has ended already.
    pub async fn sign_out_everywhere(&self, command: SignOutEverywhere) -> Result<(), Error> {
        let SignOutEverywhere {} = command;
        let caller = self.caller;
        self.service
            .write(move |tx| {
                async move {
                    access::live(tx, caller).await?;
                    end_all(tx, caller.user, None).await
                }
                .boxed()
            })
            .await
    }
}

/// A refresh token to be given out, and the session it names.
pub(super) struct NewToken {
    session: SessionId,
    token: SecretToken,
}

impl NewToken {
    pub(super) fn for_new_session() -> Result<Self, Error> {
        Self::of(SessionId(Uuid::now_v7()))
    }

    fn of(session: SessionId) -> Result<Self, Error> {
        let token = SecretToken::generate()?.named(session);
        Ok(Self { session, token })
    }
}

/// Begins a session for an account that has proved itself.
pub(super) async fn begin(tx: &mut Tx, user: User, new: NewToken) -> Result<SignedIn, Error> {
    let now = tx.now();
    sessions::forget_expired(tx, user.id, now - ABSOLUTE, now - IDLE).await?;
    sessions::insert(tx, new.session, user.id).await?;
    sessions::add_token(tx, new.session, new.token.hash(), 1).await?;
    Ok(SignedIn {
        user,
        session: new.session,
        refresh_token: new.token,
    })
}

/// Ends all sessions of a person but `except`.
pub(super) async fn end_all(tx: &mut Tx, user: UserId, except: Option<SessionId>) -> Result<(), Error> {
    for session in sessions::delete_all(tx, user, except).await? {
        tx.emit(Audience::User(user), Event::SessionEnded { session });
    }
    Ok(())
}

async fn end(tx: &mut Tx, session: SessionId) -> Result<(), Error> {
    if let Some(user) = sessions::delete(tx, session).await? {
        tx.emit(Audience::User(user), Event::SessionEnded { session });
    }
    Ok(())
}

async fn rotate(tx: &mut Tx, presented: TokenHash, next: NewToken) -> Result<Option<SignedIn>, Error> {
    let id = next.session;
    let Some(session) = sessions::get(tx, id).await? else {
        return Ok(None);
    };
    if !is_live(&session, tx.now()) {
        end(tx, id).await?;
        return Ok(None);
    }
    let generation = sessions::token_generation(tx, id, presented).await?;
    let newest = match judge(generation, session.generation, tx.now().since(session.rotated_at)) {
        Verdict::Advance => {
            sessions::advance(tx, id, presented, session.generation + 1).await?;
            session.generation + 1
        }
        Verdict::Repeat => session.generation,
        Verdict::Reuse => {
            end(tx, id).await?;
            return Ok(None);
        }
    };
    let Some(user) = users::get(tx, session.user).await? else {
        return Ok(None);
    };
    sessions::add_token(tx, id, next.token.hash(), newest + 1).await?;
    Ok(Some(SignedIn {
        user,
        session: id,
        refresh_token: next.token,
    }))
}

/// What presenting a refresh token means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is one of those given out last: the session moves on.
    Advance,
    /// It was presented before, and nothing given out for it has been: the answer was lost, or two tabs asked at the
    /// same moment.
    Repeat,
    /// It was replaced for good: somebody else holds the session too.
    Reuse,
}

/// Judges a token of generation `presented` (`None`: no longer known) of a session whose newest presented token is of
/// generation `newest`, `rotated` ago.
fn judge(presented: Option<i64>, newest: i64, rotated: Duration) -> Verdict {
    match presented.map(|generation| newest - generation) {
        Some(-1) => Verdict::Advance,
        Some(0) => Verdict::Repeat,
        Some(1) if rotated <= SAME_MOMENT => Verdict::Repeat,
        _ => Verdict::Reuse,
    }
}

/// The beginning and the last use of sessions that have just expired.
pub(super) fn expired(now: Timestamp) -> (Timestamp, Timestamp) {
    (now - ABSOLUTE, now - IDLE)
}

fn is_live(session: &sessions::Session, now: Timestamp) -> bool {
    now.since(session.created_at) < ABSOLUTE && now.since(session.rotated_at) < IDLE
}

/// The session that a refresh token names.
fn session_of(token: &str) -> Option<SessionId> {
    token.split_once('.')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_token_moves_the_session_on() {
        assert_eq!(judge(Some(5), 4, IDLE), Verdict::Advance);
    }

    #[test]
    fn a_lost_answer_can_be_asked_for_again_at_any_time() {
        assert_eq!(judge(Some(4), 4, IDLE), Verdict::Repeat);
    }

    #[test]
    fn a_replaced_token_works_for_a_moment_and_is_a_theft_later() {
        assert_eq!(judge(Some(3), 4, SAME_MOMENT), Verdict::Repeat);
        assert_eq!(
            judge(Some(3), 4, SAME_MOMENT + Duration::from_millis(1)),
            Verdict::Reuse
        );
        assert_eq!(judge(Some(2), 4, Duration::ZERO), Verdict::Reuse);
        assert_eq!(judge(None, 4, Duration::ZERO), Verdict::Reuse);
    }
}
