//! Groups and their members.

use axum::{Json, extract::State};
use serde::Deserialize;
use tidings_protocol::{
    MemberRole, ThreadId, ThreadView, Title, UserId,
    command::{AddMembers, CreateGroup, LeaveGroup, RemoveMember, RenameGroup, SetMemberRole},
};

use super::{
    ask,
    input::{Entered, Named, NamedWithin},
};
use crate::{error::Refusal, service::Caller, site::Site};

/// Makes a group.
pub async fn create(
    State(site): State<Site>,
    caller: Caller,
    Entered(create): Entered<CreateGroup>,
) -> Result<Json<ThreadView>, Refusal> {
    ask(&site, caller, create).await
}

/// A new name.
#[derive(Deserialize)]
pub struct Name {
    title: Title,
}

/// Gives a group another name.
pub async fn rename(
    State(site): State<Site>,
    caller: Caller,
    Named(thread): Named<ThreadId>,
    Entered(Name { title }): Entered<Name>,
) -> Result<Json<ThreadView>, Refusal> {
    ask(&site, caller, RenameGroup { thread, title }).await
}

/// People to be brought in.
#[derive(Deserialize)]
pub struct People {
    users: Vec<UserId>,
}

/// Brings people into a group.
pub async fn add(
    State(site): State<Site>,
    caller: Caller,
    Named(thread): Named<ThreadId>,
    Entered(People { users }): Entered<People>,
) -> Result<Json<ThreadView>, Refusal> {
    ask(&site, caller, AddMembers { thread, users }).await
}

/// Takes somebody out of a group.
pub async fn remove(
    State(site): State<Site>,
    caller: Caller,
    NamedWithin(thread, user): NamedWithin<ThreadId, UserId>,
) -> Result<Json<ThreadView>, Refusal> {
    ask(&site, caller, RemoveMember { thread, user }).await
}

/// What somebody may do.
#[derive(Deserialize)]
pub struct Part {
    role: MemberRole,
}

/// Changes what a member may do.
pub async fn set_role(
    State(site): State<Site>,
    caller: Caller,
    NamedWithin(thread, user): NamedWithin<ThreadId, UserId>,
    Entered(Part { role }): Entered<Part>,
) -> Result<Json<ThreadView>, Refusal> {
    ask(&site, caller, SetMemberRole { thread, user, role }).await
}

/// Leaves a group.
pub async fn leave(
    State(site): State<Site>,
    caller: Caller,
    Named(thread): Named<ThreadId>,
) -> Result<Json<()>, Refusal> {
    ask(&site, caller, LeaveGroup { thread }).await
}
