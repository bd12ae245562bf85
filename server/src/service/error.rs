//! Why the service refuses, and what the outside is told.

use std::time::Duration;

use thiserror::Error;
use tidings_protocol::{ApiError, ErrorCode, TextError, limits};

use crate::{secret::NoRandomness, store};

/// Seconds after which an upload beyond the quota is worth another try.
const QUOTA_AGAIN: u32 = 600;

/// Why something was refused. Each case is one that a caller, or the person behind it, can act on.
#[derive(Debug, Error)]
pub enum Error {
    /// The session was revoked or has expired, or its account was deactivated.
    #[error("the session has ended")]
    SignedOut,
    /// Unknown user, wrong password or deactivated account: one answer for all three.
    #[error("wrong username or password")]
    WrongCredentials,
    /// Too many failed sign-ins for this username.
    #[error("too many failed sign-ins")]
    Throttled {
        /// How long until another try is looked at.
        retry_after: Duration,
    },
    /// Known and not allowed. Only for things whose existence is no secret.
    #[error("not allowed: {0}")]
    Forbidden(Rule),
    /// Does not exist, or is not the caller's to know of.
    #[error("no such {}", .0.noun())]
    NotFound(Thing),
    /// Contradicts what is stored.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// A link that was used, revoked, has expired or never was.
    #[error("the link can't be used")]
    Gone,
    /// A message that was deleted.
    #[error("the message was deleted")]
    Deleted,
    /// More uploads than one person may have.
    #[error("too much was uploaded")]
    Quota {
        /// A sentence for people.
        reason: String,
    },
    /// A value that can't be accepted.
    #[error("{field} is not acceptable: {reason}")]
    Invalid {
        /// The input it is about.
        field: &'static str,
        /// A sentence for people.
        reason: String,
    },
    /// More is waiting to be written, or to have a password checked, than the server is willing to hold.
    #[error("too much is waiting")]
    Busy,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The server itself failed; the cause is for its log only.
    #[error("{0}")]
    Internal(String),
}

/// What can be not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A thread.
    Thread,
    /// A person.
    User,
    /// A client record.
    Client,
    /// An invite.
    Invite,
    /// A message.
    Message,
    /// A browser that is pushed to.
    PushSubscription,
    /// An attachment.
    File,
}

impl Thing {
    /// The word for it, as people see it.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::User => "person",
            Self::Client => "client",
            Self::Invite => "invite",
            Self::Message => "message",
            Self::PushSubscription => "browser",
            Self::File => "file",
        }
    }
}

/// A contradiction with what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The local id was used for another message.
    LocalId,
    /// Somebody else signs in with this name.
    Username,
    /// The client's id was used for another record.
    ClientId,
    /// The attachment's id was used for another file.
    AttachmentId,
    /// The id was used for another thread.
    ThreadId,
    /// The message was sent too long ago to be edited.
    TooLate,
    /// There is an account already, so nothing is left to set up.
    AlreadySetUp,
}

/// A rule about what an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Rule {
    /// See [`tidings_protocol::command::ListUsers`] and the invites.
    #[error("Only admins can do this.")]
    AdminsOnly,
    /// See [`tidings_protocol::command::SetRole`].
    #[error("Only owners can do this.")]
    OwnersOnly,
    /// See [`tidings_protocol::command::SetActive`].
    #[error("You can't do this to your own account. Ask another owner.")]
    NotToOneself,
    /// See [`tidings_protocol::command::CreateInvite`].
    #[error("Owners can't be invited. Invite an admin and change the role afterwards.")]
    OwnersAreNotInvited,
    /// See [`tidings_protocol::command::EditMessage`].
    #[error("Only text that you wrote yourself can be edited.")]
    OwnTextOnly,
    /// See [`tidings_protocol::command::RemovePreview`].
    #[error("Only the preview of what you wrote yourself can be removed.")]
    OwnPreviewOnly,
    /// See [`tidings_protocol::command::DeleteMessage`].
    #[error("You can delete what you wrote. Ask an admin who is in this thread to delete this.")]
    NotYoursToDelete,
    /// See [`tidings_protocol::rights`].
    #[error("Only admins and owners of this group can do this.")]
    GroupAdminsOnly,
    /// See [`tidings_protocol::rights`].
    #[error("Only owners of this group can do this.")]
    GroupOwnersOnly,
    /// See [`tidings_protocol::command::AddMembers`] and the others about groups.
    #[error("This thread is between two people. Start a group to talk with more.")]
    GroupsOnly,
    /// See [`tidings_protocol::command::RemoveMember`].
    #[error("You can't do this to yourself. Leave the group, or ask another owner.")]
    NotOneself,
    /// See [`tidings_protocol::command::LeaveGroup`].
    #[error("You are no longer in this group.")]
    NoLongerMember,
    /// See [`super::Registration`].
    #[error("This organisation is joined by invitation. Ask an admin for a link.")]
    InviteOnly,
}

impl Error {
    /// What the outside is told. It never contains a cause inside the server.
    #[must_use]
    pub fn api(&self) -> ApiError {
        match self {
            Self::SignedOut => ApiError::new(ErrorCode::Unauthorized, "You are signed out. Sign in again."),
            Self::WrongCredentials => ApiError::new(
                ErrorCode::Unauthorized,
                "The username or the password is wrong. Check both and try again.",
            ),
            Self::Throttled { retry_after } => {
                let seconds = whole_seconds(*retry_after);
                ApiError::new(
                    ErrorCode::RateLimited,
                    format!("Too many failed sign-ins. Try again in {seconds} s."),
                )
                .retry_after(seconds)
            }
            Self::Forbidden(rule) => ApiError::new(ErrorCode::Forbidden, rule.to_string()),
            Self::NotFound(thing) => ApiError::new(
                ErrorCode::NotFound,
                format!("There is no such {}, or it is not yours to see.", thing.noun()),
            ),
            Self::Conflict(conflict) => conflict.api(),
            Self::Gone => ApiError::new(
                ErrorCode::Gone,
                "This link can't be used: it was used or revoked, or has expired. Ask for a new one.",
            ),
            Self::Deleted => ApiError::new(
                ErrorCode::Gone,
                "This message was deleted. Send your text as a new message.",
            ),
            Self::Quota { reason } => {
                ApiError::new(ErrorCode::RateLimited, reason.clone()).retry_after(QUOTA_AGAIN)
            }
            Self::Invalid { field, reason } => ApiError::new(ErrorCode::Invalid, reason.clone()).about(field),
            Self::Busy => ApiError::new(
                ErrorCode::Unavailable,
                "The server is busy. It is tried again in a moment.",
            )
            .retry_after(1),
            Self::Store(store::Error::Full) => ApiError::new(
                ErrorCode::StorageFull,
                "The server's disk is full, so nothing can be saved. Tell whoever runs it.",
            )
            .retry_after(5),
            Self::Store(store::Error::Unavailable(_)) => ApiError::new(
                ErrorCode::Unavailable,
                "The server can't reach its database. It is tried again in a moment.",
            )
            .retry_after(1),
            Self::Store(store::Error::Conflict(_) | store::Error::Broken(_)) | Self::Internal(_) => {
                ApiError::new(
                    ErrorCode::Internal,
                    "The server failed. Try again; if it stays, tell whoever runs it.",
                )
            }
        }
    }

    /// A refusal of a validated text.
    #[must_use]
    pub fn invalid(field: &'static str, error: TextError) -> Self {
        Self::Invalid {
            field,
            reason: format!("{error}."),
        }
    }

    /// Whether the cause is inside the server and belongs in its log.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Internal(_))
    }
}

impl Conflict {
    fn api(self) -> ApiError {
        match self {
            Self::LocalId => ApiError::new(
                ErrorCode::Conflict,
                "Another message was sent under this id. Send it as a new message.",
            )
            .about("local_id"),
            Self::Username => ApiError::new(ErrorCode::Conflict, "This username is taken. Choose another.")
                .about("username"),
            Self::ClientId => ApiError::new(
                ErrorCode::Conflict,
                "Another client was added under this id. Add it as a new client.",
            )
            .about("client"),
            Self::AttachmentId => ApiError::new(
                ErrorCode::Conflict,
                "Another file was uploaded under this id. Upload it as a new file.",
            )
            .about("attachment"),
            Self::ThreadId => ApiError::new(
                ErrorCode::Conflict,
                "Another thread was opened under this id. Make it as a new group.",
            )
            .about("thread"),
            Self::TooLate => ApiError::new(
                ErrorCode::Conflict,
                format!(
                    "A message can be edited for {} minutes after it was sent. Send a new one instead.",
                    limits::EDIT_WINDOW.as_secs() / 60
                ),
            ),
            Self::AlreadySetUp => ApiError::new(
                ErrorCode::Conflict,
                "The set-up is done. Sign in, or ask an admin for an invitation.",
            ),
        }
    }
}

impl From<NoRandomness> for Error {
    fn from(error: NoRandomness) -> Self {
        Self::Internal(error.to_string())
    }
}

/// Rounded up, so that a device that waits as told is not refused again.
fn whole_seconds(span: Duration) -> u32 {
    let seconds = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)
}
