//! The long-poll endpoint: the frames of a socket, by requests that any proxy passes on.
//!
//! Requests name a connection, and [`LongPolls`] knows those of this node. One that it does not know gets a clear
//! refusal, upon which the device opens a new connection and resumes by position: so nothing depends on reaching the
//! same node again, or on this one not having restarted. [`line`] carries frames between requests and connection.

mod exchange;
mod line;

use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use futures_util::{sink, stream};
use serde_json::value::RawValue;
use tidings_protocol::{CloseCode, ConnectionId, ErrorCode, PollRequest, UserId, limits};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::connection::{self, End, Heard};
use crate::{auth::Visitor, error::Refusal, rest::Entered, service::Caller, site::Site};
use line::Line;

/// Frames of a device that wait to be read. Requests bring no more before these are done, as on a socket.
const FRAMES_WAITING: usize = 8;

/// The connections by long-poll of this node, by person.
#[derive(Default)]
pub struct LongPolls {
    lines: Mutex<HashMap<UserId, HashMap<ConnectionId, Arc<Line>>>>,
}

impl LongPolls {
    /// The connection of this name, if it is the caller's. That of somebody else looks like none.
    fn find(&self, caller: Caller, id: ConnectionId) -> Option<Arc<Line>> {
        let line = self.lock().get(&caller.user)?.get(&id)?.clone();
        (line.caller == caller).then_some(line)
    }

    /// Adds a connection, if its person may have one more. Those that have not said hello yet count as well.
    fn add(&self, line: &Arc<Line>) -> bool {
        let mut lines = self.lock();
        let own = lines.entry(line.caller.user).or_default();
        let open = own.values().filter(|line| !line.is_closed()).count();
        let may_add = open < limits::CONNECTIONS_PER_USER;
        if may_add {
            own.insert(line.id, line.clone());
        }
        may_add
    }

    fn remove(&self, line: &Line) {
        let mut lines = self.lock();
        if let Some(own) = lines.get_mut(&line.caller.user) {
            own.remove(&line.id);
            if own.is_empty() {
                lines.remove(&line.caller.user);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, HashMap<ConnectionId, Arc<Line>>>> {
        // Each change is one call of a map, so it is whole even after a panic elsewhere.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes what a device says on its connection, and gives it what the server says.
///
/// # Errors
/// 401 without a live session, 404 for a connection that is not known here or not the caller's, 400 for numbers that
/// can't be. A connection that the server has closed is no error: the answer says how.
pub async fn exchange(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Result<Caller, Refusal>,
    request: Result<Entered<PollRequest<Box<RawValue>>>, Refusal>,
) -> Result<Response, Refusal> {
    let caller = caller?;
    let Entered(request) = request?;
    let line = match request.connection {
        None => open(&site, caller),
        Some(id) => site.live.long_polls.find(caller, id).ok_or_else(unknown)?,
    };
    line.touch();
    if request.leave {
        line.leave();
    }
    line.acknowledge(request.heard)?;
    let said = line.said();
    let speaks = !request.frames.is_empty();
    line.hear(request.before, request.frames).await?;
    let answer = if visitor.renewed {
        line.answer(request.wait)
    } else if request.wait {
        line.listen(site.live.timings.poll_wait).await
    } else if speaks {
        line.answer_after(said, site.live.timings.poll_said_within).await
    } else {
        line.answer(false)
    };
    Ok(Json(answer).into_response())
}

fn unknown() -> Refusal {
    Refusal::new(
        ErrorCode::NotFound,
        "This connection is not known here: it has ended, or is on another node. Open a new one.",
    )
}

/// Opens a connection and runs it to its end beside the requests.
fn open(site: &Site, caller: Caller) -> Arc<Line> {
    let id = ConnectionId(Uuid::now_v7());
    let (frames, heard) = mpsc::channel(FRAMES_WAITING);
    let line = Arc::new(Line::new(id, caller, frames));
    if site.live.long_polls.add(&line) {
        site.live.sockets.spawn(serve(site.clone(), line.clone(), heard));
    } else {
        line.close(End::from(CloseCode::TooManyConnections));
    }
    line
}

async fn serve(site: Site, line: Arc<Line>, heard: mpsc::Receiver<Heard>) {
    let abandoned_after = site.live.timings.poll_abandoned_after;
    let end = {
        let mut inlet = pin!(stream::unfold(heard, |mut heard| {
            let line = &line;
            async move {
                let heard_next = tokio::select! {
                    biased;
                    next = heard.recv() => next?,
                    () = line.pulse() => Heard::Pulse,
                    () = line.abandoned(abandoned_after) => return None,
                };
                Some((Ok(heard_next), heard))
            }
        }));
        let mut outlet = pin!(sink::unfold((), |(), said| {
            let line = &line;
            async move {
                line.say(said).await;
                Ok::<_, End>(())
            }
        }));
        connection::run(&site, line.caller, line.id, &mut inlet, &mut outlet).await
    };
    line.close(end);
    if matches!(end, End::Gone | End::Silent) {
        site.live.long_polls.remove(&line);
        return;
    }
    // Kept for a while so that the device learns why. Not by this task, which a stopping server waits for.
    tokio::spawn(async move {
        tokio::time::sleep(abandoned_after).await;
        site.live.long_polls.remove(&line);
    });
}
