//! The API for programs, under `/api/v1`: path and JSON become a command, its reply becomes JSON.
//!
//! Nothing is decided here: rights and rules are the service's. Refusals have the shape of [`crate::error::Refusal`].

mod accounts;
mod auth;
mod clients;
mod connection;
mod files;
mod groups;
mod input;
mod invites;
mod me;
mod messages;
mod push;
mod search;
mod threads;
mod uploads;

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
    PUT "/me/smart-replies" => me::set_smart_replies;
    POST "/me/sign-out-everywhere" => me::sign_out_everywhere;
    GET "/snapshot" => me::snapshot;
    GET "/connection" => connection::show;
    POST "/threads" => threads::open;
    GET "/threads/{thread}/messages" => threads::page;
    POST "/threads/{thread}/messages" => threads::send;
    PUT "/threads/{thread}/messages/{seq}" => messages::edit;
    GET "/threads/{thread}/messages/{seq}/versions" => messages::versions;
    GET "/threads/{thread}/messages/{seq}/receipts" => messages::receipts;
    PUT "/threads/{thread}/messages/{seq}/hidden" => messages::hide;
    DELETE "/threads/{thread}/messages/{seq}" => messages::delete;
    DELETE "/threads/{thread}/messages/{seq}/preview" => messages::remove_preview;
    POST "/threads/{thread}/read" => threads::mark_read;
    POST "/threads/{thread}/unread" => threads::mark_unread;
    PUT "/threads/{thread}/settings" => threads::set_settings;
    PUT "/threads/{thread}/reactions" => threads::react;
    GET "/threads/{thread}/suggestions" => threads::suggest;
    POST "/groups" => groups::create;
    PUT "/threads/{thread}/title" => groups::rename;
    POST "/threads/{thread}/members" => groups::add;
    PUT "/threads/{thread}/members/{user}/role" => groups::set_role;
    DELETE "/threads/{thread}/members/{user}" => groups::remove;
    POST "/threads/{thread}/leave" => groups::leave;
    GET "/threads/{thread}/date" => search::locate;
    GET "/search" => search::messages;
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
    GET "/deletions" => messages::deletions;
    GET "/push" => push::show;
    PUT "/push/hide-content" => push::hide_content;
    POST "/push/subscriptions/{push}/test" => push::test;
    DELETE "/push/subscriptions/{push}" => push::unsubscribe;
    POST "/push/subscriptions" => push::subscribe;
}

routes! {
    /// Where files come in: their bodies are larger than others, and take longer.
    pub fn incoming_files;
    /// The same as a list.
    pub const INCOMING_FILES;

    PUT "/uploads/{attachment}" => uploads::put;
}

routes! {
    /// Where files go out. Not compressed: pictures can't be, and parts of a file are parts of what is stored.
    pub fn outgoing_files;
    /// The same as a list.
    pub const OUTGOING_FILES;

    GET "/files/{attachment}" => files::whole;
    GET "/files/{attachment}/thumbnail" => files::thumbnail;
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
