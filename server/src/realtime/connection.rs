//! One device, whatever carries it: hello, catching up, reading and writing, end.
//!
//! A transport gives it what the device sends as a stream of [`Heard`] and takes a sink of [`Said`]; each in order and
//! whole, or the connection ends.
//!
//! It joins the hub before it reads the log, so every event after the offset it is told at joining is in its queue,
//! and it reads the log up to exactly that offset: nothing is lost or doubled between the two.

mod catch_up;
mod mouth;
mod reader;
mod writer;

use std::{
    any::Any,
    convert::Infallible,
    panic::{AssertUnwindSafe, resume_unwind},
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt, Sink, Stream, StreamExt};
use tidings_protocol::{
    ApiError, CloseCode, ConnectionId, DeviceFrame, ErrorCode, Position, ServerFrame, VERSION, frame,
};
use tokio::sync::mpsc;

use super::{
    hub::{Hub, Seat},
    presence::{Departure, PresenceBoard},
    queue::Queue,
    typing::Typing,
};
use crate::{
    fail_point::{Mutation, mutated, oldest_protocol},
    service::{self, Actor, Caller},
    site::Site,
};
use mouth::Mouth;
use tokio_tungstenite::tungstenite::Utf8Bytes;

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
    /// Nothing has come from the device for so long that nothing will, not even its half of a goodbye.
    Silent,
    /// We close it, with this code.
    Close(u16),
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code.number())
    }
}

/// What a transport brings from a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A frame.
    Text(Utf8Bytes),
    /// Only that the device is there.
    Pulse,
    /// It asked whether we are; the transport has answered.
    Ping,
}

/// What a transport carries to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A frame.
    Text(Utf8Bytes),
    /// Nothing, but the transport should find out whether the device is still there.
    Pulse,
}

/// What a device sends.
pub trait Inlet: Stream<Item = Result<Heard, End>> + Unpin + Send {}
impl<T: Stream<Item = Result<Heard, End>> + Unpin + Send> Inlet for T {}

/// Where what is sent to a device goes. It takes no more than the device takes.
pub trait Outlet: Sink<Said, Error = End> + Unpin + Send {}
impl<T: Sink<Said, Error = End> + Unpin + Send> Outlet for T {}

/// What reader and writer of a connection share.
struct Connection<'a> {
    site: &'a Site,
    caller: Caller,
    actor: Actor,
    id: ConnectionId,
    queue: Arc<Queue>,
}

/// Serves a device until either side ends it. A panic ends this connection and nothing else.
pub async fn run(
    site: &Site,
    caller: Caller,
    id: ConnectionId,
    inlet: &mut impl Inlet,
    outlet: &mut impl Outlet,
) -> End {
    let served = AssertUnwindSafe(serve(site, caller, id, inlet, outlet)).catch_unwind();
    match served.await {
        Ok(Ok(never)) => match never {},
        Ok(Err(end)) => end,
        Err(panic) => {
            tracing::error!(panic = sentence(panic.as_ref()), "a connection failed");
            if mutated(Mutation::SocketDiesOfPanic) {
                resume_unwind(panic);
            }
            CloseCode::Internal.into()
        }
    }
}

fn sentence(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

async fn serve(
    site: &Site,
    caller: Caller,
    id: ConnectionId,
    inlet: &mut impl Inlet,
    outlet: &mut impl Outlet,
) -> Result<Infallible, End> {
    let live = &site.live;
    let connection = Connection {
        site,
        caller,
        actor: site.service.actor(caller),
        id,
        queue: Arc::default(),
    };
    let mut mouth = Mouth::new(outlet, &connection.queue, live.timings.dead_after);
    let hello = match tokio::time::timeout(live.timings.hello_within, hello(inlet)).await {
        Ok(Ok(hello)) => hello,
        Ok(Err(Unfit::End(end))) => return Err(end),
        Ok(Err(Unfit::Error(error))) => {
            mouth.send(&ServerFrame::Error { error }).await?;
            return Err(CloseCode::Policy.into());
        }
        Err(_) => return Err(CloseCode::Policy.into()),
    };
    if hello.version < oldest_protocol(VERSION) && !mutated(Mutation::OutdatedWelcomed) {
        return Err(CloseCode::Outdated.into());
    }

    let delivered = live.hub.join(Seat {
        user: caller.user,
        session: caller.session,
        connection: connection.id,
        role: None,
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
        let from = connection.resumable(hello.position, hello.reached).await?;
        let caught_up_to = connection.catch_up(&mut mouth, from, delivered).await?;
        let (answers, answered) = mpsc::channel(ANSWERS_WAITING);
        tokio::select! {
            biased;
            ended = connection.write(&mut mouth, answered, caught_up_to) => ended,
            end = connection.read(inlet, answers) => Err(end),
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
    /// [`CloseCode::SignedOut`] when the session has ended, [`CloseCode::Resync`] when the person's role is another one
    /// than before. A database that is away ends nothing.
    async fn check_session(&self) -> Result<(), End> {
        match self.site.service.live_session(self.caller.session).await {
            Ok(standing) if standing.caller == self.caller => {
                let hub = &self.site.live.hub;
                hub.stands(self.caller.user, self.id, standing.role)
                    .map_err(End::from)
            }
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
    reached: Option<Position>,
    idle_for: Duration,
}

/// Why the first frame is no hello.
enum Unfit {
    End(End),
    Error(ApiError),
}

/// Waits for the first frame, which must be a hello.
async fn hello(inlet: &mut impl Inlet) -> Result<Hello, Unfit> {
    loop {
        let text = match inlet.next().await {
            Some(Ok(Heard::Text(text))) => text,
            Some(Ok(Heard::Pulse | Heard::Ping)) => continue,
            Some(Err(end)) => return Err(Unfit::End(end)),
            None => return Err(Unfit::End(End::Gone)),
        };
        return match frame::decode(&text) {
            Ok(DeviceFrame::Hello {
                version,
                position,
                reached,
                idle_for_ms,
            }) => Ok(Hello {
                version,
                position,
                reached,
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
        if !mutated(Mutation::EndedConnectionsKept) {
            self.hub.leave(self.caller.user, self.id);
        }
        self.typing.leave(self.caller.user, self.id);
        self.presence.leave(self.caller.user, self.id, self.how);
    }
}
