//! People and their accounts.

use axum::{Json, extract::State};
use serde::Deserialize;
use tidings_protocol::{
    AccountRole, User, UserId,
    command::{ListUsers, SearchPeople, SetActive, SetRole},
    reply::Found,
};

use super::{
    ask,
    input::{Asked, Entered, Named},
};
use crate::{error::Refusal, service::Caller, site::Site};

/// What is looked for.
#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    search: String,
}

/// Finds people.
pub async fn search(
    State(site): State<Site>,
    caller: Caller,
    Asked(Search { search: text }): Asked<Search>,
) -> Result<Json<Vec<Found>>, Refusal> {
    ask(&site, caller, SearchPeople { text }).await
}

/// Lists every account.
pub async fn list(State(site): State<Site>, caller: Caller) -> Result<Json<Vec<User>>, Refusal> {
    ask(&site, caller, ListUsers {}).await
}

/// Whether an account is to be usable.
#[derive(Deserialize)]
pub struct Activity {
    active: bool,
}

/// Deactivates an account or brings it back.
pub async fn set_active(
    State(site): State<Site>,
    caller: Caller,
    Named(user): Named<UserId>,
    Entered(Activity { active }): Entered<Activity>,
) -> Result<Json<User>, Refusal> {
    ask(&site, caller, SetActive { user, active }).await
}

/// What an account is to be allowed.
#[derive(Deserialize)]
pub struct Role {
    role: AccountRole,
}

/// Changes what an account may do.
pub async fn set_role(
    State(site): State<Site>,
    caller: Caller,
    Named(user): Named<UserId>,
    Entered(Role { role }): Entered<Role>,
) -> Result<Json<User>, Refusal> {
    ask(&site, caller, SetRole { user, role }).await
}
