//! One person's device, without a screen: a pure state machine.
//!
//! A [`Device`] owns everything a person's device knows (link, outbox, threads, timelines, presence, typing,
//! unread) and decides everything that happens to it. It does no I/O, reads no clock and draws no randomness of its
//! own: time enters as `now`, randomness as a seed. The same code runs as WASM in the browser and natively in the
//! server's tests.

mod activity;
mod amending;
mod amendments;
mod backoff;
mod calls;
mod clock;
mod conversation;
mod delivery;
mod excerpt;
mod history;
mod inbound;
pub mod io;
mod link;
pub mod long_poll;
mod mentions;
mod outbound;
mod outbox;
mod presence;
mod quotes;
mod settings;
mod store;
mod timeline;
pub mod transport;
mod turn;
mod typing;
mod unread;
pub mod view;
mod views;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use fastrand::Rng;
use tidings_protocol::{ApiError, Command, Epoch, ErrorCode, Message, Seq, ThreadId, Timestamp};

pub use io::{
    Act, Amendment, Banner, Change, Effect, Input, Progress, Question, SettingsChange, Unsent, Which,
};
pub use long_poll::LongPoll;
pub use transport::{Detour, Fault, Transport};
pub use view::{
    Boot, Connection, LastMessage, Membership, Quoted, Receipts, Refusal, Row, ThreadRow, Timeline,
};

use activity::Activity;
use amendments::Amendments;
use calls::{Calls, Purpose};
use clock::Clock;
use conversation::Conversation;
use delivery::Delivery;
use link::Link;
use outbox::{Outbox, Written};
use presence::Roll;
use store::Store;
use turn::Turn;
use typing::{Hands, Typists};

/// A wake that comes so much later than asked for means that the machine slept.
const SLEPT: Duration = Duration::from_secs(5);

/// One person's device.
///
/// ```
/// # use tidings_device::{Boot, Device, Effect, Input, Transport};
/// # use tidings_protocol::Timestamp;
/// # fn connect(boot: Boot) {
/// let mut device = Device::new(1, boot);
/// let effects = device.handle(Timestamp(0), Input::Start);
/// assert!(effects.contains(&Effect::Dial(Transport::Socket)));
/// # }
/// ```
#[derive(Debug)]
pub struct Device {
    clock: Clock,
    link: Link,
    store: Store,
    outbox: Outbox,
    amendments: Amendments,
    calls: Calls,
    roll: Roll,
    typists: Typists,
    hands: Hands,
    activity: Activity,
    delivery: Delivery,
    /// The history of the log that the store is built from.
    epoch: Epoch,
    /// Own messages that an answer said are stored, and no event has told of yet.
    early: BTreeSet<(ThreadId, Seq)>,
    /// The thread on screen.
    open: Option<ThreadId>,
    prefetch_from: Timestamp,
    /// The wish that stands with the driver, in the system's time.
    wake_at: Option<Timestamp>,
    /// Losses of the link that have been acted upon.
    losses: u64,
    /// The banner as the last turn left it.
    banner: Banner,
    /// The newest message of each thread that notifies and of which the driver has not been told.
    alerts: BTreeMap<ThreadId, Box<Message>>,
}

impl Device {
    /// A device that knows what `boot` says and has no connection yet.
    ///
    /// `seed` feeds local ids and reconnect delays; it must differ between devices.
    #[must_use]
    pub fn new(seed: u64, boot: Boot) -> Self {
        let mut rng = Rng::with_seed(seed);
        let snapshot = boot.snapshot;
        let mut store = Store::new(&snapshot);
        for page in &boot.pages {
            if let Some(known) = store.threads.get_mut(&page.thread) {
                known.boot(page, snapshot.me.id);
            }
        }
        let mut roll = Roll::default();
        roll.apply(&snapshot.presences);
        Self {
            clock: Clock::default(),
            link: Link::new(rng.fork(), Some(snapshot.position)),
            store,
            outbox: Outbox::new(rng.fork()),
            amendments: Amendments::new(rng.fork()),
            calls: Calls::default(),
            roll,
            typists: Typists::default(),
            hands: Hands::default(),
            activity: Activity::default(),
            delivery: Delivery::default(),
            epoch: snapshot.position.epoch,
            early: BTreeSet::new(),
            open: None,
            prefetch_from: Timestamp::default(),
            wake_at: None,
            losses: 0,
            banner: Banner::Hidden,
            alerts: BTreeMap::new(),
        }
    }

    /// The one door: something happened at `now`; the answer is what to do about it, in order.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Vec<Effect> {
        let slept = self.wake_at.is_some_and(|at| now > at + SLEPT);
        let before = self.clock.newest();
        let now = self.clock.advance(now);
        let mut turn = Turn::new(now);
        let woken = matches!(input, Input::Wake);
        let was_live = self.link.is_live();
        let kept = self.outbox.keeps();
        self.react(&mut turn, input);
        if slept {
            self.link.slept(&mut turn);
        }
        self.link.tick(&mut turn);
        self.settle_losses(&mut turn);
        for thread in self.outbox.tick(&mut turn) {
            rewritten(&mut turn, Some(thread));
        }
        if self.outbox.keeps() != kept {
            turn.changed(Change::Storage);
        }
        for thread in self.typists.expire(now) {
            turn.changed(Change::Typing(thread));
        }
        if self.store.was_unmuted(before, now) {
            turn.changed(Change::Threads);
        }
        self.alert(&mut turn);
        self.flow(&mut turn);
        if self.link.is_live() != was_live {
            turn.changed(Change::Link);
        }
        self.compare_banner(&mut turn);
        self.wish(&mut turn, woken);
        turn.finish()
    }

    fn react(&mut self, turn: &mut Turn, input: Input) {
        let now = turn.now;
        match input {
            Input::Start => {
                self.activity.touched(now);
                self.outbox.start(now);
                self.link.start(turn);
            }
            Input::Wake => {}
            Input::Remembered(detour) => self.link.remembered(now, detour),
            Input::Opened(over) => {
                let from = self.delivery.resume_from(self.link.position());
                let idle = self.activity.greet(now);
                self.link.opened(turn, over, from, idle);
            }
            Input::Frame(frame) => self.take(turn, *frame),
            Input::Closed { over, code } => self.link.closed(turn, over, code),
            Input::NetworkUp => self.link.hurry(turn, false),
            Input::NetworkDown => self.link.network_down(turn),
            Input::Shown => self.link.shown(turn),
            Input::Hidden => self.link.hidden(now),
            Input::TryNow => self.link.hurry(turn, true),
            Input::AmendmentsLoaded(kept) => {
                self.amendments.load(turn, kept);
                self.redraw_amended(turn);
            }
            Input::OutboxLoaded(kept) => {
                self.amendments.load(turn, Vec::new());
                self.outbox.load(turn, kept);
                self.drop_stored(turn);
                for unsent in self.outbox.unsent() {
                    turn.changed(Change::Timeline(unsent.thread));
                    turn.changed(Change::Threads);
                }
            }
            Input::Saved { local_id, kept } => {
                let thread = self.outbox.saved(now, local_id, kept);
                rewritten(turn, thread);
            }
            Input::Send {
                thread,
                body,
                reply_to,
                forwarded,
            } => {
                let written = Written {
                    body: Some(body),
                    attachments: Vec::new(),
                    uploads: Vec::new(),
                    reply_to,
                    forwarded,
                    files_of: None,
                };
                self.send(turn, thread, written);
            }
            Input::SendFiles {
                thread,
                caption,
                attachments,
                uploads,
                reply_to,
            } => {
                let written = Written {
                    body: caption,
                    attachments,
                    uploads,
                    reply_to,
                    forwarded: false,
                    files_of: None,
                };
                self.send(turn, thread, written);
            }
            Input::ForwardFiles {
                thread,
                caption,
                files_of,
                attachments,
            } => {
                let written = Written {
                    body: caption,
                    attachments,
                    uploads: Vec::new(),
                    reply_to: None,
                    forwarded: true,
                    files_of: Some(files_of),
                };
                self.send(turn, thread, written);
            }
            Input::Uploaded(attachment) => {
                for thread in self.outbox.uploaded(turn, &attachment) {
                    rewritten(turn, Some(thread));
                }
            }
            Input::UploadRefused { attachment, error } => {
                for thread in self.outbox.upload_refused(turn, attachment, &error) {
                    rewritten(turn, Some(thread));
                }
            }
            Input::Retry(local_id) => {
                let thread = self.outbox.retry(turn, local_id);
                rewritten(turn, thread);
            }
            Input::Discard(local_id) => self.discard(turn, local_id),
            Input::Amend { thread, message, act } => self.amend(turn, thread, message, act),
            Input::Typed { thread, empty } => {
                self.activity.touched(now);
                if empty {
                    self.hands.stop_in(turn, thread);
                } else if self.link.is_live() {
                    self.hands.key(turn, thread);
                }
            }
            Input::StoppedTyping { thread } => self.hands.stop_in(turn, thread),
            Input::ThreadOpened(thread) => {
                self.open = Some(thread);
                self.with(turn, thread, Conversation::open);
            }
            Input::ThreadClosed => {
                if let Some(thread) = self.open.take() {
                    self.with(turn, thread, Conversation::close);
                }
            }
            Input::LoadOlder(thread) => {
                let live = self.link.is_live();
                self.with(turn, thread, |known| known.show_older(live));
            }
            Input::LoadNewer(thread) => {
                let live = self.link.is_live();
                self.with(turn, thread, |known| known.show_newer(live));
            }
            Input::ShowMessage { thread, seq } => self.with(turn, thread, |known| known.show(seq)),
            Input::QuoteShown { thread, seq } => {
                if let Some(known) = self.store.threads.get_mut(&thread) {
                    known.want_quote(seq);
                }
            }
            Input::JumpToLatest(thread) => {
                self.with(turn, thread, Conversation::show_latest);
            }
            Input::Seen { thread, seq } => self.seen(turn, thread, seq),
            Input::MarkRead { thread, seq } => {
                if let Some(known) = self.store.threads.get_mut(&thread) {
                    known.unread.release();
                }
                self.seen(turn, thread, seq);
            }
            Input::MarkUnread { thread, seq } => {
                let me = self.store.me.id;
                let counts = self.store.threads.get(&thread).map(Conversation::counts);
                self.with(turn, thread, |known| {
                    if !known.is_left(me) {
                        known.mark_unread(seq, me);
                    }
                });
                if counts != self.store.threads.get(&thread).map(Conversation::counts) {
                    turn.changed(Change::Unread(thread));
                }
            }
            Input::ChangeSettings { thread, change } => {
                let me = self.store.me.id;
                let known = self.store.threads.get_mut(&thread);
                if known.is_some_and(|known| !known.is_left(me) && known.settings.change(change)) {
                    turn.changed(Change::Threads);
                }
            }
            Input::Measure => self.link.measure(turn),
            Input::Active => self.activity.touched(now),
            Input::Ask { question, command } => self.ask(turn, question, *command),
        }
    }

    fn send(&mut self, turn: &mut Turn, thread: ThreadId, written: Written) {
        self.activity.touched(turn.now);
        self.hands.stop_in(turn, thread);
        self.outbox.write(turn, thread, written);
        self.with(turn, thread, |known| {
            known.divider = None;
            known.unread.release();
            if known.shows_excerpt() || !known.window.follows() {
                known.show_latest();
            }
        });
        rewritten(turn, Some(thread));
    }

    fn seen(&mut self, turn: &mut Turn, thread: ThreadId, seq: Seq) {
        let me = self.store.me.id;
        let Some(known) = self.store.threads.get_mut(&thread) else {
            return;
        };
        let seq = seq.min(known.last_seq.max(known.history.end()));
        let before = known.counts();
        known.unread.see(seq, &known.history, me, known.last_seq);
        if known.counts() != before {
            turn.changed(Change::Unread(thread));
        }
    }

    fn ask(&mut self, turn: &mut Turn, question: Question, command: Command) {
        if self.link.is_live() {
            self.calls.call(turn, Purpose::Ask(question), command);
        } else {
            turn.effect(unanswered(
                question,
                "There is no connection to the server. Try again once it is back.",
            ));
        }
    }

    /// Changes a thread that is known, and has its rows redrawn.
    fn with(&mut self, turn: &mut Turn, thread: ThreadId, change: impl FnOnce(&mut Conversation)) {
        if let Some(known) = self.store.threads.get_mut(&thread) {
            change(known);
            turn.changed(Change::Timeline(thread));
        }
    }

    /// Whatever waited for an answer on a lost connection is asked again, or told that there is none.
    fn settle_losses(&mut self, turn: &mut Turn) {
        if self.losses == self.link.losses() {
            return;
        }
        self.losses = self.link.losses();
        for purpose in self.calls.lost() {
            match purpose {
                Purpose::Ask(question) => turn.effect(unanswered(
                    question,
                    "The connection was lost before the server answered. It may have been done; look before trying again.",
                )),
                Purpose::Fetch(thread) => turn.changed(Change::Timeline(thread)),
                Purpose::Send(_) | Purpose::Amend(_) | Purpose::Mark(_) | Purpose::Settings(_) => {}
            }
        }
        self.outbox.lost(turn.now);
        self.amendments.lost(turn.now);
        self.hands.lost();
        for thread in self.typists.clear() {
            turn.changed(Change::Typing(thread));
        }
        for known in self.store.threads.values_mut() {
            known.lost();
        }
    }

    /// Tells the driver of messages that notify, once all that was missed is here and it is clear which of them have
    /// been read elsewhere.
    fn alert(&mut self, turn: &mut Turn) {
        if !self.link.is_live() {
            return;
        }
        for (thread, message) in std::mem::take(&mut self.alerts) {
            let known = self.store.threads.get(&thread);
            if message.counts() && known.is_some_and(|known| known.unread.read() < message.seq) {
                turn.effect(Effect::Notify(message));
            }
        }
    }

    /// Has the banner redrawn when it says something else, and everyone's presence when it appears or goes.
    fn compare_banner(&mut self, turn: &mut Turn) {
        let banner = self.link.banner(turn.now);
        if seconds(banner) != seconds(self.banner) {
            turn.changed(Change::Link);
        }
        let cut_off = |banner| matches!(banner, Banner::Reconnecting { .. });
        if cut_off(banner) != cut_off(self.banner) {
            for user in self.roll.here() {
                turn.changed(Change::Presence(user));
            }
        }
        self.banner = banner;
    }

    /// Asks to be woken at the earliest deadline, if that is not what the driver knows already.
    fn wish(&mut self, turn: &mut Turn, woken: bool) {
        let now = turn.now;
        let wish = self
            .link
            .deadlines(now)
            .chain(self.typists.deadline())
            .chain(self.outbox.storage_deadline())
            .chain(self.flow_deadline(now))
            .min()
            .map(|at| self.clock.system(at.max(now + Duration::from_millis(1))));
        if wish != self.wake_at || woken {
            self.wake_at = wish;
            if let Some(at) = wish {
                turn.effect(Effect::WakeAt(at));
            }
        }
    }
}

/// A message of this device changed: its row, and perhaps the thread's last message.
fn rewritten(turn: &mut Turn, thread: Option<ThreadId>) {
    if let Some(thread) = thread {
        turn.changed(Change::Timeline(thread));
        turn.changed(Change::Threads);
    }
}

fn unanswered(question: Question, why: &str) -> Effect {
    Effect::Answered {
        question,
        result: Box::new(Err(ApiError::new(ErrorCode::Unavailable, why))),
    }
}

/// What a banner reads: the countdown shows whole seconds.
fn seconds(banner: Banner) -> (Banner, Option<u128>) {
    match banner {
        Banner::Reconnecting { next_try } => (
            Banner::Reconnecting { next_try: None },
            next_try.map(|left| left.as_millis().div_ceil(1000)),
        ),
        Banner::Hidden | Banner::BackOnline => (banner, None),
    }
}
