//! The device inside the reactive graph: where the two meet.
//!
//! [`Live`] holds the [`Device`], turns what a person does into an [`Input`], and bumps one trigger for each
//! [`Change`]. It decides nothing: what is true is the device's to say, and `browser` performs the device's effects.

#[cfg(feature = "hydrate")]
mod asset;
#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "hydrate")]
mod detour;
#[cfg(feature = "hydrate")]
mod drafts;
#[cfg(feature = "hydrate")]
mod file_storage;
#[cfg(feature = "hydrate")]
mod habits;
#[cfg(feature = "hydrate")]
mod outbox_sharing;
#[cfg(feature = "hydrate")]
mod outbox_storage;
#[cfg(feature = "hydrate")]
mod poller;
#[cfg(feature = "hydrate")]
mod push;
#[cfg(feature = "hydrate")]
mod reach;
#[cfg(feature = "hydrate")]
mod socket;
#[cfg(feature = "hydrate")]
mod tab_locks;
#[cfg(feature = "hydrate")]
mod upload_request;
#[cfg(feature = "hydrate")]
mod uploads;

mod asking;
mod chosen;
mod drafting;
mod files;
mod habit;
mod leaving;
mod notifying;
mod pause;
mod shown;

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use tidings_device::{Act, Boot, Change, Device, Effect as DeviceEffect, Input, Which};
use tidings_protocol::{AttachmentId, Message, Seq, ThreadId, Timestamp, poll::Reach, search::Date};
#[cfg(feature = "hydrate")]
use tidings_protocol::{SessionId, UserId};
use uuid::Uuid;

use asking::Questions;
pub use asking::asked;
pub use chosen::Chosen;
pub(crate) use files::whole;
pub use habit::Habit;
pub use leaving::Leaving;
pub use pause::pause;

use crate::{attaching::Uploads, calendar::Moment, draft::Draft};

/// The signed-in person's device, as components see it. A handle: copies are the same device.
#[derive(Clone, Copy)]
pub struct Live {
    device: StoredValue<Device>,
    changes: StoredValue<BTreeMap<Change, ArcTrigger>>,
    any_unread: StoredValue<ArcTrigger>,
    questions: StoredValue<Questions>,
    /// How far this device's clock is ahead of the server's, in milliseconds, with the time that the page took to come.
    ahead: StoredValue<i64>,
    /// Effects of the time before there was anything to perform them.
    held: StoredValue<Vec<DeviceEffect>>,
    open: StoredValue<Option<ThreadId>>,
    /// Files on their way from this page.
    uploads: RwSignal<Uploads>,
    /// Those of them that the browser does not keep.
    unkept: RwSignal<BTreeSet<AttachmentId>>,
    /// What is written and not sent; empty until the page lives, since only the browser knows.
    drafts: RwSignal<BTreeMap<ThreadId, Draft>>,
    /// Threads whose drafts the browser refused to keep.
    #[cfg(feature = "hydrate")]
    stranded: StoredValue<BTreeSet<ThreadId>>,
    /// Who is told of messages that notify.
    notified: StoredValue<Option<Callback<Message>>>,
    /// The time that relative texts are told by; moves with the minutes once the page lives.
    clock: RwSignal<Timestamp>,
    localised: RwSignal<bool>,
    outdated: RwSignal<bool>,
    leaving: StoredValue<bool>,
    ended: StoredValue<bool>,
}

/// The device of the page.
#[must_use]
pub fn use_live() -> Live {
    expect_context()
}

impl Live {
    /// The device that `boot` describes, showing the thread `open` at a message, if one is named. Server and browser come to the same.
    #[must_use]
    pub fn new(boot: Boot, open: Option<ThreadId>, at: Option<Seq>) -> Self {
        let taken_at = boot.snapshot.taken_at;
        let live = Self {
            device: StoredValue::new(Device::new(seed(), boot)),
            changes: StoredValue::default(),
            any_unread: StoredValue::new(ArcTrigger::new()),
            questions: StoredValue::default(),
            ahead: StoredValue::new(0),
            held: StoredValue::default(),
            open: StoredValue::new(None),
            uploads: RwSignal::default(),
            unkept: RwSignal::default(),
            drafts: RwSignal::default(),
            #[cfg(feature = "hydrate")]
            stranded: StoredValue::default(),
            notified: StoredValue::new(None),
            clock: RwSignal::new(taken_at),
            localised: RwSignal::new(false),
            outdated: RwSignal::new(false),
            leaving: StoredValue::new(false),
            ended: StoredValue::new(false),
        };
        if let Some(open) = open {
            live.open(open);
            if let Some(seq) = at {
                live.report(Input::ShowMessage { thread: open, seq });
            }
        }
        live
    }

    /// Tells the device that something happened.
    pub fn report(self, input: Input) {
        let now = self.now();
        let effects = self.device.try_update_value(|device| device.handle(now, input));
        for effect in effects.unwrap_or_default() {
            self.perform(effect);
        }
    }

    fn perform(self, effect: DeviceEffect) {
        match effect {
            DeviceEffect::Changed(change) => self.notify(change),
            DeviceEffect::Answered { question, result } => {
                self.questions
                    .try_update_value(|questions| questions.answer(question, *result));
            }
            DeviceEffect::Notify(message) => {
                if let Some(Some(notified)) = self.notified.try_get_value() {
                    notified.run(*message);
                }
            }
            DeviceEffect::Outdated => {
                self.outdated.try_set(true);
            }
            DeviceEffect::SignedOut if self.leaving.try_get_value() == Some(true) => {
                self.ended.try_set_value(true);
            }
            other => self.hand_over(other),
        }
    }

    #[cfg(feature = "hydrate")]
    fn hand_over(self, effect: DeviceEffect) {
        if let Some(effect) = browser::perform(effect) {
            self.held.try_update_value(|held| held.push(effect));
        }
    }

    #[cfg(not(feature = "hydrate"))]
    fn hand_over(self, effect: DeviceEffect) {
        self.held.try_update_value(|held| held.push(effect));
    }

    /// Brings the device to life: links it to the server, the clock and the person. Runs until the owner is gone.
    pub fn connect(self) {
        #[cfg(feature = "hydrate")]
        {
            let taken_at = self.clock.get_untracked();
            browser::start(self, self.person());
            self.ahead.set_value(self.now().0.saturating_sub(taken_at.0));
            for effect in self.held.try_update_value(std::mem::take).unwrap_or_default() {
                self.perform(effect);
            }
            self.report(Input::Start);
        }
    }

    fn notify(self, change: Change) {
        if let Change::Unread(_) = change {
            self.any_unread.with_value(ArcTrigger::notify);
        }
        let trigger = self
            .changes
            .try_with_value(|changes| changes.get(&change).cloned());
        if let Some(Some(trigger)) = trigger {
            trigger.notify();
        }
    }

    fn on(self, change: Change) {
        let trigger = self
            .changes
            .try_update_value(|changes| changes.entry(change).or_insert_with(ArcTrigger::new).clone());
        if let Some(trigger) = trigger {
            trigger.track();
        }
    }

    /// The device's time. On the server it stands still at the snapshot's, so that both sides render the same.
    #[must_use]
    pub fn now(self) -> Timestamp {
        #[cfg(feature = "hydrate")]
        if let Some(now) = browser::now() {
            return now;
        }
        self.clock.try_get_untracked().unwrap_or_default()
    }

    /// The time for relative texts such as "5 min ago"; moves with the minutes.
    #[must_use]
    pub fn clock(self) -> Timestamp {
        self.clock.get()
    }

    /// How a time reads to this person: in UTC until the page lives, then in their zone.
    #[must_use]
    pub fn moment(self, at: Timestamp) -> Moment {
        let local = self.localised.get();
        #[cfg(feature = "hydrate")]
        if local {
            return browser::local_moment(at);
        }
        debug_assert!(!local, "only a browser knows the person's zone");
        Moment::utc(at)
    }

    /// When a day begins for this person: in UTC until the page lives, then in their zone.
    #[must_use]
    pub fn begins(self, day: Date) -> Timestamp {
        #[cfg(feature = "hydrate")]
        if self.is_awake() {
            return browser::local_beginning(day);
        }
        day.begins_in_utc()
    }

    #[cfg(feature = "hydrate")]
    fn person(self) -> UserId {
        self.device.with_value(|device| device.me().id)
    }

    #[cfg(feature = "hydrate")]
    fn session(self) -> SessionId {
        self.device.with_value(Device::session)
    }

    /// Whether the page lives; false while it is still as the server rendered it.
    #[must_use]
    pub fn is_awake(self) -> bool {
        self.localised.get_untracked()
    }

    /// The same, for whoever waits for it.
    #[must_use]
    pub fn wakes(self) -> bool {
        self.localised.get()
    }

    /// What the server has seen of this browser's tries to open sockets; `None` when it can't be asked.
    pub async fn reach(self) -> Option<Reach> {
        #[cfg(feature = "hydrate")]
        return reach::ask().await;
        #[cfg(not(feature = "hydrate"))]
        return None;
    }

    /// From now on tells of messages that notify.
    pub fn when_notified(self, tell: Callback<Message>) {
        self.notified.set_value(Some(tell));
    }

    /// The thread on screen at this moment.
    #[must_use]
    pub fn open_thread(self) -> Option<ThreadId> {
        self.open.try_get_value().flatten()
    }

    /// Edits, deletes or reacts to a message: seen at once, sent when there is a connection.
    pub fn amend(self, thread: ThreadId, message: Which, act: Act) {
        self.report(Input::Amend { thread, message, act });
    }

    /// The person looks at a thread now. Opening the open one again changes nothing.
    pub fn open(self, thread: ThreadId) {
        if self.open.get_value() != Some(thread) {
            self.open.set_value(Some(thread));
            self.report(Input::ThreadOpened(thread));
        }
    }

    /// The person no longer looks at a thread.
    pub fn close(self, thread: ThreadId) {
        if self.open.try_get_value() == Some(Some(thread)) {
            self.open.set_value(None);
            self.report(Input::ThreadClosed);
        }
    }

    /// A new identity for a record that this device makes.
    #[must_use]
    pub fn mint_id(self) -> Uuid {
        let random = (u128::from(seed()) << 64 | u128::from(seed())).to_le_bytes();
        let millis = u64::try_from(self.now().0).unwrap_or(0);
        let mut bytes = [0; 10];
        bytes
            .iter_mut()
            .zip(random)
            .for_each(|(byte, random)| *byte = random);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    /// A file of the page's server, which is wanted only now; `None` when it can't be had.
    pub async fn file(self, path: &'static str) -> Option<String> {
        #[cfg(feature = "hydrate")]
        return asset::fetch(path).await;
        #[cfg(not(feature = "hydrate"))]
        return {
            let _ = path;
            None
        };
    }
}

/// Differs between devices in the browser; the server's device draws no randomness.
fn seed() -> u64 {
    #[cfg(feature = "hydrate")]
    return browser::seed();
    #[cfg(not(feature = "hydrate"))]
    return 0;
}
