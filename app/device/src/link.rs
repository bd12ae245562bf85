//! The connection as the device sees it: Waiting → Dialling → Resuming → Live.
//!
//! Which transport to dial is [`Choice`]'s to say; a connection over either is one connection. Knows nothing of what
//! travels: [`crate::Device`] applies events and sends commands while [`Link::is_live`]. What must hold: every loss
//! passes through [`Link::lose`], which raises [`Link::losses`], so nothing that waited for an answer on a lost
//! connection waits for ever; and the banner follows from times kept here, not from a timer.

use std::time::Duration;

use fastrand::Rng;
use tidings_protocol::{CloseCode, DeviceFrame, Position, Timestamp, VERSION, limits};

use crate::{
    backoff::Backoff,
    io::{Banner, Change, Effect},
    transport::{Choice, Detour, Dials, Fault, Transport},
    turn::Turn,
};

/// Soon enough to be at once, and a turn of its own.
const AT_ONCE: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No connection. Dials at `until`; `None` waits to be asked.
    Waiting { until: Option<Timestamp> },
    /// A dial is under way, or two.
    Dialling,
    /// Hello is sent; `welcomed` once it is answered and missed events are coming.
    Resuming { over: Transport, welcomed: bool },
    /// Events flow.
    Live { over: Transport, since: Timestamp },
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
    choice: Choice,
    dials: Dials,
    position: Option<Position>,
    backoff: Backoff,
    rng: Rng,
    losses: u64,
    /// Events counted on this connection, to be compared with the server's count.
    received: u64,
    /// When the connection is taken for dead unless something comes.
    silent_at: Timestamp,
    probing: bool,
    /// When a beat was last asked for, until it comes.
    asked_at: Option<Timestamp>,
    round_trip: Option<Duration>,
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
            choice: Choice::default(),
            dials: Dials::default(),
            position,
            backoff: Backoff::default(),
            rng,
            losses: 0,
            received: 0,
            silent_at: Timestamp::default(),
            probing: false,
            asked_at: None,
            round_trip: None,
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
            State::Live { .. } | State::Resuming { welcomed: true, .. }
        )
    }

    /// Whether an answer to the hello is awaited.
    pub(crate) fn awaits_welcome(&self) -> bool {
        matches!(self.state, State::Resuming { welcomed: false, .. })
    }

    /// How many connections have been lost; whoever waits for an answer compares it.
    pub(crate) fn losses(&self) -> u64 {
        self.losses
    }

    pub(crate) fn position(&self) -> Option<Position> {
        self.position
    }

    /// What carries the connection, if there is one.
    pub(crate) fn over(&self) -> Option<Transport> {
        match self.state {
            State::Resuming { over, .. } | State::Live { over, .. } => Some(over),
            State::Waiting { .. } | State::Dialling | State::Ended => None,
        }
    }

    pub(crate) fn detour(&self) -> Option<Detour> {
        self.choice.detour()
    }

    /// How long the server took to answer when it was last asked for a beat.
    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// Storage remembers that sockets don't get through.
    pub(crate) fn remembered(&mut self, now: Timestamp, detour: Detour) {
        self.choice.remembered(now, detour);
    }

    /// Begins, once.
    pub(crate) fn start(&mut self, turn: &mut Turn) {
        if self.state == (State::Waiting { until: None }) && self.down_since.is_none() {
            self.down_since = Some(turn.now);
            self.dial(turn);
        }
    }

    /// A transport is open: says hello over it, asking for everything after `from`.
    pub(crate) fn opened(
        &mut self,
        turn: &mut Turn,
        over: Transport,
        from: Option<Position>,
        idle_for_ms: u64,
    ) {
        if !self.dials.end(over) {
            return;
        }
        match self.state {
            State::Dialling => {}
            // The server has not answered over the other one.
            State::Resuming {
                over: old,
                welcomed: false,
            } => {
                self.suspect(old, Fault::Silent);
                turn.effect(Effect::HangUp(old));
            }
            // A socket that was tried beside it: it is lighter, and what was on its way is asked for again.
            State::Live { over: old, .. } => {
                turn.effect(Effect::HangUp(old));
                self.lose(turn.now);
            }
            State::Waiting { .. } | State::Resuming { .. } | State::Ended => {
                turn.effect(Effect::HangUp(over));
                return;
            }
        }
        if self.dials.is_under_way(Transport::Socket) {
            self.choice.failed(Fault::Silent);
        }
        self.stop_dialling(turn);
        // Where a socket was live before, a server that is slow to answer is more likely than a network that swallows
        // frames, and must not be asked twice.
        if over == Transport::Socket && !self.choice.is_proven() {
            self.dials.join_later(turn.now, Transport::LongPoll);
        }
        self.state = State::Resuming {
            over,
            welcomed: false,
        };
        self.received = 0;
        self.probing = false;
        self.asked_at = None;
        self.silent_at = turn.now + limits::DEAD_AFTER;
        turn.transmit(DeviceFrame::Hello {
            version: VERSION,
            position: from,
            reached: self.position.filter(|at| Some(*at) != from),
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
        if let Some(over) = self.over() {
            self.state = State::Resuming { over, welcomed: true };
        }
        self.stop_dialling(turn);
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
        if let Some(at) = self.asked_at.take() {
            self.round_trip = Some(turn.now.since(at));
            turn.changed(Change::Link);
        }
        self.silent_at = turn.now + limits::DEAD_AFTER;
        self.advance(head);
        if let State::Resuming { over, .. } = self.state {
            self.state = State::Live {
                over,
                since: turn.now,
            };
            if self.choice.live(turn.now, over) {
                self.remember(turn);
            }
            if over == Transport::LongPoll && self.choice.doubts() {
                self.dial_over(turn, Transport::Socket);
            }
            if self.was_mentioned(turn.now) {
                self.back_until = Some(turn.now + limits::BACK_ONLINE_FOR);
            }
            self.down_since = None;
        }
        Beaten::Whole
    }

    /// A transport is gone, or could not be opened.
    pub(crate) fn closed(&mut self, turn: &mut Turn, over: Transport, code: Option<u16>) {
        let was_dialled = self.dials.end(over);
        if was_dialled && code.is_none() {
            self.unreached(turn, over, Fault::Refused);
            return;
        }
        if !was_dialled && self.over() != Some(over) {
            return;
        }
        let blocked = code.is_none() && self.was_cut(turn.now, over);
        self.hang_up_but(turn, Some(over));
        self.lose(turn.now);
        if blocked {
            self.choice.failed(Fault::Cut);
            self.state = State::Dialling;
            self.dial_over(turn, over.other());
            return;
        }
        let is_rested = self.backoff.is_rested();
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
        // Meant for this person alone, so nobody else comes back at this moment: once, there is nothing to wait for.
        if is_rested && code == Some(CloseCode::Resync.number()) {
            self.state = State::Waiting {
                until: Some(turn.now + AT_ONCE),
            };
        }
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
            self.hang_up_but(turn, None);
            self.lose(turn.now);
            self.state = State::Ended;
            turn.effect(why);
        }
    }

    /// Hangs up a connection that can't be trusted, and returns after a delay.
    pub(crate) fn give_up(&mut self, turn: &mut Turn) {
        self.hang_up_but(turn, None);
        self.lose(turn.now);
        self.wait(turn.now);
    }

    /// What this device has is not what the server has: returns without a position.
    pub(crate) fn start_afresh(&mut self, turn: &mut Turn) {
        self.position = None;
        self.give_up(turn);
    }

    /// Asks for a beat, to see how long it takes.
    pub(crate) fn measure(&mut self, turn: &mut Turn) {
        if self.is_live() {
            self.ask_for_beat(turn);
        }
    }

    /// Somebody or something says that now is a good time.
    pub(crate) fn hurry(&mut self, turn: &mut Turn, by_hand: bool) {
        match self.state {
            State::Waiting { .. } if self.down_since.is_some() && (by_hand || !self.only_by_hand) => {
                self.dial(turn)
            }
            State::Waiting { .. } | State::Dialling | State::Resuming { .. } | State::Ended => {}
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
            State::Waiting { .. } | State::Dialling | State::Ended => {}
        }
        self.dials.slept(turn.now);
    }

    fn probe(&mut self, turn: &mut Turn) {
        if !self.probing {
            self.probing = true;
            self.silent_at = turn.now + limits::PROBE_TIMEOUT;
            self.ask_for_beat(turn);
        }
    }

    fn ask_for_beat(&mut self, turn: &mut Turn) {
        self.asked_at = Some(turn.now);
        turn.transmit(DeviceFrame::Probe);
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
            State::Resuming {
                over: Transport::Socket,
                welcomed: false,
            } if self.silent_at <= turn.now => {
                self.choice.failed(Fault::Silent);
                self.hang_up_but(turn, None);
                self.lose(turn.now);
                self.state = State::Dialling;
                self.dial_over(turn, Transport::LongPoll);
            }
            State::Resuming { .. } | State::Live { .. } if self.silent_at <= turn.now => self.give_up(turn),
            State::Live {
                over: Transport::LongPoll,
                ..
            } if self.choice.retry_at(turn.now) <= turn.now => self.dial_over(turn, Transport::Socket),
            State::Waiting { .. }
            | State::Dialling
            | State::Resuming { .. }
            | State::Live { .. }
            | State::Ended => {}
        }
        while let Some(over) = self.dials.overdue(turn.now) {
            self.dials.end(over);
            turn.effect(Effect::HangUp(over));
            self.unreached(turn, over, Fault::Silent);
        }
        if let Some(second) = self.dials.second_due(turn.now) {
            self.dial_over(turn, second);
        }
    }

    /// The times at which [`Self::tick`] or the banner have something to do.
    pub(crate) fn deadlines(&self, now: Timestamp) -> impl Iterator<Item = Timestamp> {
        let own = match self.state {
            State::Waiting { until } => until,
            State::Resuming { .. } | State::Live { .. } => Some(self.silent_at),
            State::Dialling | State::Ended => None,
        };
        let retry = matches!(
            self.state,
            State::Live {
                over: Transport::LongPoll,
                ..
            }
        )
        .then(|| self.choice.retry_at(now));
        let appears = self.down_since.map(|since| since + limits::BANNER_AFTER);
        // The countdown shows whole seconds, so it changes when a whole number of them is left.
        let counts = match self.state {
            State::Waiting { until: Some(until) } if self.was_mentioned(now) => {
                let millis = u64::try_from(until.since(now).as_millis()).unwrap_or(u64::MAX);
                Some(until - Duration::from_secs(millis.saturating_sub(1) / 1000))
            }
            _ => None,
        };
        [own, retry, appears, self.back_until, counts]
            .into_iter()
            .flatten()
            .chain(self.dials.deadlines())
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
                State::Dialling | State::Resuming { .. } | State::Live { .. } | State::Ended => None,
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

    /// Begins a try.
    fn dial(&mut self, turn: &mut Turn) {
        self.only_by_hand = false;
        self.state = State::Dialling;
        let first = self.choice.preferred(turn.now);
        self.dial_over(turn, first);
        self.dials.join_later(turn.now, first.other());
    }

    fn dial_over(&mut self, turn: &mut Turn, over: Transport) {
        if self.dials.begin(turn.now, over) {
            turn.effect(Effect::Dial(over));
        }
    }

    /// A dial has led nowhere.
    fn unreached(&mut self, turn: &mut Turn, over: Transport, fault: Fault) {
        self.suspect(over, fault);
        match self.state {
            State::Dialling => {
                if let Some(second) = self.dials.take_second() {
                    self.dial_over(turn, second);
                } else if self.dials.is_idle() {
                    self.lose(turn.now);
                    self.wait(turn.now);
                }
            }
            State::Live {
                over: Transport::LongPoll,
                ..
            } => {
                if self.choice.avoid(turn.now) {
                    self.remember(turn);
                }
            }
            State::Waiting { .. } | State::Resuming { .. } | State::Live { .. } | State::Ended => {}
        }
    }

    fn remember(&self, turn: &mut Turn) {
        turn.effect(Effect::Remember(self.choice.detour()));
        turn.changed(Change::Link);
    }

    fn suspect(&mut self, over: Transport, fault: Fault) {
        if over == Transport::Socket {
            self.choice.failed(fault);
        }
    }

    /// Whether the end of a connection, without a word of the server, means that sockets are cut on the way.
    fn was_cut(&mut self, now: Timestamp, over: Transport) -> bool {
        match self.state {
            _ if over == Transport::LongPoll => false,
            State::Resuming { .. } => true,
            State::Live { since, .. } => self.choice.lost(now < since + limits::STABLE_AFTER),
            State::Waiting { .. } | State::Dialling | State::Ended => false,
        }
    }

    /// Gives up the dials under way.
    fn stop_dialling(&mut self, turn: &mut Turn) {
        self.dials.alone();
        for over in [Transport::Socket, Transport::LongPoll] {
            if self.dials.end(over) {
                turn.effect(Effect::HangUp(over));
            }
        }
    }

    /// Hangs up the connection and all dials, except one that is gone already.
    fn hang_up_but(&mut self, turn: &mut Turn, gone: Option<Transport>) {
        if let Some(over) = self.over().filter(|over| Some(*over) != gone) {
            turn.effect(Effect::HangUp(over));
        }
        self.stop_dialling(turn);
    }

    fn lose(&mut self, now: Timestamp) {
        if let State::Live { since, .. } = self.state {
            if now >= since + limits::STABLE_AFTER {
                self.backoff.reset();
            }
            self.down_since = self.cut_since.or(Some(now));
        }
        self.cut_since = None;
        self.back_until = None;
        self.asked_at = None;
        self.losses += 1;
        self.state = State::Waiting { until: None };
    }

    fn wait(&mut self, now: Timestamp) {
        let until = (!self.only_by_hand).then(|| now + self.backoff.next(&mut self.rng));
        self.state = State::Waiting { until };
    }
}
