//! What the server does, whoever asks and over whichever transport.
//!
//! A [`Service`] answers what needs no caller (signing in, joining, reading the log); an [`Actor`] is a service bound
//! to one authenticated person, and all they may ask goes through [`Actor::call`]. Rights are checked here and
//! nowhere else; the transports decide nothing. Nothing here knows HTTP, sockets or SQL.

mod access;
mod accounts;
mod attachments;
mod changes;
mod clients;
pub mod error;
mod groups;
mod hiding;
mod invites;
mod mentions;
mod messages;
mod passwords;
mod previews;
mod push;
mod reactions;
mod receipts;
mod search;
mod sessions;
mod settings;
mod smart_replies;
mod sync;
mod threads;
mod throttle;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tidings_protocol::{
    AccountRole, Command, DisplayName, Password, Reply, SessionId, Timestamp, User, UserId, Username,
    presence::UserPresence,
};

pub use attachments::Uploaded;
pub use error::Error;
use passwords::Passwords;
pub use push::{Sending, Waiting};
pub(crate) use threads::direct_key;
use throttle::Throttle;

pub use crate::store::{Audience, LogRow, Membership, Memberships, previews::Wanted};
use crate::{
    bus::Bus,
    clock::Clock,
    model::Model,
    secret::SecretToken,
    store::{
        Db, Tx,
        writer::{Busy, Writer},
    },
};

/// What the organisation decided about its server.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Address under which people reach the server, without a slash at the end; links begin with it.
    pub public_url: String,
    /// How people join.
    pub registration: Registration,
    /// Whether pages that messages link to are looked at.
    pub link_previews: bool,
    /// Whether addresses of this machine may be asked too, and without TLS: for tests and development.
    pub outbound_loopback: bool,
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

/// What a session is good for, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who is signed in with it.
    pub caller: Caller,
    /// What they may do.
    pub role: AccountRole,
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
    db: Db,
    writer: Writer,
    clock: Arc<dyn Clock>,
    present: Arc<dyn WhoIsHere>,
    policy: Arc<Policy>,
    passwords: Passwords,
    throttle: Arc<Throttle>,
    model: Option<Model>,
}

/// A service bound to one authenticated person.
#[derive(Clone)]
pub struct Actor {
    service: Service,
    caller: Caller,
}

impl Service {
    /// A service on an open database. Starts the task that writes, which rings `bus` after each commit that others
    /// should hear of and ends with the last clone of the service.
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
            writer: Writer::start(db.clone(), Arc::clone(&clock), move || bus.ring()),
            db,
            clock,
            present,
            policy: Arc::new(policy),
            passwords: Passwords::new(),
            throttle: Arc::default(),
            model: None,
        }
    }

    /// The same, with a language model that people may have asked for replies.
    #[must_use]
    pub fn with_model(self, model: Model) -> Self {
        Self {
            model: Some(model),
            ..self
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

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A password as it is stored.
    pub(crate) async fn hash_password(&self, password: &str) -> Result<String, Error> {
        self.passwords.hash(password).await
    }

    /// The host of the language model, if there is one.
    fn model_host(&self) -> Option<&str> {
        self.model.as_ref().map(Model::host)
    }

    async fn read(&self) -> Result<Tx, Error> {
        Ok(self.db.read(self.now()).await?)
    }

    pub(crate) async fn write<T, F>(&self, operation: F) -> Result<T, Error>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, Error>> + Send + 'static,
        T: Send + 'static,
    {
        self.writer.write(operation).await
    }
}

impl Actor {
    /// Who calls.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.caller
    }

    /// Does what is asked: the one door for all transports.
    ///
    /// # Errors
    /// A refusal, which changed nothing.
    pub async fn call(&self, command: Command) -> Result<Reply, Error> {
        Ok(match command {
            Command::SendMessage(command) => self.send_message(command).await?.into(),
            Command::EditMessage(command) => self.edit_message(command).await?.into(),
            Command::DeleteMessage(command) => self.delete_message(command).await?.into(),
            Command::LoadVersions(command) => self.load_versions(command).await?.into(),
            Command::HideMessage(command) => self.hide_message(command).await?.into(),
            Command::LoadReceipts(command) => self.load_receipts(command).await?.into(),
            Command::MarkRead(command) => self.mark_read(command).await?.into(),
            Command::MarkUnread(command) => self.mark_unread(command).await?.into(),
            Command::SetThreadSettings(command) => self.set_thread_settings(command).await?.into(),
            Command::React(command) => self.react(command).await?.into(),
            Command::RemovePreview(command) => self.remove_preview(command).await?.into(),
            Command::LoadMessages(command) => self.load_messages(command).await?.into(),
            Command::SearchMessages(command) => self.search_messages(command).await?.into(),
            Command::LocateDate(command) => self.locate_date(command).await?.into(),
            Command::OpenThread(command) => self.open_thread(command).await?.into(),
            Command::CreateGroup(command) => self.create_group(command).await?.into(),
            Command::AddMembers(command) => self.add_members(command).await?.into(),
            Command::RemoveMember(command) => self.remove_member(command).await?.into(),
            Command::SetMemberRole(command) => self.set_member_role(command).await?.into(),
            Command::RenameGroup(command) => self.rename_group(command).await?.into(),
            Command::LeaveGroup(command) => self.leave_group(command).await?.into(),
            Command::SearchPeople(command) => self.search_people(command).await?.into(),
            Command::SearchClients(command) => self.search_clients(command).await?.into(),
            Command::AddClient(command) => self.add_client(command).await?.into(),
            Command::EditClient(command) => self.edit_client(command).await?.into(),
            Command::ArchiveClient(command) => self.archive_client(command).await?.into(),
            Command::SuggestReplies(command) => self.suggest_replies(command).await?.into(),
            Command::SetSmartReplies(command) => self.set_smart_replies(command).await?.into(),
            Command::Rename(command) => self.rename(command).await?.into(),
            Command::ChangePassword(command) => self.change_password(command).await?.into(),
            Command::SignOutEverywhere(command) => self.sign_out_everywhere(command).await?.into(),
            Command::ListUsers(command) => self.list_users(command).await?.into(),
            Command::SetActive(command) => self.set_active(command).await?.into(),
            Command::SetRole(command) => self.set_role(command).await?.into(),
            Command::CreateInvite(command) => self.create_invite(command).await?.into(),
            Command::ListInvites(command) => self.list_invites(command).await?.into(),
            Command::ListDeletions(command) => self.list_deletions(command).await?.into(),
            Command::RevokeInvite(command) => self.revoke_invite(command).await?.into(),
            Command::SubscribePush(command) => self.subscribe_push(command).await?.into(),
            Command::UnsubscribePush(command) => self.unsubscribe_push(command).await?.into(),
            Command::TestPush(command) => self.test_push(command).await?.into(),
            Command::HidePushContent(command) => self.hide_push_content(command).await?.into(),
            Command::LoadPush(command) => self.load_push(command).await?.into(),
        })
    }
}

impl From<Busy> for Error {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}
