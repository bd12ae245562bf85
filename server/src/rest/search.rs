//! Finding messages.

use axum::{Json, extract::State};
use serde::Deserialize;
use tidings_protocol::{
    Seq, ThreadId, Timestamp,
    command::{LocateDate, SearchMessages},
    limits,
    reply::Hits,
    search::{self, Date, Place},
};

use super::{
    ask,
    input::{Asked, Named},
};
use crate::{error::Refusal, service::Caller, site::Site};

/// What is searched for, as people write it.
#[derive(Deserialize)]
pub struct Written {
    #[serde(default)]
    q: String,
    before: Option<Place>,
    limit: Option<u32>,
}

/// Messages that fit. Days are those of UTC.
pub async fn messages(
    State(site): State<Site>,
    caller: Caller,
    Asked(Written { q, before, limit }): Asked<Written>,
) -> Result<Json<Hits>, Refusal> {
    let written = search::parse(&q);
    if let Some(puzzle) = written.puzzle {
        return Ok(Json(Hits {
            hits: Vec::new(),
            next: None,
            note: Some(puzzle.to_string()),
        }));
    }
    let search = SearchMessages {
        query: written.query(Date::begins_in_utc),
        before,
        limit: limit.unwrap_or(limits::SEARCH_HITS),
    };
    ask(&site, caller, search).await
}

/// A time.
#[derive(Deserialize)]
pub struct When {
    #[serde(default)]
    at: Timestamp,
}

/// The first message of a thread since a time.
pub async fn locate(
    State(site): State<Site>,
    caller: Caller,
    Named(thread): Named<ThreadId>,
    Asked(When { at }): Asked<When>,
) -> Result<Json<Seq>, Refusal> {
    ask(&site, caller, LocateDate { thread, at }).await
}
