//! Reading: one frame after the other, each done before the next is looked at. Only what may wait for another machine is
//! done aside, so that a message never waits for suggestions.

use std::num::NonZeroU32;

use futures_util::StreamExt;
use governor::{
    Quota, RateLimiter,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use tidings_protocol::{
    ApiError, CloseCode, Command, DeviceFrame, ErrorCode, Reply, ServerFrame, ThreadId, frame,
};
use tokio::{sync::mpsc, task::JoinSet};
use tracing::Instrument;

use super::{super::read, Connection, End, Heard, Inlet, idle};
use crate::{
    clock::RuntimeClock,
    error::tell,
    fail_point::{Point, reach},
    service::{self, error::Thing},
};

/// Frames that are not understood before a connection is closed, per minute. A device of ours sends none.
const ERRORS_PER_MINUTE: u32 = 20;

/// Commands refused for being too many before a connection is closed, per minute: whoever goes on after being told
/// to wait is not listening.
const REFUSALS_PER_MINUTE: u32 = 100;

/// Signs of typing or activity taken from one connection, per second. Beyond it they are dropped: hints only.
const HINTS_PER_SECOND: u32 = 10;

/// Pings and probes answered on one connection, per minute; beyond it the connection is closed. A device asks when it
/// wakes, and a program's library each some seconds. Each costs an answer.
const PINGS_PER_MINUTE: u32 = 120;

/// Calls done aside at once on one connection; what comes while there are as many waits for its turn as all else does.
const ASIDE_AT_ONCE: usize = 2;

type Bucket = RateLimiter<NotKeyed, InMemoryState, RuntimeClock, NoOpMiddleware<std::time::Instant>>;

/// What one connection may still get wrong.
struct Patience {
    errors: Bucket,
    refusals: Bucket,
    hints: Bucket,
    pings: Bucket,
}

impl Patience {
    fn new() -> Self {
        let number = |value| NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN);
        let bucket = |quota| Bucket::direct_with_clock(quota, RuntimeClock);
        Self {
            errors: bucket(Quota::per_minute(number(ERRORS_PER_MINUTE))),
            refusals: bucket(Quota::per_minute(number(REFUSALS_PER_MINUTE))),
            hints: bucket(Quota::per_second(number(HINTS_PER_SECOND))),
            pings: bucket(Quota::per_minute(number(PINGS_PER_MINUTE))),
        }
    }
}

/// What a frame leads to.
enum Outcome {
    Nothing,
    Answer(ServerFrame),
    /// A frame that was not understood or out of place.
    Wrong(ApiError),
}

impl Connection<'_> {
    /// Reads until the connection ends.
    pub(super) async fn read(&self, inlet: &mut impl Inlet, answers: mpsc::Sender<ServerFrame>) -> End {
        let patience = Patience::new();
        let silence = self.site.live.timings.dead_after;
        // Ends with the connection.
        let mut aside = JoinSet::new();
        loop {
            let text = match tokio::time::timeout(silence, inlet.next()).await {
                Ok(Some(Ok(Heard::Text(text)))) => text,
                Ok(Some(Ok(Heard::Pulse))) => continue,
                Ok(Some(Ok(Heard::Ping))) => {
                    if patience.pings.check().is_err() {
                        return CloseCode::Policy.into();
                    }
                    continue;
                }
                Ok(Some(Err(end))) => return end,
                Ok(None) => return End::Gone,
                Err(_) => return End::Silent,
            };
            let outcome = match frame::decode(&text) {
                Ok(DeviceFrame::Probe) if patience.pings.check().is_err() => return CloseCode::Policy.into(),
                Ok(DeviceFrame::Call {
                    id,
                    command: command @ Command::SuggestReplies(_),
                }) if has_room(&mut aside) => match self.site.rate_limits.command(self.caller.user) {
                    Ok(()) => {
                        let (actor, answers) = (self.actor.clone(), answers.clone());
                        let call = async move {
                            let answer = answered(id, actor.call(command).await);
                            // A connection that has ended meanwhile needs no answer.
                            answers.send(answer).await.ok();
                        };
                        aside.spawn(call.in_current_span());
                        Outcome::Nothing
                    }
                    Err(error) => Outcome::Answer(ServerFrame::Refused { id, error }),
                },
                Ok(frame) => self.act(frame, &patience).await,
                Err(error) => Outcome::Wrong(error),
            };
            let answer = match outcome {
                Outcome::Nothing => continue,
                Outcome::Answer(frame) => frame,
                Outcome::Wrong(error) => {
                    if patience.errors.check().is_err() {
                        return CloseCode::Policy.into();
                    }
                    ServerFrame::Error { error }
                }
            };
            if let ServerFrame::Refused { error, .. } = &answer
                && error.code == ErrorCode::RateLimited
                && patience.refusals.check().is_err()
            {
                return CloseCode::TooSlow.into();
            }
            if answers.send(answer).await.is_err() {
                return End::Gone;
            }
        }
    }

    async fn act(&self, frame: DeviceFrame, patience: &Patience) -> Outcome {
        let live = &self.site.live;
        let user = self.caller.user;
        match frame {
            DeviceFrame::Call { id, command } => {
                reach(Point::Connection);
                Outcome::Answer(self.call(id, command).await)
            }
            DeviceFrame::Acknowledge { position } => {
                if position.epoch == live.epoch {
                    self.note_delivered(position.offset).await;
                }
                Outcome::Nothing
            }
            DeviceFrame::Probe => {
                live.hub.beat(user, self.id);
                Outcome::Nothing
            }
            DeviceFrame::TypingStarted { thread } => self.hint(patience, Some(thread), || {
                live.typing.start(user, self.id, thread);
            }),
            DeviceFrame::TypingStopped { thread } => self.hint(patience, Some(thread), || {
                live.typing.stop(user, self.id, thread);
            }),
            DeviceFrame::Activity { idle_for_ms } => self.hint(patience, None, || {
                live.presence.stir(user, self.id, idle(idle_for_ms));
            }),
            DeviceFrame::Hello { .. } => Outcome::Wrong(ApiError::new(
                ErrorCode::BadRequest,
                "A hello is the first frame of a connection, and only the first.",
            )),
        }
    }

    async fn call(&self, id: u64, command: Command) -> ServerFrame {
        match self.site.rate_limits.command(self.caller.user) {
            Ok(()) => answered(id, self.actor.call(command).await),
            Err(error) => ServerFrame::Refused { id, error },
        }
    }

    /// Acts on a hint, if it is about a thread of this person and not one too many.
    fn hint(&self, patience: &Patience, about: Option<ThreadId>, act: impl FnOnce()) -> Outcome {
        if let Some(thread) = about
            && !read(&self.site.live.members).is_member(self.caller.user, thread)
        {
            return Outcome::Wrong(service::Error::NotFound(Thing::Thread).api());
        }
        if patience.hints.check().is_ok() {
            act();
        }
        Outcome::Nothing
    }
}

fn answered(id: u64, result: Result<Reply, service::Error>) -> ServerFrame {
    match result.map_err(|error| tell(&error)) {
        Ok(reply) => ServerFrame::Reply { id, reply },
        Err(error) => ServerFrame::Refused { id, error },
    }
}

/// Whether one more call may be done aside, now that those which have ended are out of the way. A panic in one of them
/// ends the connection, as everywhere: its answer would be waited for in vain.
fn has_room(aside: &mut JoinSet<()>) -> bool {
    while let Some(ended) = aside.try_join_next() {
        if let Err(error) = ended
            && error.is_panic()
        {
            std::panic::resume_unwind(error.into_panic());
        }
    }
    aside.len() < ASIDE_AT_ONCE
}
