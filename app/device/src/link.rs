//! The connection as the device sees it: Waiting → Dialling → Resuming → Live.
//!
//! Knows nothing of what travels: [`crate::Device`] applies events and sends commands while [`Link::is_live`]. What
//! must hold: every loss passes through [`Link::lose`], which raises [`Link::losses`], so nothing that waited for an
//! answer on a lost connection waits for ever; and the banner follows from times kept here, not from a timer.

use std::time::Duration;

use fastrand::Rng;
use tidings_protocol::{CloseCode, DeviceFrame, Position, Timestamp, VERSION, limits};

use crate::{
    backoff::Backoff,
    io::{Banner, Effect},
    turn::Turn,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No connection. Dials at `until`; `None` waits to be asked.
    Waiting { until: Option<Timestamp> },
    /// A dial is under way.
    Dialling { deadline: Timestamp },
    /// Hello is sent; `welcomed` once it is answered and missed events are coming.
    Resuming { welcomed: bool },
    /// Events flow.
    Live { since: Timestamp },
    /// Signed out or outdated: never dials again.
    Ended,
}

/// What a beat said about this connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beaten {
    /// Everything that was sent has come.
    Whole,
    /// Events are missing: the connection was given up, and the next one starts from a snapshot.
    Torn,
    /// Out of place; skipped.
    Skipped,
}

#[derive(Debug)]
pub(crate) struct Link {
    state: State,
    position: Option<Position>,
    backoff: Backoff,
    rng: Rng,
    losses: u64,
    /// Events counted on this connection, to be compared with the server's count.
    received: u64,
    /// When the connection is taken for dead unless something comes.
    silent_at: Timestamp,
    probing: bool,
    /// Since when events have not flowed; `None` while they do, and before the start.
    down_since: Option<Timestamp>,
    back_until: Option<Timestamp>,
    hidden_since: Option<Timestamp>,
    /// Since when the system says that there is no network, with nothing heard to the contrary.
    cut_since: Option<Timestamp>,
    /// The server asked not to return by itself.
    only_by_hand: bool,
}

impl Link {
    pub(crate) fn new(rng: Rng, position: Option<Position>) -> Self {
        Self {
            state: State::Waiting { until: None },
            position,
            backoff: Backoff::default(),
            rng,
            losses: 0,
            received: 0,
            silent_at: Timestamp::default(),
            probing: false,
            down_since: None,
            back_until: None,
            hidden_since: None,
            cut_since: None,
            only_by_hand: false,
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        matches!(self.state, State::Live { .. })
    }

    /// Whether frames other than the welcome have a meaning now.
    pub(crate) fn is_welcomed(&self) -> bool {
        matches!(
            self.state,
            State::Live { .. } | State::Resuming { welcomed: true }
        )
    }

    /// Whether an answer to the hello is awaited.
    pub(crate) fn awaits_welcome(&self) -> bool {
        self.state == State::Resuming { welcomed: false }
    }

    /// How many connections have been lost; whoever waits for an answer compares it.
    pub(crate) fn losses(&self) -> u64 {
        self.losses
    }

    pub(crate) fn position(&self) -> Option<Position> {
        self.position
    }

    /// Begins, once.
    pub(crate) fn start(&mut self, turn: &mut Turn) {
        if self.state == (State::Waiting { until: None }) && self.down_since.is_none() {
            self.down_since = Some(turn.now);
            self.dial(turn);
        }
    }

    /// The transport is open: says hello, asking for everything after `from`.
    pub(crate) fn opened(&mut self, turn: &mut Turn, from: Option<Position>, idle_for_ms: u64) {
        if !matches!(self.state, State::Dialling { .. }) {
            return;
        }
        self.state = State::Resuming { welcomed: false };
        self.received = 0;
        self.probing = false;
        self.silent_at = turn.now + limits::DEAD_AFTER;
        turn.transmit(DeviceFrame::Hello {
            version: VERSION,
            position: from,
            idle_for_ms,
        });
    }

    /// A frame came, whichever: the connection lives.
    pub(crate) fn heard(&mut self, now: Timestamp) {
        self.cut_since = None;
        let patience = if self.probing {
            limits::PROBE_TIMEOUT
        } else {
            limits::DEAD_AFTER
        };
        self.silent_at = now + patience;
    }

    /// The hello was answered; `fresh` is the position of the snapshot that came with it.
    ///
    /// False if the connection can't be used: the server speaks a newer protocol, or resumes a device that has
    /// nothing to resume from.
    pub(crate) fn welcomed(&mut self, turn: &mut Turn, version: u16, fresh: Option<Position>) -> bool {
        if version > VERSION {
            self.outdated(turn);
            return false;
        }
        match (fresh, self.position) {
            (Some(position), _) => self.position = Some(position),
            (None, Some(_)) => {}
            (None, None) => {
                self.give_up(turn);
                return false;
            }
        }
        self.state = State::Resuming { welcomed: true };
        true
    }

    /// An event came, known or not.
    pub(crate) fn counted(&mut self, position: Position) {
        self.received += 1;
        self.advance(position);
    }

    /// A beat came; the first one after the welcome makes the link live.
    pub(crate) fn beaten(&mut self, turn: &mut Turn, head: Position, sent: u64) -> Beaten {
        if !self.is_welcomed() {
            return Beaten::Skipped;
        }
        if sent != self.received {
            self.position = None;
            self.give_up(turn);
            return Beaten::Torn;
        }
        self.probing = false;
        self.silent_at = turn.now + limits::DEAD_AFTER;
        self.advance(head);
        if !self.is_live() {
            self.state = State::Live { since: turn.now };
            if self.was_mentioned(turn.now) {
                self.back_until = Some(turn.now + limits::BACK_ONLINE_FOR);
            }
            self.down_since = None;
        }
        Beaten::Whole
    }

    /// The transport is gone, or could not be opened.
    pub(crate) fn closed(&mut self, turn: &mut Turn, code: Option<u16>) {
        if matches!(self.state, State::Waiting { .. } | State::Ended) {
            return;
        }
        self.lose(turn.now);
        match code.and_then(CloseCode::from_number) {
            Some(CloseCode::SignedOut) => {
                self.state = State::Ended;
                turn.effect(Effect::SignedOut);
                return;
            }
            Some(CloseCode::Outdated) => {
                self.state = State::Ended;
                turn.effect(Effect::Outdated);
                return;
            }
            Some(CloseCode::TooManyConnections) => self.only_by_hand = true,
            Some(CloseCode::Resync) => self.position = None,
            Some(
                CloseCode::TooSlow
                | CloseCode::Restarting
                | CloseCode::TooBig
                | CloseCode::Unsupported
                | CloseCode::Policy
                | CloseCode::Internal,
            ) => {}
            // The ranges that mean "don't return as you are" keep that meaning for codes of newer servers.
            None => self.only_by_hand = code.is_some_and(|code| matches!(code, 4000..=4099 | 4400..=4499)),
        }
        self.wait(turn.now);
    }

    /// The session has ended: no connection any more, and none again.
    pub(crate) fn signed_out(&mut self, turn: &mut Turn) {
        self.end(turn, Effect::SignedOut);
    }

    fn outdated(&mut self, turn: &mut Turn) {
        self.end(turn, Effect::Outdated);
    }

    fn end(&mut self, turn: &mut Turn, why: Effect) {
        if self.state != State::Ended {
            self.lose(turn.now);
            self.state = State::Ended;
            turn.effect(Effect::HangUp);
            turn.effect(why);
        }
    }

    /// Hangs up a connection that can't be trusted, and returns after a delay.
    pub(crate) fn give_up(&mut self, turn: &mut Turn) {
        turn.effect(Effect::HangUp);
        self.lose(turn.now);
        self.wait(turn.now);
    }

    /// Somebody or something says that now is a good time.
    pub(crate) fn hurry(&mut self, turn: &mut Turn, by_hand: bool) {
        match self.state {
            State::Waiting { .. } if self.down_since.is_some() && (by_hand || !self.only_by_hand) => {
                self.dial(turn)
            }
            State::Waiting { .. } | State::Dialling { .. } | State::Resuming { .. } | State::Ended => {}
            State::Live { .. } => self.probe(turn),
        }
    }

    pub(crate) fn shown(&mut self, turn: &mut Turn) {
        self.hidden_since = None;
        self.hurry(turn, false);
    }

    pub(crate) fn hidden(&mut self, now: Timestamp) {
        self.hidden_since.get_or_insert(now);
    }

    /// The system says that the network is gone. If the connection turns out to be, it has been since now.
    pub(crate) fn network_down(&mut self, turn: &mut Turn) {
        self.cut_since = Some(turn.now);
        if self.is_live() {
            self.probe(turn);
        }
    }

    /// Time has jumped: the machine slept, and an open socket may be dead without having said so.
    pub(crate) fn slept(&mut self, turn: &mut Turn) {
        match self.state {
            State::Live { .. } => self.probe(turn),
            State::Resuming { .. } => self.silent_at = turn.now + limits::CONNECT_TIMEOUT,
            State::Waiting { .. } | State::Dialling { .. } | State::Ended => {}
        }
    }

    fn probe(&mut self, turn: &mut Turn) {
        if !self.probing {
            self.probing = true;
            self.silent_at = turn.now + limits::PROBE_TIMEOUT;
            turn.transmit(DeviceFrame::Probe);
        }
    }

    /// Does what has fallen due.
    pub(crate) fn tick(&mut self, turn: &mut Turn) {
        match self.state {
            State::Waiting { until: Some(until) } if until <= turn.now => {
                if self.has_tried_enough(turn.now) {
                    self.state = State::Waiting { until: None };
                } else {
                    self.dial(turn);
                }
            }
            State::Dialling { deadline } if deadline <= turn.now => self.give_up(turn),
            State::Resuming { .. } | State::Live { .. } if self.silent_at <= turn.now => self.give_up(turn),
            State::Waiting { .. }
            | State::Dialling { .. }
            | State::Resuming { .. }
            | State::Live { .. }
            | State::Ended => {}
        }
    }

    /// The times at which [`Self::tick`] or the banner have something to do.
    pub(crate) fn deadlines(&self, now: Timestamp) -> impl Iterator<Item = Timestamp> {
        let own = match self.state {
            State::Waiting { until } => until,
            State::Dialling { deadline } => Some(deadline),
            State::Resuming { .. } | State::Live { .. } => Some(self.silent_at),
            State::Ended => None,
        };
        let appears = self.down_since.map(|since| since + limits::BANNER_AFTER);
        // The countdown shows whole seconds, so it changes when a whole number of them is left.
        let counts = match self.state {
            State::Waiting { until: Some(until) } if self.was_mentioned(now) => {
                let millis = u64::try_from(until.since(now).as_millis()).unwrap_or(u64::MAX);
                Some(until - Duration::from_secs(millis.saturating_sub(1) / 1000))
            }
            _ => None,
        };
        [own, appears, self.back_until, counts]
            .into_iter()
            .flatten()
            .filter(move |at| *at > now)
    }

    pub(crate) fn banner(&self, now: Timestamp) -> Banner {
        if self.state == State::Ended {
            return Banner::Hidden;
        }
        if self.down_since.is_some() {
            if !self.was_mentioned(now) {
                return Banner::Hidden;
            }
            let next_try = match self.state {
                State::Waiting { until } => until.map(|until| until.since(now)),
                State::Dialling { .. } | State::Resuming { .. } | State::Live { .. } | State::Ended => None,
            };
            return Banner::Reconnecting { next_try };
        }
        match self.back_until {
            Some(until) if until > now => Banner::BackOnline,
            _ => Banner::Hidden,
        }
    }

    fn was_mentioned(&self, now: Timestamp) -> bool {
        self.down_since
            .is_some_and(|since| now >= since + limits::BANNER_AFTER)
    }

    fn has_tried_enough(&self, now: Timestamp) -> bool {
        match (self.hidden_since, self.down_since) {
            (Some(hidden), Some(down)) => now >= hidden.max(down) + limits::HIDDEN_RETRY_FOR,
            _ => false,
        }
    }

    fn advance(&mut self, to: Position) {
        match self.position {
            Some(at) if at.epoch == to.epoch && at.offset >= to.offset => {}
            _ => self.position = Some(to),
        }
    }

    fn dial(&mut self, turn: &mut Turn) {
        self.only_by_hand = false;
        self.state = State::Dialling {
            deadline: turn.now + limits::CONNECT_TIMEOUT,
        };
        turn.effect(Effect::Dial);
    }

    fn lose(&mut self, now: Timestamp) {
        if let State::Live { since } = self.state {
            if now >= since + limits::STABLE_AFTER {
                self.backoff.reset();
            }
            self.down_since = self.cut_since.or(Some(now));
        }
        self.cut_since = None;
        self.back_until = None;
        self.losses += 1;
        self.state = State::Waiting { until: None };
    }

    fn wait(&mut self, now: Timestamp) {
        let until = (!self.only_by_hand).then(|| now + self.backoff.next(&mut self.rng));
        self.state = State::Waiting { until };
    }
}
