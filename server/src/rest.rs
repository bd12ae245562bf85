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

use axum::Json;
use serde::Serialize;
use tidings_protocol::{ApiError, Reply, Request};

use crate::{error::Refusal, routes::routes, service::Caller, site::Site};

pub use input::{Entered, too_large};

routes! {
    /// All addresses of the API.
    pub fn routes;
    /// The same as a list.
    pub const ADDRESSES;

    POST "/auth/sign-in" => auth::sign_in;
    POST "/auth/refresh" => auth::refresh;
    POST "/auth/sign-out" => auth::sign_out;
    GET "/me" => me::show;
    PUT "/me/name" => me::rename;
    PUT "/me/password" => me::change_password;
    POST "/me/sign-out-everywhere" => me::sign_out_everywhere;
    GET "/snapshot" => me::snapshot;
    GET "/connection" => connection::show;
    POST "/threads" => threads::open;
    GET "/threads/{thread}/messages" => threads::page;
    POST "/threads/{thread}/messages" => threads::send;
    POST "/threads/{thread}/read" => threads::mark_read;
    PUT "/threads/{thread}/reactions" => threads::react;
    GET "/users" => accounts::search;
    GET "/users/all" => accounts::list;
    PUT "/users/{user}/active" => accounts::set_active;
    PUT "/users/{user}/role" => accounts::set_role;
    GET "/clients" => clients::search;
    POST "/clients" => clients::add;
    PUT "/clients/{client}" => clients::edit;
    PUT "/clients/{client}/archived" => clients::archive;
    GET "/invites" => invites::list;
    POST "/invites" => invites::create;
    DELETE "/invites/{invite}" => invites::revoke;
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
