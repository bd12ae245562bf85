//! The caller's own account and state.

use axum::{Json, extract::State};
use tidings_protocol::{
    SmartReplySettings, Snapshot, User,
    command::{ChangePassword, Rename, SetSmartReplies, SignOutEverywhere},
};

use super::{ask, input::Entered};
use crate::{error::Refusal, service::Caller, site::Site};

/// The caller's account.
pub async fn show(State(site): State<Site>, caller: Caller) -> Result<Json<User>, Refusal> {
    site.rate_limits.command(caller.user)?;
    Ok(Json(site.service.actor(caller).snapshot().await?.me))
}

/// All that a device of the caller needs to start.
pub async fn snapshot(State(site): State<Site>, caller: Caller) -> Result<Json<Snapshot>, Refusal> {
    site.rate_limits.command(caller.user)?;
    let snapshot = site.service.actor(caller).snapshot().await?;
    site.live.deliveries.sent_snapshot(&snapshot);
    Ok(Json(snapshot))
}

/// Changes the caller's name.
pub async fn rename(
    State(site): State<Site>,
    caller: Caller,
    Entered(rename): Entered<Rename>,
) -> Result<Json<User>, Refusal> {
    ask(&site, caller, rename).await
}

/// Changes the caller's password.
pub async fn change_password(
    State(site): State<Site>,
    caller: Caller,
    Entered(change): Entered<ChangePassword>,
) -> Result<Json<()>, Refusal> {
    ask(&site, caller, change).await
}

/// Chooses whether replies are suggested to the caller.
pub async fn set_smart_replies(
    State(site): State<Site>,
    caller: Caller,
    Entered(choice): Entered<SetSmartReplies>,
) -> Result<Json<SmartReplySettings>, Refusal> {
    ask(&site, caller, choice).await
}

/// Ends all of the caller's sessions.
pub async fn sign_out_everywhere(State(site): State<Site>, caller: Caller) -> Result<Json<()>, Refusal> {
    ask(&site, caller, SignOutEverywhere {}).await
}
