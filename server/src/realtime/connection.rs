//! One device on one socket: hello, catching up, reading and writing, goodbye.
//!
//! It joins the hub before it reads the log, so every event after the offset it is told at joining is in its queue,
//! and it reads the log up to exactly that offset: nothing is lost or doubled between the two.

mod catch_up;
mod outlet;
mod reader;
mod writer;

use std::{sync::Arc, time::Duration};

use axum::extract::ws::{Message, WebSocket};
use futures_util::{Stream, StreamExt};
use tidings_protocol::{
    ApiError, CloseCode, ConnectionId, DeviceFrame, ErrorCode, Position, ServerFrame, VERSION, frame,
};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite;
use uuid::Uuid;

use super::{
    hub::{Hub, Seat},
    presence::{Departure, PresenceBoard},
    queue::Queue,
    typing::Typing,
};
use crate::{
    service::{self, Actor, Caller},
    site::Site,
};
use outlet::Outlet;

/// Answers that wait for the writer. The reader stops reading when they are not taken, so a device that does not read
/// its answers can't pile them up here.
const ANSWERS_WAITING: usize = 8;

/// Longest idleness that is believed. It only bounds arithmetic on a number from outside.
const IDLE_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The device closed it, or is gone.
    Gone,
    /// We close it, with this code.
    Close(u16),
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code.number())
    }
}

impl End {
    /// The end that an error of the transport means.
    fn of(error: axum::Error) -> Self {
        const PROTOCOL_ERROR: u16 = 1002;
        const NOT_UTF8: u16 = 1007;
        match error.into_inner().downcast_ref::<tungstenite::Error>() {
            Some(tungstenite::Error::Capacity(_)) => CloseCode::TooBig.into(),
            Some(tungstenite::Error::Utf8(_)) => Self::Close(NOT_UTF8),
            Some(tungstenite::Error::Protocol(_)) => Self::Close(PROTOCOL_ERROR),
            _ => Self::Gone,
        }
    }
}

/// What reader and writer of a connection share.
struct Connection<'a> {
    site: &'a Site,
    caller: Caller,
    actor: Actor,
    id: ConnectionId,
    queue: Arc<Queue>,
}

/// Serves a device until either side ends it.
pub async fn run(site: &Site, caller: Caller, socket: &mut WebSocket) -> End {
    match serve(site, caller, socket).await {
        Ok(never) => match never {},
        Err(end) => end,
    }
}

async fn serve(site: &Site, caller: Caller, socket: &mut WebSocket) -> Result<std::convert::Infallible, End> {
    let live = &site.live;
    let connection = Connection {
        site,
        caller,
        actor: site.service.actor(caller),
        id: ConnectionId(Uuid::now_v7()),
        queue: Arc::default(),
    };
    let (sink, mut stream) = socket.split();
    let mut outlet = Outlet::new(sink, &connection.queue, live.timings.dead_after);
    let hello = match tokio::time::timeout(live.timings.hello_within, hello(&mut stream)).await {
        Ok(Ok(hello)) => hello,
        Ok(Err(Unfit::End(end))) => return Err(end),
        Ok(Err(Unfit::Error(error))) => {
            outlet.send(&ServerFrame::Error { error }).await?;
            return Err(CloseCode::Policy.into());
        }
        Err(_) => return Err(CloseCode::Policy.into()),
    };
    if hello.version < VERSION {
        return Err(CloseCode::Outdated.into());
    }

    let delivered = live.hub.join(Seat {
        user: caller.user,
        session: caller.session,
        connection: connection.id,
        queue: connection.queue.clone(),
    })?;
    let mut presence = Present {
        hub: &live.hub,
        presence: &live.presence,
        typing: &live.typing,
        caller,
        id: connection.id,
        how: Departure::Lost,
    };
    // The session may have ended between the upgrade and the joining, when nobody could have closed this connection.
    connection.check_session().await?;
    live.presence
        .arrive(caller.user, caller.session, connection.id, hello.idle_for);

    let end = async {
        let caught_up_to = connection
            .catch_up(&mut outlet, hello.position, delivered)
            .await?;
        let (answers, answered) = mpsc::channel(ANSWERS_WAITING);
        tokio::select! {
            biased;
            ended = connection.write(&mut outlet, answered, caught_up_to) => ended,
            end = connection.read(&mut stream, answers) => Err(end),
        }
    }
    .await;
    if end == Err(CloseCode::SignedOut.into()) {
        presence.how = Departure::SignedOut;
    }
    end
}

impl Connection<'_> {
    /// # Errors
    /// [`CloseCode::SignedOut`] when the session has ended. A database that is away ends nothing.
    async fn check_session(&self) -> Result<(), End> {
        match self.site.service.live_session(self.caller.session).await {
            Ok(caller) if caller == self.caller => Ok(()),
            Ok(_) | Err(service::Error::SignedOut) => Err(CloseCode::SignedOut.into()),
            Err(error) => {
                tracing::warn!(%error, "a session could not be checked");
                Ok(())
            }
        }
    }
}

struct Hello {
    version: u16,
    position: Option<Position>,
    idle_for: Duration,
}

/// Why the first frame is no hello.
enum Unfit {
    End(End),
    Error(ApiError),
}

/// Waits for the first frame, which must be a hello.
async fn hello(
    stream: &mut (impl Stream<Item = Result<Message, axum::Error>> + Unpin),
) -> Result<Hello, Unfit> {
    loop {
        let text = match stream.next().await {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Binary(_))) => return Err(Unfit::End(CloseCode::Unsupported.into())),
            Some(Ok(Message::Close(_))) | None => return Err(Unfit::End(End::Gone)),
            Some(Err(error)) => return Err(Unfit::End(End::of(error))),
        };
        return match frame::decode(&text) {
            Ok(DeviceFrame::Hello {
                version,
                position,
                idle_for_ms,
            }) => Ok(Hello {
                version,
                position,
                idle_for: idle(idle_for_ms),
            }),
            Ok(_) => Err(Unfit::Error(ApiError::new(
                ErrorCode::BadRequest,
                "The first frame must be a hello.",
            ))),
            Err(error) => Err(Unfit::Error(error)),
        };
    }
}

fn idle(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds).min(IDLE_MAX)
}

/// A connection's place in the hub and on the boards. Given up when dropped, so that neither an early return nor a
/// panic leaves a ghost.
struct Present<'a> {
    hub: &'a Hub,
    presence: &'a PresenceBoard,
    typing: &'a Typing,
    caller: Caller,
    id: ConnectionId,
    how: Departure,
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.hub.leave(self.caller.user, self.id);
        self.typing.leave(self.caller.user, self.id);
        self.presence.leave(self.caller.user, self.id, self.how);
    }
}
