//! Invitations.

use axum::{Json, extract::State};
use tidings_protocol::{
    InviteId,
    command::{CreateInvite, ListInvites, RevokeInvite},
    reply::Invite,
};

use super::{
    ask,
    input::{Entered, Named},
};
use crate::{error::Refusal, service::Caller, site::Site};

/// Lists the invites that can still be used.
pub async fn list(State(site): State<Site>, caller: Caller) -> Result<Json<Vec<Invite>>, Refusal> {
    ask(&site, caller, ListInvites {}).await
}

/// Makes an invite; only this answer has its link.
pub async fn create(
    State(site): State<Site>,
    caller: Caller,
    Entered(create): Entered<CreateInvite>,
) -> Result<Json<Invite>, Refusal> {
    ask(&site, caller, create).await
}

/// Makes an invite unusable.
pub async fn revoke(
    State(site): State<Site>,
    caller: Caller,
    Named(invite): Named<InviteId>,
) -> Result<Json<()>, Refusal> {
    ask(&site, caller, RevokeInvite { invite }).await
}
