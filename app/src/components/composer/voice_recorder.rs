//! Recording a voice message in the place of the text.

use std::time::Duration;

#[cfg(feature = "hydrate")]
use leptos::task::spawn_local;
use leptos::{ev, prelude::*};
use tidings_protocol::{ThreadId, limits, voice};

use super::super::{Icon, VoicePlayer};
use crate::{
    live::use_live,
    playback::{Track, use_playback},
    recording::{Order, Recording, Step},
    wording::clock_time,
};

/// How often level and time are shown anew.
#[cfg(feature = "hydrate")]
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// Bars of the level, the newest last.
const LEVELS: usize = 40;

/// A recording that is finished, and where it can be listened to.
#[derive(Clone, Debug)]
struct Take {
    file: Vec<u8>,
    waveform: voice::Waveform,
    url: String,
}

/// The state of the recorder of one thread, shared by the button that opens it and the panel that shows it.
#[derive(Clone, Copy)]
pub struct Recorder {
    recording: RwSignal<Recording>,
    /// The page's clock, moved while something is recorded.
    now: RwSignal<Duration>,
    levels: RwSignal<Vec<f32>>,
    take: RwSignal<Option<Take>>,
    pressed_at: StoredValue<Option<Duration>>,
    #[cfg(feature = "hydrate")]
    microphone: StoredValue<Option<crate::recording::Microphone>, LocalStorage>,
}

impl Recorder {
    /// A recorder at rest. What it holds is forgotten with its owner.
    pub fn new() -> Self {
        let recorder = Self {
            recording: RwSignal::new(Recording::None),
            now: RwSignal::new(Duration::ZERO),
            levels: RwSignal::new(Vec::new()),
            take: RwSignal::new(None),
            pressed_at: StoredValue::new(None),
            #[cfg(feature = "hydrate")]
            microphone: StoredValue::new_local(None),
        };
        recorder.keep_time();
        on_cleanup(move || recorder.forget_take());
        recorder
    }

    /// Ends what is recorded, and forgets what has not begun or failed. What there is stays.
    pub(super) fn end(self) {
        match self.recording.try_get_untracked() {
            Some(Recording::Running { .. } | Recording::Paused { .. }) => self.step(Step::Finish),
            Some(Recording::Opening { .. } | Recording::Failed(_)) => self.step(Step::Clear),
            Some(Recording::None | Recording::Preparing | Recording::Ready) | None => {}
        }
    }

    /// Whether there is something that can be sent, or soon will.
    pub(super) fn holds_something(self) -> bool {
        let recording = self.recording.try_get_untracked();
        recording.is_some_and(|recording| recording != Recording::None)
    }

    /// Whether something is recorded, prepared or ready: the text field makes room.
    pub fn is_open(self) -> bool {
        self.recording.with(|recording| *recording != Recording::None)
    }

    fn step(self, step: Step) {
        let now = page_time();
        let Some(before) = self.recording.try_get_untracked() else {
            return;
        };
        let (after, order) = before.take(step, now);
        self.now.set(now);
        if after != before {
            self.recording.set(after);
        }
        self.obey(order);
    }

    fn press(self) {
        self.pressed_at.set_value(Some(page_time()));
        self.step(Step::Press);
    }

    fn let_go(self) {
        if let Some(at) = self.pressed_at.try_update_value(Option::take).flatten() {
            let after = page_time().saturating_sub(at);
            self.step(Step::LetGo { after });
        }
    }

    #[cfg(feature = "hydrate")]
    fn obey(self, order: Order) {
        use crate::recording::Microphone;

        match order {
            Order::Nothing => {}
            Order::Open => {
                self.levels.set(Vec::new());
                spawn_local(async move {
                    match Microphone::open(move || self.step(Step::Finish)).await {
                        Ok(microphone) => {
                            let wanted = self
                                .recording
                                .try_get_untracked()
                                .is_some_and(|recording| matches!(recording, Recording::Opening { .. }));
                            if wanted {
                                self.microphone.try_set_value(Some(microphone));
                                self.step(Step::Opened);
                            }
                        }
                        Err(trouble) => self.step(Step::Fail(trouble)),
                    }
                });
            }
            Order::Pause => self.with_microphone(Microphone::pause),
            Order::Resume => self.with_microphone(Microphone::resume),
            Order::Finish => {
                let Some(microphone) = self.microphone.try_update_value(Option::take).flatten() else {
                    return;
                };
                spawn_local(async move {
                    match microphone.finish().await {
                        Ok(file) => self.prepared(file),
                        Err(trouble) => self.step(Step::Fail(trouble)),
                    }
                });
            }
            Order::Forget => {
                self.microphone.try_set_value(None);
                self.forget_take();
            }
        }
    }

    #[cfg(not(feature = "hydrate"))]
    fn obey(self, _: Order) {}

    #[cfg(feature = "hydrate")]
    fn with_microphone(self, act: impl FnOnce(&crate::recording::Microphone)) {
        self.microphone.with_value(|microphone| {
            if let Some(microphone) = microphone {
                act(microphone);
            }
        });
    }

    #[cfg(feature = "hydrate")]
    fn prepared(self, file: Vec<u8>) {
        use crate::recording::{Trouble, blob};

        let url = blob(&file).and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob).ok());
        let take = voice::read(&file).ok().zip(url);
        match take {
            Some((waveform, url)) => {
                if let Some(unused) = self.take.try_set(Some(Take { file, waveform, url })).flatten() {
                    // The page is gone.
                    web_sys::Url::revoke_object_url(&unused.url).ok();
                }
                self.step(Step::Prepared);
            }
            None => self.step(Step::Fail(Trouble::Unusable)),
        }
    }

    fn forget_take(self) {
        if let Some(Some(take)) = self.take.try_update(Option::take) {
            // An address that is forgotten twice is forgotten.
            web_sys::Url::revoke_object_url(&take.url).ok();
        }
    }

    fn keep_time(self) {
        #[cfg(feature = "hydrate")]
        {
            let tick = move || {
                let is_running = self
                    .recording
                    .try_get_untracked()
                    .is_some_and(|recording| matches!(recording, Recording::Running { .. }));
                if is_running {
                    let level = self.microphone.try_with_value(|microphone| {
                        microphone.as_ref().map(crate::recording::Microphone::level)
                    });
                    self.levels.update(|levels| {
                        levels.push(level.flatten().unwrap_or(0.0));
                        let over = levels.len().saturating_sub(LEVELS);
                        levels.drain(..over);
                    });
                    self.step(Step::Tick);
                }
            };
            if let Ok(interval) = set_interval_with_handle(tick, SHOWN_EVERY) {
                on_cleanup(move || interval.clear());
            }
        }
    }
}

/// The button that records: held down, or tapped once and ended by hand.
#[component]
pub fn RecordButton(
    /// What it works.
    recorder: Recorder,
) -> impl IntoView {
    // An effect, since a page that the server renders has no window.
    Effect::new(move |_| {
        let up = window_event_listener(ev::pointerup, move |_| recorder.let_go());
        let gone = window_event_listener(ev::pointercancel, move |_| recorder.let_go());
        let listeners = StoredValue::new_local(Some((up, gone)));
        on_cleanup(move || {
            if let Some((up, gone)) = listeners.try_update_value(Option::take).flatten() {
                up.remove();
                gone.remove();
            }
        });
    });
    view! {
        <button
            type="button"
            class="record"
            aria-label="Record a voice message"
            title="Hold to record, or press once"
            on:pointerdown=move |event| {
                if event.button() == 0 {
                    recorder.press();
                }
            }
            // A key has no pointer: it is a tap.
            on:click=move |event| {
                if event.detail() == 0 {
                    recorder.press();
                    recorder.let_go();
                }
            }
            on:contextmenu=|event| event.prevent_default()
        >
            <Icon drawing=icondata::LuMic />
        </button>
    }
}

/// What is recorded, in the place of the text field.
#[component]
pub fn RecordingPanel(
    /// What is shown.
    recorder: Recorder,
    /// Where it would be sent.
    thread: ThreadId,
    /// Called with the file of a recording that is to be sent.
    send: Callback<Vec<u8>>,
) -> impl IntoView {
    let live = use_live();
    let playback = use_playback();
    let phase = Memo::new(move |_| recorder.recording.get());
    let discard = move || {
        recorder.step(Step::Clear);
        playback.stop();
    };
    let send_it = move || {
        let file = recorder
            .take
            .with_untracked(|take| take.as_ref().map(|take| take.file.clone()));
        if let Some(file) = file {
            send.run(file);
            discard();
        }
    };
    let length = move || {
        let length = phase.get().length(recorder.now.get());
        clock_time(u32::try_from(length.as_millis()).unwrap_or(u32::MAX))
    };
    let levels = move || {
        recorder.levels.with(|levels| {
            let bar = |(at, level): (usize, &f32)| {
                let half = (level * 12.0).max(0.5);
                format!("M{} {:.1}V{:.1}", at * 3 + 1, 14.0 - half, 14.0 + half)
            };
            levels.iter().enumerate().map(bar).collect::<String>()
        })
    };
    let running = move |is_paused: bool| {
        view! {
            <span class="recording-dot" class:paused=is_paused aria-hidden="true"></span>
            <span class="voice-time" role="timer" aria-label="Recorded">
                {length}
            </span>
            <svg class="recording-level" viewBox=format!("0 0 {} 28", LEVELS * 3) preserveAspectRatio="none" aria-hidden="true">
                <path d=levels />
            </svg>
            {if is_paused {
                view! {
                    <button type="button" class="icon-button" aria-label="Go on recording" on:click=move |_| recorder.step(Step::Resume)>
                        <Icon drawing=icondata::LuMic />
                    </button>
                }
                    .into_any()
            } else {
                view! {
                    <button type="button" class="icon-button" aria-label="Pause recording" on:click=move |_| recorder.step(Step::Pause)>
                        <Icon drawing=icondata::LuPause />
                    </button>
                }
                    .into_any()
            }}
            <button type="button" class="send" aria-label="Finish recording" on:click=move |_| recorder.step(Step::Finish)>
                <Icon drawing=icondata::LuCheck />
            </button>
        }
    };
    let body = move || {
        match phase.get() {
        Recording::None => ().into_any(),
        Recording::Opening { .. } => {
            view! { <span class="recording-word" role="status">"Waiting for the microphone…"</span> }.into_any()
        }
        Recording::Running { .. } => running(false).into_any(),
        Recording::Paused { .. } => running(true).into_any(),
        Recording::Preparing => {
            view! { <span class="recording-word" role="status">"Preparing the recording…"</span> }.into_any()
        }
        Recording::Ready => recorder
            .take
            .get()
            .map(|take| {
                let track = Track {
                    url: take.url,
                    speaker: live.called(live.me().id),
                    thread,
                    duration_ms: take.waveform.duration_ms,
                };
                view! {
                    <VoicePlayer track peaks=take.waveform.peaks />
                    <button type="button" class="send" aria-label="Send voice message" on:click=move |_| send_it()>
                        <Icon drawing=icondata::LuSendHorizontal />
                    </button>
                }
            })
            .into_any(),
        Recording::Failed(trouble) => {
            view! { <span class="composer-trouble" role="alert">{trouble.to_string()}</span> }.into_any()
        }
    }
    };
    let limit = limits::VOICE_MAX.as_secs() / 60;
    view! {
        <div
            class="composer-line recording"
            role="group"
            aria-label=format!("Voice message, at most {limit} minutes")
            on:keydown=move |event: ev::KeyboardEvent| {
                if event.key() == "Escape" {
                    event.stop_propagation();
                    discard();
                }
            }
        >
            <button type="button" class="icon-button" aria-label="Discard recording" on:click=move |_| discard()>
                <Icon drawing=icondata::LuTrash2 />
            </button>
            {body}
        </div>
    }
}

/// The page's clock: never goes back.
fn page_time() -> Duration {
    let milliseconds = window()
        .performance()
        .map_or(0.0, |performance| performance.now());
    Duration::from_millis(milliseconds as u64)
}
