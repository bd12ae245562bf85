//! The device inside the reactive graph: the only file where the two meet.
//!
//! [`Live`] holds the [`Device`], turns what a person does into an [`Input`], and bumps one trigger for each
//! [`Change`]. Reading methods subscribe the caller to exactly the changes that concern what they return. It decides
//! nothing: what is true is the device's to say, and `browser` performs the device's effects.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "hydrate")]
mod detour;
#[cfg(feature = "hydrate")]
mod drafts;
#[cfg(feature = "hydrate")]
mod outbox_sharing;
#[cfg(feature = "hydrate")]
mod outbox_storage;
#[cfg(feature = "hydrate")]
mod poller;
#[cfg(feature = "hydrate")]
mod reach;
#[cfg(feature = "hydrate")]
mod socket;
#[cfg(feature = "hydrate")]
mod tab_locks;

mod asking;

use std::collections::BTreeMap;

use leptos::prelude::*;
use tidings_device::{
    Banner, Boot, Change, Connection, Device, Effect as DeviceEffect, Input, ThreadRow, Timeline, Unsent,
};
use tidings_protocol::{
    Client, ClientId, Seq, ThreadId, Timestamp, User, UserId, poll::Reach, presence::UserPresence,
};

use asking::Questions;
pub use asking::asked;
use uuid::Uuid;

use crate::calendar::Moment;

/// The signed-in person's device, as components see it. A handle: copies are the same device.
#[derive(Clone, Copy)]
pub struct Live {
    device: StoredValue<Device>,
    changes: StoredValue<BTreeMap<Change, ArcTrigger>>,
    any_unread: StoredValue<ArcTrigger>,
    questions: StoredValue<Questions>,
    /// Effects of the time before there was anything to perform them.
    held: StoredValue<Vec<DeviceEffect>>,
    open: StoredValue<Option<ThreadId>>,
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
            held: StoredValue::default(),
            open: StoredValue::new(None),
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
            browser::start(self, self.person());
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

    #[cfg(feature = "hydrate")]
    fn person(self) -> UserId {
        self.device.with_value(|device| device.me().id)
    }

    /// Whether the page lives; false while it is still as the server rendered it.
    #[must_use]
    pub fn is_awake(self) -> bool {
        self.localised.get_untracked()
    }

    /// The person whose device this is.
    #[must_use]
    pub fn me(self) -> User {
        self.on(Change::Records);
        self.device.with_value(|device| device.me().clone())
    }

    /// Whether events flow.
    #[must_use]
    pub fn is_live(self) -> bool {
        self.on(Change::Link);
        self.device.with_value(Device::is_live)
    }

    /// What the connection banner shows.
    #[must_use]
    pub fn banner(self) -> Banner {
        self.on(Change::Link);
        let now = self.now();
        self.device.with_value(|device| device.banner(now))
    }

    /// How the connection does.
    #[must_use]
    pub fn connection(self) -> Connection {
        self.on(Change::Link);
        self.device.with_value(Device::connection)
    }

    /// What the server has seen of this browser's tries to open sockets; `None` when it can't be asked.
    pub async fn reach(self) -> Option<Reach> {
        #[cfg(feature = "hydrate")]
        return reach::ask().await;
        #[cfg(not(feature = "hydrate"))]
        return None;
    }

    /// Whether the server speaks a newer protocol, so that the page must be loaded again.
    #[must_use]
    pub fn is_outdated(self) -> bool {
        self.outdated.get()
    }

    /// Threads, newest activity first. Follows neither unread counts nor presence: rows do.
    #[must_use]
    pub fn threads(self) -> Vec<ThreadRow> {
        self.on(Change::Threads);
        self.on(Change::Records);
        self.device.with_value(Device::threads)
    }

    /// One thread; `None` if this person is not a member of such a thread.
    #[must_use]
    pub fn thread(self, thread: ThreadId) -> Option<ThreadRow> {
        self.on(Change::Threads);
        self.on(Change::Records);
        self.on(Change::Unread(thread));
        self.device.with_value(|device| device.thread(thread))
    }

    /// The rows of a thread that are to be on screen.
    #[must_use]
    pub fn timeline(self, thread: ThreadId) -> Timeline {
        self.on(Change::Timeline(thread));
        self.device.with_value(|device| device.timeline(thread))
    }

    /// Who is typing in a thread.
    #[must_use]
    pub fn typists(self, thread: ThreadId) -> Vec<User> {
        self.on(Change::Typing(thread));
        let now = self.now();
        self.device.with_value(|device| device.typists(thread, now))
    }

    /// Whether a person is here.
    #[must_use]
    pub fn presence(self, user: UserId) -> UserPresence {
        self.on(Change::Presence(user));
        self.on(Change::Link);
        self.device.with_value(|device| device.presence(user))
    }

    /// Members of a thread, oneself included.
    #[must_use]
    pub fn members(self, thread: ThreadId) -> Vec<User> {
        self.on(Change::Threads);
        self.on(Change::Records);
        self.device.with_value(|device| device.members(thread))
    }

    /// How many unread messages of a thread mention this person.
    #[must_use]
    pub fn mentions(self, thread: ThreadId) -> usize {
        self.on(Change::Unread(thread));
        self.device.with_value(|device| device.mentions(thread).len())
    }

    /// Messages of others after the read mark of a thread.
    #[must_use]
    pub fn unread(self, thread: ThreadId) -> u32 {
        self.on(Change::Unread(thread));
        self.device.with_value(|device| device.unread(thread))
    }

    /// The same, over all threads; `None` once the page is gone.
    #[must_use]
    pub fn total_unread(self) -> Option<u32> {
        self.on(Change::Threads);
        self.any_unread.try_with_value(ArcTrigger::track)?;
        self.device.try_with_value(Device::total_unread)
    }

    /// A person's record, if known here.
    #[must_use]
    pub fn user(self, user: UserId) -> Option<User> {
        self.on(Change::Records);
        self.device.with_value(|device| device.user(user).cloned())
    }

    /// What a person is called on this screen: "You" for oneself.
    #[must_use]
    pub fn called(self, user: UserId) -> String {
        if user == self.me().id {
            return "You".to_owned();
        }
        self.user(user).map_or_else(
            || "Somebody".to_owned(),
            |user| user.display_name.as_str().to_owned(),
        )
    }

    /// A client's record, if known here.
    #[must_use]
    pub fn client(self, client: ClientId) -> Option<Client> {
        self.on(Change::Records);
        self.device.with_value(|device| device.client(client).cloned())
    }

    /// Unsent messages at this moment, in the order of writing.
    #[must_use]
    pub fn unsent(self) -> Vec<Unsent> {
        self.device.with_value(Device::unsent)
    }

    /// Whether unsent messages survive a reload.
    #[must_use]
    pub fn keeps_unsent(self) -> bool {
        self.on(Change::Storage);
        self.device.with_value(Device::keeps_unsent)
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

    /// Text that was written into a thread's composer and not sent.
    #[must_use]
    pub fn draft(self, thread: ThreadId) -> Option<String> {
        #[cfg(feature = "hydrate")]
        return drafts::load(self.person(), thread);
        #[cfg(not(feature = "hydrate"))]
        return {
            let _ = thread;
            None
        };
    }

    /// Keeps such a text across reloads; an empty one is forgotten.
    pub fn keep_draft(self, thread: ThreadId, text: &str) {
        #[cfg(feature = "hydrate")]
        drafts::keep(self.person(), thread, text);
        #[cfg(not(feature = "hydrate"))]
        let _ = (thread, text);
    }

    /// The person is about to sign out: from now on the end of the session is theirs, and no reason to leave the page
    /// before [`Leaving::forget`] is done.
    #[must_use]
    pub fn leaving(self) -> Leaving {
        self.leaving.set_value(true);
        Leaving {
            live: self,
            person: self.device.with_value(|device| device.me().id),
        }
    }
}

/// A person who is signing out. It outlives the page's [`Live`], which may be gone before the last step.
#[derive(Clone, Copy)]
pub struct Leaving {
    live: Live,
    person: UserId,
}

impl Leaving {
    /// Whether the session has ended, as far as this device has heard.
    #[must_use]
    pub fn has_ended(self) -> bool {
        self.live.ended.try_get_value().unwrap_or(true)
    }

    /// The person stays.
    pub fn take_back(self) {
        self.live.leaving.try_set_value(false);
    }

    /// Deletes what this device keeps for the person, unsent messages and drafts, then shows the sign-in page with a
    /// full load, so that nothing of them stays in memory.
    pub async fn forget(self) {
        #[cfg(feature = "hydrate")]
        {
            drafts::erase(self.person);
            outbox_storage::erase(self.person).await;
            browser::show_sign_in();
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = self.person;
    }
}

/// Differs between devices in the browser; the server's device draws no randomness.
fn seed() -> u64 {
    #[cfg(feature = "hydrate")]
    return browser::seed();
    #[cfg(not(feature = "hydrate"))]
    return 0;
}
