//! A request's body must arrive in time: a few bytes now and then would hold a connection, and what it has sent so far,
//! for ever.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use futures_util::{StreamExt, stream};
use thiserror::Error;
use tokio::time::{Instant, timeout_at};

use crate::site::Site;

/// The rest of the body was not waited for.
#[derive(Clone, Copy, Debug, Error)]
#[error("the body did not arrive in time")]
struct TooSlow;

/// Middleware that fails the reading of a body that takes longer than it may.
pub async fn guard(State(site): State<Site>, request: Request, next: Next) -> Response {
    let within = site.settings.timings.body_within;
    next.run(request.map(|body| limited(body, within))).await
}

fn limited(body: Body, within: Duration) -> Body {
    if body.is_end_stream() {
        return body;
    }
    let until = Instant::now() + within;
    Body::from_stream(stream::unfold(Some(body.into_data_stream()), move |chunks| {
        next_chunk(chunks, until)
    }))
}

/// The next part and what follows it. After a failure nothing does.
async fn next_chunk<S>(chunks: Option<S>, until: Instant) -> Option<(Result<Bytes, axum::Error>, Option<S>)>
where
    S: futures_util::Stream<Item = Result<Bytes, axum::Error>> + Unpin,
{
    let mut chunks = chunks?;
    match timeout_at(until, chunks.next()).await {
        Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(chunks))),
        Ok(Some(Err(error))) => Some((Err(error), None)),
        Ok(None) => None,
        Err(_) => Some((Err(axum::Error::new(TooSlow)), None)),
    }
}
