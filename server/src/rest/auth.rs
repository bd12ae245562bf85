//! Signing in and out, for programs.

use axum::{Json, extract::State, response::IntoResponse};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use tidings_protocol::{SessionId, User, limits};

use super::input::Entered;
use crate::{
    auth::Visitor,
    error::Refusal,
    service::{Caller, SignedIn},
    site::Site,
};

/// Name and password.
#[derive(Deserialize)]
pub struct Credentials {
    username: String,
    password: String,
}

/// What a program presents to go on when its access token has expired.
#[derive(Deserialize)]
pub struct Renewal {
    refresh_token: String,
}

/// What a program works with from now on.
#[derive(Serialize)]
pub struct Entrance {
    user: User,
    session: SessionId,
    /// For the `Authorization: Bearer` header.
    access_token: String,
    /// Seconds for which the access token is valid.
    expires_in: u64,
    /// For one refresh, which gives the next.
    refresh_token: String,
}

/// Begins a session.
pub async fn sign_in(
    State(site): State<Site>,
    visitor: Visitor,
    Entered(credentials): Entered<Credentials>,
) -> Result<Json<Entrance>, Refusal> {
    site.rate_limits.entrance(visitor.address)?;
    let signed_in = site
        .service
        .sign_in(&credentials.username, &credentials.password)
        .await?;
    entrance(&site, signed_in)
}

/// Continues a session.
pub async fn refresh(
    State(site): State<Site>,
    visitor: Visitor,
    Entered(renewal): Entered<Renewal>,
) -> Result<Json<Entrance>, Refusal> {
    site.rate_limits.entrance(visitor.address)?;
    let signed_in = site.service.refresh(&renewal.refresh_token).await?;
    entrance(&site, signed_in)
}

/// Ends the session. A browser forgets its cookies with it.
pub async fn sign_out(State(site): State<Site>, caller: Caller) -> Result<impl IntoResponse, Refusal> {
    site.service.sign_out(caller.session).await?;
    let [access, refresh] = site.cookies.forget();
    let forget = axum::response::AppendHeaders([(header::SET_COOKIE, access), (header::SET_COOKIE, refresh)]);
    Ok((StatusCode::NO_CONTENT, forget))
}

fn entrance(site: &Site, signed_in: SignedIn) -> Result<Json<Entrance>, Refusal> {
    let access_token = site.access_token(&signed_in)?;
    Ok(Json(Entrance {
        access_token,
        expires_in: limits::ACCESS_TOKEN_LIFETIME.as_secs(),
        refresh_token: signed_in.refresh_token.reveal().to_owned(),
        session: signed_in.session,
        user: signed_in.user,
    }))
}
