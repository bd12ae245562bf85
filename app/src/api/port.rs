//! The door through which server functions reach the service.
//!
//! The server depends on this crate to render pages, so this crate can't depend on the server: it declares the
//! trait, and the server implements it and provides a [`PortHandle`] as context of each request.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use leptos::prelude::use_context;
pub use tidings_device::Boot;
use tidings_protocol::{AccountRole, ApiError, Command, ErrorCode, Seq, ThreadId};

use super::CallError;
pub use super::{Entry, Opening};

/// What a server function may ask of the server, on behalf of whoever made the request.
#[async_trait]
pub trait Port: Send + Sync {
    /// What the pages before signing in need to know.
    async fn entry(&self) -> Result<Entry, ApiError>;

    /// The caller's snapshot, the newest page of `open` and the one around `at` if the caller is a member of it, and the answers to those of
    /// `questions` that are not refused.
    async fn opening(
        &self,
        open: Option<ThreadId>,
        at: Option<Seq>,
        questions: Vec<Command>,
    ) -> Result<Opening, ApiError>;

    /// Signs in: sets the session's cookies on the response and redirects to `/`.
    async fn sign_in(&self, username: String, password: String) -> Result<(), ApiError>;

    /// Ends the caller's session: clears the cookies and redirects to `/sign-in`.
    async fn sign_out(&self) -> Result<(), ApiError>;

    /// Makes the first account with a token from the console, signs in and redirects to `/`.
    async fn set_up(&self, token: String, account: AccountForm) -> Result<(), ApiError>;

    /// The role that an invitation gives.
    async fn invited(&self, token: String) -> Result<AccountRole, ApiError>;

    /// Makes an account by invitation, signs in and redirects to `/`.
    async fn join(&self, token: String, account: AccountForm) -> Result<(), ApiError>;

    /// Makes an account where registration is open, signs in and redirects to `/`.
    async fn register(&self, account: AccountForm) -> Result<(), ApiError>;
}

/// The fields of a new account as entered, before they are checked.
#[derive(Clone)]
pub struct AccountForm {
    /// The name to sign in with.
    pub username: String,
    /// The name others see.
    pub display_name: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for AccountForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountForm")
            .field("username", &self.username)
            .field("display_name", &self.display_name)
            .finish_non_exhaustive()
    }
}

/// The port of one request, as Leptos context.
#[derive(Clone)]
pub struct PortHandle(pub Arc<dyn Port>);

/// The port of the request being answered.
///
/// # Errors
/// [`ErrorCode::Internal`] when the server has provided none.
pub(super) fn current() -> Result<Arc<dyn Port>, CallError> {
    use_context::<PortHandle>()
        .map(|handle| handle.0)
        .ok_or_else(|| CallError(ApiError::new(ErrorCode::Internal, "The server is not ready.")))
}
