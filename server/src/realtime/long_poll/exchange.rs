//! The numbers of a connection by long-poll: what the device has taken, and what it still has to.
//!
//! A pure state machine. What must hold: a frame is given again until the device says that it has it, and a frame of
//! the device counts once however often it comes.

use std::collections::VecDeque;

use tidings_protocol::{CloseCode, limits};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::super::connection::End;

/// What a frame that waits costs beside its text, in bytes.
const FRAME_COST: usize = 64;

/// Both directions of a connection.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// What the device has not said to have, in order.
    frames: VecDeque<Utf8Bytes>,
    bytes: usize,
    /// How many frames came before those.
    before: u64,
    /// How many frames of the device have been taken.
    heard: u64,
    end: Option<End>,
}

/// A device says things that can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Impossible;

impl Exchange {
    /// Whether another frame may be added. A single one always may, however large.
    pub(super) fn has_room(&self) -> bool {
        self.frames.is_empty() || self.bytes < limits::POLL_BATCH_BYTES
    }

    /// Adds a frame for the device.
    pub(super) fn say(&mut self, text: Utf8Bytes) {
        if self.end.is_none() {
            self.bytes += text.len() + FRAME_COST;
            self.frames.push_back(text);
        }
    }

    /// What the device has not said to have, and how many frames came before.
    pub(super) fn said(&self) -> (u64, impl Iterator<Item = &Utf8Bytes>) {
        (self.before, self.frames.iter())
    }

    /// How many frames there have been for the device.
    pub(super) fn said_count(&self) -> u64 {
        self.before + self.frames.len() as u64
    }

    /// What the device has not said to have, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the device has not said to have everything.
    pub(super) fn has_frames(&self) -> bool {
        !self.frames.is_empty()
    }

    /// Whether there is something to tell the device.
    pub(super) fn has_news(&self) -> bool {
        self.has_frames() || self.end.is_some()
    }

    /// The device has the first `count` frames.
    ///
    /// # Errors
    /// When there have never been so many.
    pub(super) fn acknowledge(&mut self, count: u64) -> Result<(), Impossible> {
        if count > self.before + self.frames.len() as u64 {
            return Err(Impossible);
        }
        while self.before < count
            && let Some(text) = self.frames.pop_front()
        {
            self.before += 1;
            self.bytes = self.bytes.saturating_sub(text.len() + FRAME_COST);
        }
        Ok(())
    }

    /// How many frames of the device have been taken.
    pub(super) fn heard(&self) -> u64 {
        self.heard
    }

    /// How many frames, of those that come after the first `before` of a device, have been taken already.
    ///
    /// # Errors
    /// When some before them have never come.
    pub(super) fn known(&self, before: u64) -> Result<u64, Impossible> {
        self.heard.checked_sub(before).ok_or(Impossible)
    }

    /// The next frame of the device has been taken.
    pub(super) fn took(&mut self) {
        self.heard += 1;
    }

    /// The connection has ended. Nothing more is added, and for who was signed out nothing is left.
    pub(super) fn close(&mut self, end: End) {
        self.end.get_or_insert(end);
        if end == CloseCode::SignedOut.into() {
            self.before += self.frames.len() as u64;
            self.frames.clear();
            self.bytes = 0;
        }
    }

    /// How the connection has ended, once it has.
    pub(super) fn end(&self) -> Option<End> {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use tidings_device::long_poll::{Errand, LongPoll};
    use tidings_protocol::{ConnectionId, DeviceFrame, PollAnswer, PollRequest, ServerFrame, frame};
    use uuid::Uuid;

    use super::*;

    const CONNECTION: ConnectionId = ConnectionId(Uuid::from_u128(1));

    fn number_of(frame: &DeviceFrame) -> u64 {
        match frame {
            DeviceFrame::Activity { idle_for_ms } => *idle_for_ms,
            other => panic!("nobody said {other:?}"),
        }
    }

    fn refused(id: u64) -> ServerFrame {
        let error = tidings_protocol::ApiError::new(tidings_protocol::ErrorCode::NotFound, "No.");
        ServerFrame::Refused { id, error }
    }

    /// Does what the endpoint does with a request; gives the numbers of what was taken from the device.
    fn serve(exchange: &mut Exchange, request: &PollRequest, taken: &mut Vec<u64>) -> PollAnswer {
        exchange.acknowledge(request.heard).expect("it was said");
        let known = exchange.known(request.before).expect("no hole");
        for frame in request.frames.iter().skip(known as usize) {
            exchange.took();
            taken.push(number_of(frame));
        }
        let (before, frames) = exchange.said();
        PollAnswer {
            connection: CONNECTION,
            heard: exchange.heard(),
            before,
            frames: frames
                .filter(|_| request.wait)
                .map(|text| frame::decode(text).expect("a frame"))
                .collect(),
            closed: None,
        }
    }

    /// A small generator of numbers, the same for the same seed (xorshift).
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, sides: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % sides
        }
    }

    #[test]
    fn whatever_is_lost_repeated_or_late_each_frame_arrives_once_and_in_order() {
        for seed in 1..=500 {
            let mut dice = Dice(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
            let mut exchange = Exchange::default();
            let mut device = LongPoll::new();
            let (mut said, mut taken, mut sent, mut heard) = (0, Vec::new(), 0, Vec::new());
            let open = serve(
                &mut exchange,
                &device.request(Errand::Open).expect("it opens"),
                &mut taken,
            );
            device.answered(Errand::Open, open);
            // Requests that were given up by the device but may still reach the server.
            let mut late: Vec<PollRequest> = Vec::new();
            for step in 0..200 {
                let calm = step > 180;
                match dice.below(8) {
                    0 | 1 if !calm => {
                        device.say(DeviceFrame::Activity { idle_for_ms: said });
                        said += 1;
                    }
                    2 | 3 if !calm => {
                        exchange.say(frame::encode(&refused(sent)).expect("it encodes").into());
                        sent += 1;
                    }
                    4 if !calm && !late.is_empty() => {
                        let request = late.swap_remove(dice.below(late.len() as u64) as usize);
                        serve(&mut exchange, &request, &mut taken);
                    }
                    _ => {
                        for errand in [Errand::Listen, Errand::Speak] {
                            let Some(request) = device.request(errand) else {
                                continue;
                            };
                            match dice.below(if calm { 1 } else { 4 }) {
                                // The request is lost, or late.
                                1 => late.push(request),
                                // The answer is lost.
                                2 => {
                                    serve(&mut exchange, &request, &mut taken);
                                }
                                _ => {
                                    let answer = serve(&mut exchange, &request, &mut taken);
                                    let news = device.answered(errand, answer);
                                    assert_eq!(news.closed, None, "seed {seed}");
                                    heard.extend(news.frames);
                                }
                            }
                        }
                    }
                }
            }
            assert_eq!(taken, (0..said).collect::<Vec<_>>(), "seed {seed}");
            assert_eq!(heard, (0..sent).map(refused).collect::<Vec<_>>(), "seed {seed}");
        }
    }

    #[test]
    fn numbers_that_can_t_be_are_refused() {
        let mut exchange = Exchange::default();
        exchange.say("a".into());
        assert_eq!(exchange.acknowledge(2), Err(Impossible));
        assert_eq!(exchange.acknowledge(u64::MAX), Err(Impossible));
        assert_eq!(exchange.acknowledge(1), Ok(()));
        assert_eq!(
            exchange.acknowledge(0),
            Ok(()),
            "an older request that comes late"
        );
        assert_eq!(exchange.known(1), Err(Impossible));
        assert_eq!(exchange.known(0), Ok(0));
    }

    #[test]
    fn there_is_room_for_one_batch_and_always_for_one_frame() {
        let mut exchange = Exchange::default();
        exchange.say("x".repeat(limits::POLL_BATCH_BYTES * 2).into());
        assert!(!exchange.has_room());
        exchange.acknowledge(1).expect("it was said");
        assert!(exchange.has_room());
    }

    #[test]
    fn who_was_signed_out_gets_nothing_more_and_others_get_what_was_said() {
        for (code, left) in [(CloseCode::SignedOut, 0), (CloseCode::Policy, 1)] {
            let mut exchange = Exchange::default();
            exchange.say("a".into());
            exchange.close(code.into());
            exchange.say("b".into());
            assert_eq!(exchange.said().1.count(), left);
            assert_eq!(exchange.end(), Some(code.into()));
        }
    }
}
