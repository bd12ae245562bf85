//! One connection by long-poll: carries frames between requests, which come and go, and the connection, which stays.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::value::RawValue;
use tidings_protocol::{ConnectionId, ErrorCode, PollAnswer};
use tokio::{
    sync::{Mutex as AsyncMutex, Notify, mpsc},
    time::{Instant, sleep_until, timeout},
};

use super::{
    super::connection::{End, Heard, Said},
    exchange::{Exchange, Impossible},
};
use crate::{error::Refusal, service::Caller};

/// A request that brings frames waits so long for them to be taken, then says how many were: a device repeats what was
/// not, and takes a request without an answer for lost after `limits::CONNECT_TIMEOUT`.
const TAKEN_WITHIN: Duration = Duration::from_secs(3);

/// No more than so many bytes are given to a request that says something: a request that waits brings them as well.
const SAID_BYTES: usize = 16 * 1024;

/// One connection.
pub(super) struct Line {
    /// Its identity.
    pub(super) id: ConnectionId,
    /// Whose it is, and by which session.
    pub(super) caller: Caller,
    /// To the connection. Locked while a request's frames are taken, so that those of two don't mix.
    frames: AsyncMutex<mpsc::Sender<Heard>>,
    state: Mutex<State>,
    /// Rung when there is something to tell the device, or nothing to wait for any more.
    news: Notify,
    /// Rung when the device has taken something.
    room: Notify,
    /// Rung with each request.
    pulse: Notify,
    /// Rung when the last waiting request is gone.
    unattended: Notify,
}

struct State {
    exchange: Exchange,
    /// Counts requests that wait: the newest one is the one that is answered.
    listener: u64,
    /// How many of them are there.
    listening: u32,
    /// When the device was last heard of.
    seen: Instant,
    has_left: bool,
}

impl Line {
    /// A connection whose frames go to `frames`.
    pub(super) fn new(id: ConnectionId, caller: Caller, frames: mpsc::Sender<Heard>) -> Self {
        Self {
            id,
            caller,
            frames: AsyncMutex::new(frames),
            state: Mutex::new(State {
                exchange: Exchange::default(),
                listener: 0,
                listening: 0,
                seen: Instant::now(),
                has_left: false,
            }),
            news: Notify::new(),
            room: Notify::new(),
            pulse: Notify::new(),
            unattended: Notify::new(),
        }
    }

    /// A request has come: the device is there.
    pub(super) fn touch(&self) {
        self.lock().seen = Instant::now();
        self.pulse.notify_one();
    }

    /// The device says that it leaves.
    pub(super) fn leave(&self) {
        self.lock().has_left = true;
        self.unattended.notify_one();
    }

    /// The device has the first `count` frames.
    ///
    /// # Errors
    /// 400 when there have never been so many.
    pub(super) fn acknowledge(&self, count: u64) -> Result<(), Refusal> {
        self.lock().exchange.acknowledge(count).map_err(impossible)?;
        self.room.notify_one();
        Ok(())
    }

    /// Takes the frames that come after the device's first `before`, without those taken before.
    ///
    /// # Errors
    /// 400 when some before them have never come.
    pub(super) async fn hear(&self, before: u64, frames: Vec<Box<RawValue>>) -> Result<(), Refusal> {
        if frames.is_empty() {
            return Ok(());
        }
        // Too slow is no error: the answer says what was taken.
        timeout(TAKEN_WITHIN, self.take(before, frames))
            .await
            .unwrap_or(Ok(()))
    }

    async fn take(&self, before: u64, frames: Vec<Box<RawValue>>) -> Result<(), Refusal> {
        let connection = self.frames.lock().await;
        let known = self.lock().exchange.known(before).map_err(impossible)?;
        let new = frames.iter().skip(usize::try_from(known).unwrap_or(usize::MAX));
        for frame in new {
            // The connection has ended: the answer says so.
            let Ok(place) = connection.reserve().await else {
                return Ok(());
            };
            // Nothing can come between the two, so a frame counts if and only if it was taken.
            place.send(Heard::Text(frame.get().into()));
            self.lock().exchange.took();
        }
        Ok(())
    }

    /// Waits until there is something to tell the device, or for `wait`. A newer request ends an older one, whose device
    /// has probably given it up.
    pub(super) async fn listen(&self, wait: Duration) -> PollAnswer<Box<RawValue>> {
        let listening = Listening::begin(self);
        let waited = timeout(wait, async {
            loop {
                let mut news = std::pin::pin!(self.news.notified());
                // Before looking, so that nothing rings unheard between the look and the wait.
                news.as_mut().enable();
                if listening.is_over() {
                    return;
                }
                news.await;
            }
        });
        // Either way the answer is what there is now.
        waited.await.ok();
        self.answer(listening.is_newest())
    }

    /// How many frames there have been for the device.
    pub(super) fn said(&self) -> u64 {
        self.lock().exchange.said_count()
    }

    /// What to tell the device once there is something that was not there when there had been `said` frames, or after `wait`.
    pub(super) async fn answer_after(&self, said: u64, wait: Duration) -> PollAnswer<Box<RawValue>> {
        let waited = timeout(wait, async {
            loop {
                let mut news = std::pin::pin!(self.news.notified());
                // Before looking, as when listening.
                news.as_mut().enable();
                if self.said() > said || self.is_closed() {
                    return;
                }
                news.await;
            }
        });
        waited.await.ok();
        let is_little = self.lock().exchange.bytes() <= SAID_BYTES;
        self.answer(is_little)
    }

    /// What to tell the device now; `fully`: with the frames for it.
    pub(super) fn answer(&self, fully: bool) -> PollAnswer<Box<RawValue>> {
        let state = self.lock();
        let (before, frames) = state.exchange.said();
        let frames = frames
            .filter(|_| fully)
            .map(|text| RawValue::from_string(text.as_str().to_owned()))
            .collect::<Result<Vec<_>, _>>()
            .unwrap_or_else(|error| {
                tracing::error!(%error, "a frame is not JSON");
                Vec::new()
            });
        let closed = match state.exchange.end() {
            Some(End::Close(code)) => Some(code),
            Some(End::Gone | End::Silent) | None => None,
        };
        PollAnswer {
            connection: self.id,
            heard: state.exchange.heard(),
            before,
            frames,
            // The frames come first.
            closed: closed.filter(|_| fully || !state.exchange.has_frames()),
        }
    }

    /// Carries what the connection says, once there is room for it.
    pub(super) async fn say(&self, said: Said) {
        let Said::Text(text) = said else {
            // Requests are the device's pulse.
            return;
        };
        loop {
            {
                let mut state = self.lock();
                if state.exchange.has_room() {
                    state.exchange.say(text);
                    break;
                }
            }
            self.room.notified().await;
        }
        self.news.notify_waiters();
    }

    /// Waits for a request.
    pub(super) async fn pulse(&self) {
        self.pulse.notified().await;
    }

    /// Waits until no request has come or waited for so long, or the device has left.
    pub(super) async fn abandoned(&self, after: Duration) {
        loop {
            let lost_at = {
                let state = self.lock();
                if state.has_left {
                    return;
                }
                (state.listening == 0).then(|| state.seen + after)
            };
            match lost_at {
                Some(at) if at <= Instant::now() => return,
                Some(at) => tokio::select! {
                    () = sleep_until(at) => {}
                    () = self.unattended.notified() => {}
                },
                None => self.unattended.notified().await,
            }
        }
    }

    /// The connection has ended.
    pub(super) fn close(&self, end: End) {
        self.lock().exchange.close(end);
        self.news.notify_waiters();
    }

    /// Whether it has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().exchange.end().is_some()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change leaves the state whole, so it can be used even after a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that waits. Its end is noticed however it ends: a device that is gone takes its requests with it.
struct Listening<'a> {
    line: &'a Line,
    number: u64,
}

impl<'a> Listening<'a> {
    fn begin(line: &'a Line) -> Self {
        let number = {
            let mut state = line.lock();
            state.listening += 1;
            state.listener += 1;
            state.listener
        };
        line.news.notify_waiters();
        Self { line, number }
    }

    fn is_newest(&self) -> bool {
        self.line.lock().listener == self.number
    }

    fn is_over(&self) -> bool {
        let state = self.line.lock();
        state.listener != self.number || state.exchange.has_news()
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        let mut state = self.line.lock();
        state.listening = state.listening.saturating_sub(1);
        state.seen = Instant::now();
        let was_last = state.listening == 0;
        drop(state);
        if was_last {
            self.line.unattended.notify_one();
        }
    }
}

fn impossible(_: Impossible) -> Refusal {
    Refusal::new(
        ErrorCode::BadRequest,
        "The numbers don't fit: frames are missing before these, or more were heard than were said. Open a new \
         connection.",
    )
}
