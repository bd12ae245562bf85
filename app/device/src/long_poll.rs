//! One connection by long-poll, as whoever drives a device carries it: what to ask next, and what an answer means.
//!
//! Pure: the driver makes the requests. Up to two are under way at a time, one [`Errand::Listen`] that waits for the
//! server and one [`Errand::Speak`] that doesn't, so that what the device says never waits for what it hears. Each is
//! repeated until it is answered; the numbers in it make that harmless. Dropping a `LongPoll` and all its requests ends
//! it: the driver then sends [`LongPoll::farewell`], if it can, so that the server need not find out by itself.

use std::{collections::VecDeque, time::Duration};

use tidings_protocol::{
    CloseCode, ConnectionId, DeviceFrame, ErrorCode, PollAnswer, PollRequest, ServerFrame, frame, limits,
};

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Open the connection: the first one, and alone.
    Open,
    /// Hear what the server says: again and again once the connection is open.
    Listen,
    /// Say what the device says: whenever there is something.
    Speak,
}

impl Errand {
    /// How long an answer may take before the request counts as [`Failure::Unanswered`].
    #[must_use]
    pub fn patience(self) -> Duration {
        match self {
            Self::Open | Self::Speak => limits::CONNECT_TIMEOUT,
            Self::Listen => limits::POLL_WAIT + limits::CONNECT_TIMEOUT,
        }
    }
}

/// What an answer brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Frames that are new, in order.
    pub frames: Vec<ServerFrame>,
    /// The connection has ended after them, with this close code.
    pub closed: Option<u16>,
}

/// Why a request has no answer of the kind it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server refused it with this HTTP status.
    Refused(u16),
    /// Nobody answered, or something else than the server did.
    Unanswered,
}

/// What to do after a [`Failure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Make the same request again, after this long.
    Again(Duration),
    /// The connection is lost; the close code, if one can be told.
    Lost(Option<u16>),
}

/// A connection by long-poll.
#[derive(Debug, Default)]
pub struct LongPoll {
    connection: Option<ConnectionId>,
    heard: u64,
    /// Frames that the server is known to have taken.
    taken: u64,
    /// Frames after those, each with its size in bytes.
    unheard: VecDeque<(DeviceFrame, usize)>,
    failures: [u32; 3],
}

impl LongPoll {
    /// One that is yet to be opened.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The device says something.
    pub fn say(&mut self, frame: DeviceFrame) {
        let size = frame::encode(&frame).map_or(0, |text| text.len());
        self.unheard.push_back((frame, size));
    }

    /// The request for an errand; `None` when there is nothing to say or no connection yet.
    #[must_use]
    pub fn request(&self, errand: Errand) -> Option<PollRequest> {
        let frames = match errand {
            Errand::Open => return Some(self.plain()),
            Errand::Listen => Vec::new(),
            Errand::Speak => self.next_frames(),
        };
        let wait = errand == Errand::Listen;
        (self.connection.is_some() && (wait || !frames.is_empty())).then(|| PollRequest {
            frames,
            wait,
            ..self.plain()
        })
    }

    /// Says that the device leaves; `None` if there is no connection, or none any more.
    #[must_use]
    pub fn farewell(&self) -> Option<PollRequest> {
        self.connection.map(|_| PollRequest {
            leave: true,
            ..self.plain()
        })
    }

    fn plain(&self) -> PollRequest {
        PollRequest {
            connection: self.connection,
            heard: self.heard,
            before: self.taken,
            frames: Vec::new(),
            wait: false,
            leave: false,
        }
    }

    /// As many of the frames not taken yet as fit into one request, at least one.
    fn next_frames(&self) -> Vec<DeviceFrame> {
        let mut bytes = 0;
        let fitting = self.unheard.iter().take_while(|(_, size)| {
            let is_first = bytes == 0;
            bytes += size;
            is_first || bytes <= limits::POLL_SEND_BYTES
        });
        fitting.map(|(frame, _)| frame.clone()).collect()
    }

    /// A request was answered.
    pub fn answered(&mut self, errand: Errand, answer: PollAnswer) -> Heard {
        self.failures[errand as usize] = 0;
        self.connection.get_or_insert(answer.connection);
        while self.taken < answer.heard && self.unheard.pop_front().is_some() {
            self.taken += 1;
        }
        // Answers to two requests can overlap, and a repeated request brings again what was not acknowledged.
        let known = self.heard.saturating_sub(answer.before);
        let skipped = usize::try_from(known).unwrap_or(usize::MAX);
        let is_gap = answer.before > self.heard;
        let frames: Vec<ServerFrame> = answer.frames.into_iter().skip(skipped).collect();
        if is_gap && !frames.is_empty() {
            // Never so with a server of ours. Whatever is missing is asked for by position.
            return Heard {
                frames: Vec::new(),
                closed: Some(CloseCode::Internal.number()),
            };
        }
        self.heard += frames.len() as u64;
        if answer.closed.is_some() {
            self.connection = None;
        }
        Heard {
            frames,
            closed: answer.closed,
        }
    }

    /// A request failed.
    pub fn failed(&mut self, errand: Errand, failure: Failure) -> Next {
        let next = self.next(errand, failure);
        if let Next::Lost(_) = next {
            self.connection = None;
        }
        next
    }

    fn next(&mut self, errand: Errand, failure: Failure) -> Next {
        match failure {
            Failure::Refused(status) if status == ErrorCode::Unauthorized.status() => {
                return Next::Lost(Some(CloseCode::SignedOut.number()));
            }
            Failure::Refused(status) if status == ErrorCode::TooLarge.status() => {
                return Next::Lost(Some(CloseCode::TooBig.number()));
            }
            // Too many requests, and faults, pass. Any other refusal says the same the next time.
            Failure::Refused(status) if status < 500 && status != ErrorCode::RateLimited.status() => {
                return Next::Lost(None);
            }
            Failure::Refused(_) | Failure::Unanswered => {}
        }
        let failures = &mut self.failures[errand as usize];
        *failures += 1;
        // A dial is repeated by whoever dials.
        if errand == Errand::Open || *failures >= limits::POLL_TRIES {
            return Next::Lost(None);
        }
        Next::Again(limits::POLL_AGAIN_AFTER * 2_u32.pow(*failures - 1))
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{Epoch, Position};
    use uuid::Uuid;

    use super::*;

    const CONNECTION: ConnectionId = ConnectionId(Uuid::from_u128(1));

    fn beat(sent: u64) -> ServerFrame {
        let epoch = Epoch(Uuid::from_u128(2));
        ServerFrame::Beat {
            head: Position { epoch, offset: 0 },
            sent,
        }
    }

    fn answer(heard: u64, before: u64, frames: Vec<ServerFrame>) -> PollAnswer {
        PollAnswer {
            connection: CONNECTION,
            heard,
            before,
            frames,
            closed: None,
        }
    }

    fn activity(number: u64) -> DeviceFrame {
        DeviceFrame::Activity { idle_for_ms: number }
    }

    fn opened() -> LongPoll {
        let mut poll = LongPoll::new();
        poll.answered(Errand::Open, answer(0, 0, Vec::new()));
        poll
    }

    #[test]
    fn nothing_is_asked_before_the_connection_is_open() {
        let mut poll = LongPoll::new();
        poll.say(DeviceFrame::Probe);
        assert_eq!(poll.request(Errand::Listen), None);
        assert_eq!(poll.request(Errand::Speak), None);
        assert_eq!(poll.farewell(), None);
        let open = poll.request(Errand::Open).unwrap();
        assert_eq!((open.connection, open.frames), (None, Vec::new()));
    }

    #[test]
    fn a_frame_is_said_until_the_server_has_taken_it() {
        let mut poll = opened();
        poll.say(activity(1));
        poll.say(activity(2));
        let first = poll.request(Errand::Speak).unwrap();
        assert_eq!((first.before, first.frames.len()), (0, 2));
        assert_eq!(
            poll.failed(Errand::Speak, Failure::Unanswered),
            Next::Again(limits::POLL_AGAIN_AFTER)
        );
        assert_eq!(poll.request(Errand::Speak), Some(first));
        poll.answered(Errand::Speak, answer(1, 0, Vec::new()));
        let rest = poll.request(Errand::Speak).unwrap();
        assert_eq!((rest.before, rest.frames), (1, vec![activity(2)]));
        poll.answered(Errand::Speak, answer(2, 0, Vec::new()));
        assert_eq!(poll.request(Errand::Speak), None);
    }

    #[test]
    fn a_frame_that_comes_again_is_heard_once() {
        let mut poll = opened();
        let two = answer(0, 0, vec![beat(1), beat(2)]);
        assert_eq!(poll.answered(Errand::Listen, two.clone()).frames.len(), 2);
        assert_eq!(poll.request(Errand::Listen).unwrap().heard, 2);
        assert_eq!(poll.answered(Errand::Listen, two).frames, []);
        let overlapping = answer(0, 1, vec![beat(2), beat(3)]);
        assert_eq!(poll.answered(Errand::Listen, overlapping).frames, [beat(3)]);
    }

    #[test]
    fn a_hole_ends_the_connection() {
        let mut poll = opened();
        let heard = poll.answered(Errand::Listen, answer(0, 5, vec![beat(6)]));
        assert_eq!(heard.frames, []);
        assert!(heard.closed.is_some());
    }

    #[test]
    fn a_request_stays_small_and_a_large_frame_goes_alone() {
        let mut poll = opened();
        for number in 0..2_000 {
            poll.say(activity(number));
        }
        let first = poll.request(Errand::Speak).unwrap();
        let bytes = frame::encode(&first).unwrap().len();
        assert!(bytes < limits::HTTP_BODY_MAX_BYTES, "{bytes}");
        assert!(first.frames.len() > 100);
    }

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_is_the_end() {
        assert!(opened().farewell().is_some());
        for status in [429, 500, 502, 503] {
            let next = opened().failed(Errand::Listen, Failure::Refused(status));
            assert!(matches!(next, Next::Again(_)), "{status}");
        }
        for (status, code) in [(401, Some(4001)), (413, Some(1009)), (404, None), (403, None)] {
            let mut poll = opened();
            let next = poll.failed(Errand::Speak, Failure::Refused(status));
            assert_eq!(next, Next::Lost(code), "{status}");
            assert_eq!(poll.farewell(), None);
        }
        let (mut poll, mut tries) = (opened(), 1);
        while let Next::Again(_) = poll.failed(Errand::Listen, Failure::Unanswered) {
            tries += 1;
        }
        assert_eq!(tries, limits::POLL_TRIES);
        let next = LongPoll::new().failed(Errand::Open, Failure::Unanswered);
        assert_eq!(next, Next::Lost(None));
    }
}
