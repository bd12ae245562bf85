//! What the server does, whoever asks and over whichever transport.
//!
//! A [`Service`] answers what needs no caller (signing in, joining, reading the log); an [`Actor`] is a service bound
//! to one authenticated person, and all they may ask goes through [`Actor::call`]. Rights are checked here and
//! nowhere else; the transports decide nothing. Nothing here knows HTTP, sockets or SQL.

pub mod error;

use std::sync::Arc;

use tidings_protocol::{
    AccountRole, Command, DisplayName, Password, Position, Reply, Seq, SessionId, Snapshot, ThreadId,
    Timestamp, User, UserId, Username, presence::UserPresence,
};

pub use error::Error;

pub use crate::store::{Audience, LogRow, Memberships};
use crate::{bus::Bus, clock::Clock, secret::SecretToken, store::Db};

/// What the organisation decided about its server.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Address under which people reach the server, without a slash at the end; links begin with it.
    pub public_url: String,
    /// How people join.
    pub registration: Registration,
}

/// How people join.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// By an invite link only.
    #[default]
    InviteOnly,
    /// Anyone who reaches the page may make a staff account.
    Open,
}

/// Knows who is connected.
pub trait WhoIsHere: Send + Sync + 'static {
    /// The person's presence now. `last_seen` may be `None` when it knows of no input; the stored one counts then.
    fn presence(&self, user: UserId) -> UserPresence;
}

/// An authenticated person on one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// The session they are signed in with.
    pub session: SessionId,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The name to sign in with.
    pub username: Username,
    /// The name shown.
    pub display_name: DisplayName,
    /// The password, as text.
    pub password: Password,
}

/// A person who has just proved who they are.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// Their session.
    pub session: SessionId,
    /// What to present to [`Service::refresh`].
    pub refresh_token: SecretToken,
}

/// The service. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Service {
    #[expect(dead_code, reason = "the operations follow")]
    db: Db,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    present: Arc<dyn WhoIsHere>,
    policy: Arc<Policy>,
}

/// A service bound to one authenticated person.
#[derive(Clone)]
pub struct Actor {
    service: Service,
    caller: Caller,
}

fn later<T>() -> Result<T, Error> {
    Err(Error::Internal("not there yet".to_owned()))
}

impl Service {
    /// A service on an open database. Starts the task that writes; it ends with the last clone of the service.
    ///
    /// Must be called within a Tokio runtime.
    #[must_use]
    pub fn new(
        db: Db,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        present: Arc<dyn WhoIsHere>,
        policy: Policy,
    ) -> Self {
        Self {
            db,
            bus,
            clock,
            present,
            policy: Arc::new(policy),
        }
    }

    /// The service as `caller` may use it.
    #[must_use]
    pub fn actor(&self, caller: Caller) -> Actor {
        Actor {
            service: self.clone(),
            caller,
        }
    }

    /// Begins a session.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`] in the same time for an unknown name, a wrong password and a deactivated account;
    /// [`Error::Throttled`] after several failures.
    pub async fn sign_in(&self, username: &str, password: &str) -> Result<SignedIn, Error> {
        let _ = (
            username,
            password,
            &self.bus,
            &self.clock,
            &self.present,
            &self.policy,
        );
        later()
    }

    /// Continues a session with a new refresh token.
    ///
    /// # Errors
    /// [`Error::SignedOut`] when the session has ended, or ends now because the token was used before.
    pub async fn refresh(&self, refresh_token: &str) -> Result<SignedIn, Error> {
        let _ = refresh_token;
        later()
    }

    /// Whose session it is.
    ///
    /// # Errors
    /// [`Error::SignedOut`] if it was revoked or has expired, or the account was deactivated.
    pub async fn live_session(&self, session: SessionId) -> Result<Caller, Error> {
        let _ = session;
        later()
    }

    /// Ends a session. Ending one twice changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out(&self, session: SessionId) -> Result<(), Error> {
        let _ = session;
        later()
    }

    /// Whether there is no account yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn needs_set_up(&self) -> Result<bool, Error> {
        later()
    }

    /// A token with which the first account can be made. It replaces one issued before.
    ///
    /// # Errors
    /// A conflict when there is an account already.
    pub async fn issue_set_up_token(&self) -> Result<SecretToken, Error> {
        later()
    }

    /// Makes the first account, an owner, and signs it in.
    ///
    /// # Errors
    /// [`Error::Gone`] unless the token is the one issued last and there is no account yet.
    pub async fn set_up(&self, token: &str, account: NewAccount) -> Result<SignedIn, Error> {
        let _ = (token, account);
        later()
    }

    /// The role that an invite gives.
    ///
    /// # Errors
    /// [`Error::Gone`] unless it can still be used.
    pub async fn invited(&self, token: &str) -> Result<AccountRole, Error> {
        let _ = token;
        later()
    }

    /// Makes an account by an invite, uses the invite up, and signs the account in.
    ///
    /// # Errors
    /// [`Error::Gone`] unless the invite can still be used; a conflict when the username is taken.
    pub async fn join(&self, token: &str, account: NewAccount) -> Result<SignedIn, Error> {
        let _ = (token, account);
        later()
    }

    /// Makes a staff account and signs it in.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless registration is open; a conflict when the username is taken.
    pub async fn register(&self, account: NewAccount) -> Result<SignedIn, Error> {
        let _ = account;
        later()
    }

    /// The newest position of the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn head(&self) -> Result<Position, Error> {
        later()
    }

    /// Up to `limit` rows of the log after `offset`, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_after(&self, offset: u64, limit: u32) -> Result<Vec<LogRow>, Error> {
        let _ = (offset, limit);
        later()
    }

    /// Offset of the oldest row kept: a reader that stands at it minus one or later can resume. One more than the
    /// head when no row is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn oldest_offset(&self) -> Result<u64, Error> {
        later()
    }

    /// Who is in which thread, and the offset at which that is true.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn memberships(&self) -> Result<Memberships, Error> {
        later()
    }

    /// Remembers a person's newest input. Not an event: presence carries it to those who are connected.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_seen(&self, user: UserId, at: Timestamp) -> Result<(), Error> {
        let _ = (user, at);
        later()
    }

    /// Removes rows of the log that no device resumes from, and says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_log(&self) -> Result<u64, Error> {
        later()
    }
}

impl Actor {
    /// Who calls.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.caller
    }

    /// Does what is asked.
    ///
    /// # Errors
    /// A refusal, which changed nothing.
    pub async fn call(&self, command: Command) -> Result<Reply, Error> {
        let _ = (command, &self.service);
        later()
    }

    /// All that a device of the caller needs to start.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        later()
    }

    /// Says that messages up to these have reached a device of the caller. Marks that don't move anything forward,
    /// or name a thread that is not the caller's, are passed over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_delivered(&self, marks: Vec<(ThreadId, Seq)>) -> Result<(), Error> {
        let _ = marks;
        later()
    }
}
