//! Client records.

use axum::{Json, extract::State};
use serde::Deserialize;
use tidings_protocol::{
    Client, ClientId,
    command::{AddClient, ArchiveClient, ClientFields, EditClient, SearchClients},
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
    #[serde(default)]
    archived: bool,
}

/// Finds clients.
pub async fn search(
    State(site): State<Site>,
    caller: Caller,
    Asked(Search { search, archived }): Asked<Search>,
) -> Result<Json<Vec<Client>>, Refusal> {
    let search = SearchClients {
        text: search,
        archived,
    };
    ask(&site, caller, search).await
}

/// Makes a record.
pub async fn add(
    State(site): State<Site>,
    caller: Caller,
    Entered(add): Entered<AddClient>,
) -> Result<Json<Client>, Refusal> {
    ask(&site, caller, add).await
}

/// Replaces the fields of a record.
pub async fn edit(
    State(site): State<Site>,
    caller: Caller,
    Named(client): Named<ClientId>,
    Entered(fields): Entered<ClientFields>,
) -> Result<Json<Client>, Refusal> {
    ask(&site, caller, EditClient { client, fields }).await
}

/// Whether a record is to be put away.
#[derive(Deserialize)]
pub struct Archived {
    archived: bool,
}

/// Puts a record away or brings it back.
pub async fn archive(
    State(site): State<Site>,
    caller: Caller,
    Named(client): Named<ClientId>,
    Entered(Archived { archived }): Entered<Archived>,
) -> Result<Json<Client>, Refusal> {
    ask(&site, caller, ArchiveClient { client, archived }).await
}
