//! Performs a device's effects in the browser and reports what happens there. Decides nothing.

use std::{cell::RefCell, time::Duration};

use leptos::{ev, prelude::*, task::spawn_local};
use tidings_device::{Effect as DeviceEffect, Input, Transport};
use tidings_protocol::{
    Attachment, AttachmentId, DeviceFrame, ThreadId, Timestamp, UserId, frame, search::Date,
};

use super::{
    Live, detour,
    file_storage::FileStorage,
    outbox_sharing,
    outbox_storage::{Kept, OutboxStorage},
    poller::Poller,
    socket::Socket,
    uploads,
};
use crate::calendar::{Day, Moment};

/// How often relative texts are told anew.
const CLOCK_EVERY: Duration = Duration::from_secs(20);

/// Input of the person is reported at most this often: presence has a granularity of minutes.
const ACTIVE_EVERY: Duration = Duration::from_secs(2);

/// Longest time a browser's timer can count (a signed 32-bit number of milliseconds).
const TIMER_MAX: Duration = Duration::from_millis(i32::MAX as u64);

/// What the device of this page holds of the browser.
struct Browser {
    live: Live,
    socket: Option<Socket>,
    poller: Option<Poller>,
    /// Which of them opened last: it carries what the device says. The other one is opening, if it is there.
    open: Option<Transport>,
    timer: Option<TimeoutHandle>,
    storage: OutboxStorage,
    files: FileStorage,
}

thread_local! {
    /// One page has one device.
    static BROWSER: RefCell<Option<Browser>> = const { RefCell::new(None) };
}

/// Begins to perform effects and to report for `live`, until its owner is gone.
pub(super) fn start(live: Live, person: UserId) {
    let tab = live.mint_id();
    let storage = OutboxStorage::open(person, tab);
    BROWSER.set(Some(Browser {
        live,
        socket: None,
        poller: None,
        open: None,
        timer: None,
        storage: storage.clone(),
        files: FileStorage::open(person),
    }));
    on_cleanup(|| {
        if let Some(Browser {
            timer,
            storage,
            files,
            ..
        }) = BROWSER.take()
        {
            timer.as_ref().inspect(|timer| timer.clear());
            spawn_local(async move {
                storage.close().await;
                files.close().await;
            });
        }
    });
    if let Some(detour) = detour::load() {
        live.report(Input::Remembered(detour));
    }
    listen(live);
    tell_time(live);
    live.load_drafts();
    outbox_sharing::share(live, person, tab, storage);
}

/// Performs `effect`, or gives it back when the browser has not started.
pub(super) fn perform(effect: DeviceEffect) -> Option<DeviceEffect> {
    let Some((live, storage)) = BROWSER.with_borrow(|browser| {
        browser
            .as_ref()
            .map(|browser| (browser.live, browser.storage.clone()))
    }) else {
        return Some(effect);
    };
    match effect {
        DeviceEffect::Dial(Transport::Socket) => {
            with_browser(|browser| browser.socket = Some(Socket::dial(live)));
        }
        DeviceEffect::Dial(Transport::LongPoll) => {
            with_browser(|browser| browser.poller = Some(Poller::dial(live)));
        }
        DeviceEffect::HangUp(over) => with_browser(|browser| browser.hang_up(over)),
        DeviceEffect::Remember(kept) => detour::keep(kept),
        DeviceEffect::Transmit(frame) => with_browser(|browser| browser.send(frame)),
        DeviceEffect::WakeAt(at) => wake_at(live, at),
        DeviceEffect::Save(unsent) => save(live, storage, Kept::Message(unsent)),
        DeviceEffect::SaveAmendment(amendment) => save(live, storage, Kept::Amendment(amendment)),
        DeviceEffect::Forget(local_id) => spawn_local(async move { storage.forget(local_id).await }),
        DeviceEffect::Upload(id) => with_files(|files| uploads::resume(live, files, id)),
        DeviceEffect::SignedOut => show_sign_in(),
        DeviceEffect::Notify(_)
        | DeviceEffect::Changed(_)
        | DeviceEffect::Answered { .. }
        | DeviceEffect::Outdated => {}
    }
    None
}

fn save(live: Live, storage: OutboxStorage, kept: Kept) {
    spawn_local(async move {
        let local_id = kept.id();
        let kept = storage.save(kept).await;
        live.report(Input::Saved { local_id, kept });
    });
}

impl Browser {
    fn hang_up(&mut self, over: Transport) {
        self.open.take_if(|open| *open == over);
        match over {
            Transport::Socket => self.socket = None,
            Transport::LongPoll => self.poller = None,
        }
    }

    fn send(&self, said: DeviceFrame) {
        match (self.open, &self.socket, &self.poller) {
            (Some(Transport::Socket), Some(socket), _) => {
                if let Ok(text) = frame::encode(&said) {
                    socket.send(text);
                }
            }
            (Some(Transport::LongPoll), _, Some(poller)) => poller.send(said),
            _ => {}
        }
    }
}

/// A transport is open.
pub(super) fn opened(live: Live, over: Transport) {
    with_browser(|browser| browser.open = Some(over));
    live.report(Input::Opened(over));
}

/// Begins to upload a file that was chosen.
pub(super) fn upload(live: Live, id: AttachmentId, name: &str, file: &web_sys::Blob) {
    with_files(|files| uploads::begin(live, files, id, name, file.clone()));
}

/// Goes on with a file in a tray; `missing` is told when its bytes are nowhere.
pub(super) fn restore_upload(live: Live, thread: ThreadId, file: Attachment, missing: Callback<String>) {
    with_files(|files| uploads::restore(live, files, thread, file, missing));
}

/// Stops a file that will not be sent.
pub(super) fn cancel_upload(live: Live, id: AttachmentId) {
    with_files(|files| uploads::cancel(live, files, id));
}

/// Tries a refused file again.
pub(super) fn retry_upload(live: Live, id: AttachmentId) {
    with_files(|files| uploads::retry(live, files, id));
}

/// A file need not be kept any more.
pub(super) fn forget_file(id: AttachmentId) {
    with_files(|files| {
        let files = files.clone();
        spawn_local(async move { files.forget(id).await });
    });
}

fn with_files(act: impl FnOnce(&FileStorage)) {
    let files = BROWSER.with_borrow(|browser| browser.as_ref().map(|browser| browser.files.clone()));
    if let Some(files) = files {
        act(&files);
    }
}

/// Leaves for the sign-in page with a full load, so that nothing of the person stays in memory.
pub(super) fn show_sign_in() {
    // Where even this fails there is no page to tell it to.
    location().replace("/sign-in").ok();
}

fn with_browser(change: impl FnOnce(&mut Browser)) {
    BROWSER.with_borrow_mut(|browser| browser.as_mut().map(change));
}

fn wake_at(live: Live, at: Timestamp) {
    let delay = at.since(now_or_epoch()).min(TIMER_MAX);
    let timer = set_timeout_with_handle(move || live.report(Input::Wake), delay).ok();
    with_browser(|browser| {
        if let Some(old) = std::mem::replace(&mut browser.timer, timer) {
            old.clear();
        }
    });
}

fn listen(live: Live) {
    let mut listeners = vec![
        window_event_listener(ev::online, move |_| {
            uploads::hurry(live);
            live.report(Input::NetworkUp);
        }),
        window_event_listener(ev::offline, move |_| live.report(Input::NetworkDown)),
        window_event_listener(ev::pageshow, move |_| live.report(Input::Shown)),
        // A page that is closed can say so over requests; one that is only put aside finds out by asking when it is back.
        window_event_listener(ev::pagehide, |_| with_browser(|browser| browser.poller = None)),
        window_event_listener(ev::focus, move |_| live.report(Input::Shown)),
        window_event_listener(ev::visibilitychange, move |_| {
            live.report(if document().hidden() {
                Input::Hidden
            } else {
                Input::Shown
            });
        }),
    ];
    // Another tab wrote or sent something.
    listeners.push(window_event_listener(ev::storage, move |_| live.load_drafts()));
    let last = StoredValue::new(None::<Timestamp>);
    let active = move || {
        let now = now_or_epoch();
        if last
            .try_get_value()
            .flatten()
            .is_none_or(|last| now.since(last) >= ACTIVE_EVERY)
        {
            last.try_set_value(Some(now));
            live.report(Input::Active);
        }
    };
    listeners.push(window_event_listener(ev::keydown, move |_| active()));
    listeners.push(window_event_listener(ev::pointerdown, move |_| active()));
    listeners.push(window_event_listener(ev::pointermove, move |_| active()));
    listeners.push(window_event_listener(ev::wheel, move |_| active()));
    let listeners = StoredValue::new_local(Some(listeners));
    on_cleanup(move || {
        let listeners = listeners.try_update_value(Option::take).flatten();
        listeners
            .into_iter()
            .flatten()
            .for_each(WindowListenerHandle::remove);
    });
}

fn tell_time(live: Live) {
    let tell = move || {
        if let Some(now) = now() {
            live.clock.try_set(now);
        }
    };
    tell();
    live.localised.set(true);
    if let Ok(interval) = set_interval_with_handle(tell, CLOCK_EVERY) {
        on_cleanup(move || interval.clear());
    }
}

/// The browser's clock; `None` before the page lives, so that the first render is the server's.
pub(super) fn now() -> Option<Timestamp> {
    BROWSER.with_borrow(|browser| browser.is_some().then(now_or_epoch))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds of any date fit 53 bits"
)]
fn now_or_epoch() -> Timestamp {
    Timestamp(js_sys::Date::now() as i64)
}

/// How `at` reads in the person's time zone.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of any date fit 53 bits")]
pub(super) fn local_moment(at: Timestamp) -> Moment {
    let date = js_sys::Date::new(&(at.0 as f64).into());
    let small = |number: u32| u8::try_from(number).unwrap_or(0);
    Moment {
        day: Day {
            year: i32::try_from(date.get_full_year()).unwrap_or(0),
            month: small(date.get_month() + 1),
            day: small(date.get_date()),
        },
        hour: small(date.get_hours()),
        minute: small(date.get_minutes()),
    }
}

/// When `day` begins in the person's time zone.
#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds of any date fit 53 bits"
)]
pub(super) fn local_beginning(day: Date) -> Timestamp {
    let (year, month) = (u32::from(day.year), i32::from(day.month) - 1);
    let date = js_sys::Date::new_with_year_month_day(year, month, i32::from(day.day));
    Timestamp(date.get_time() as i64)
}

/// Randomness for local ids and reconnect delays.
pub(super) fn seed() -> u64 {
    let mut bytes = [0; 8];
    let drawn = window()
        .crypto()
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    match drawn {
        Ok(_) => u64::from_le_bytes(bytes),
        Err(_) => js_sys::Math::random().to_bits() ^ js_sys::Date::now().to_bits(),
    }
}
