//! Calls that must work before there is a socket: signing in and out, joining, and the state a page starts from.
//!
//! Each passes what the person entered to [`port::Port`], which the server implements. Mounted under `/api/fn`,
//! apart from the public API.

#[cfg(feature = "ssr")]
pub mod port;

use leptos::{prelude::*, server_fn::codec::JsonEncoding, server_fn::error::ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use tidings_device::Boot;
use tidings_protocol::{AccountRole, ApiError, Command, ErrorCode, Reply};

/// What the pages before signing in need to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// There is no account yet: the link on the server's console makes the first.
    pub needs_set_up: bool,
    /// Anyone may register without an invitation.
    pub open_registration: bool,
    /// The caller is signed in already.
    pub signed_in: bool,
}

/// What a page opens with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// What the device starts from.
    pub boot: Boot,
    /// Answers to what the page asks first. A question that was refused is not among them: the page asks it again.
    pub answers: Vec<(Command, Reply)>,
}

/// An [`ApiError`] as server functions carry it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error(transparent)]
#[serde(transparent)]
pub struct CallError(pub ApiError);

impl FromServerFnError for CallError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self(match error {
            ServerFnErrorErr::Request(_) => ApiError::new(
                ErrorCode::Unavailable,
                "The server can't be reached. Check the connection and try again.",
            ),
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                ApiError::new(ErrorCode::BadRequest, "A field of the form is missing.")
            }
            _ => ApiError::new(
                ErrorCode::Internal,
                "The server could not answer. Try again in a moment.",
            ),
        })
    }
}

/// See [`Entry`].
#[server(name = LoadEntry, prefix = "/api/fn", endpoint = "entry")]
pub async fn entry() -> Result<Entry, CallError> {
    port::current()?.entry().await.map_err(CallError)
}

/// What the page at `path` opens with for the signed-in person.
#[server(name = LoadOpening, prefix = "/api/fn", endpoint = "opening")]
pub async fn opening(path: String) -> Result<Opening, CallError> {
    let screen = crate::screen::Screen::at(&path);
    port::current()?
        .opening(screen.thread(), screen.message(), screen.questions())
        .await
        .map_err(CallError)
}

/// Signs in and goes to the inbox.
#[server(prefix = "/api/fn", endpoint = "sign_in")]
pub async fn sign_in(username: String, password: String) -> Result<(), CallError> {
    port::current()?
        .sign_in(username, password)
        .await
        .map_err(CallError)
}

/// Ends this session and goes to the sign-in page.
#[server(prefix = "/api/fn", endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), CallError> {
    port::current()?.sign_out().await.map_err(CallError)
}

/// Makes the first account, the owner's, and signs in.
#[server(prefix = "/api/fn", endpoint = "set_up")]
pub async fn set_up(
    token: String,
    username: String,
    display_name: String,
    password: String,
) -> Result<(), CallError> {
    let account = port::AccountForm {
        username,
        display_name,
        password,
    };
    port::current()?.set_up(token, account).await.map_err(CallError)
}

/// The role that an invitation gives; [`ErrorCode::Gone`] if it can't be used any more.
#[server(prefix = "/api/fn", endpoint = "invited")]
pub async fn invited(token: String) -> Result<AccountRole, CallError> {
    port::current()?.invited(token).await.map_err(CallError)
}

/// Makes an account by invitation and signs in.
#[server(prefix = "/api/fn", endpoint = "join")]
pub async fn join(
    token: String,
    username: String,
    display_name: String,
    password: String,
) -> Result<(), CallError> {
    let account = port::AccountForm {
        username,
        display_name,
        password,
    };
    port::current()?.join(token, account).await.map_err(CallError)
}

/// Makes an account where registration is open, and signs in.
#[server(prefix = "/api/fn", endpoint = "register")]
pub async fn register(username: String, display_name: String, password: String) -> Result<(), CallError> {
    let account = port::AccountForm {
        username,
        display_name,
        password,
    };
    port::current()?.register(account).await.map_err(CallError)
}
