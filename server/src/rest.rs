//! The API for programs, under `/api/v1`: path and JSON become a command, its reply becomes JSON.
//!
//! Nothing is decided here: rights and rules are the service's. Refusals have the shape of [`crate::error::Refusal`].

mod accounts;
mod auth;
mod clients;
mod connection;
mod input;
mod invites;
mod me;
mod threads;

use axum::{
    Json, Router,
    routing::{delete, get, post, put},
};
use serde::Serialize;
use tidings_protocol::{ApiError, Reply, Request};

use crate::{error::Refusal, service::Caller, site::Site};

pub use input::{Entered, too_large};

/// All addresses of the API.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/auth/sign-in", post(auth::sign_in))
        .route("/auth/refresh", post(auth::refresh))
        .route("/auth/sign-out", post(auth::sign_out))
        .route("/me", get(me::show))
        .route("/me/name", put(me::rename))
        .route("/me/password", put(me::change_password))
        .route("/me/sign-out-everywhere", post(me::sign_out_everywhere))
        .route("/snapshot", get(me::snapshot))
        .route("/connection", get(connection::show))
        .route("/threads", post(threads::open))
        .route(
            "/threads/{thread}/messages",
            get(threads::page).post(threads::send),
        )
        .route("/threads/{thread}/read", post(threads::mark_read))
        .route("/users", get(accounts::search))
        .route("/users/all", get(accounts::list))
        .route("/users/{user}/active", put(accounts::set_active))
        .route("/users/{user}/role", put(accounts::set_role))
        .route("/clients", get(clients::search).post(clients::add))
        .route("/clients/{client}", put(clients::edit))
        .route("/clients/{client}/archived", put(clients::archive))
        .route("/invites", get(invites::list).post(invites::create))
        .route("/invites/{invite}", delete(invites::revoke))
}

/// Asks for a person and gives the answer as JSON.
async fn ask<R>(site: &Site, caller: Caller, request: R) -> Result<Json<R::Reply>, Refusal>
where
    R: Request,
    R::Reply: TryFrom<Reply, Error = ApiError> + Serialize,
{
    let reply = site.call(caller, request).await?;
    Ok(Json(R::Reply::try_from(reply)?))
}
