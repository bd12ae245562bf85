//! What is being listened to. One thing at a time, and it plays on while the person moves between threads.

#[cfg(feature = "hydrate")]
use leptos::ev;
use leptos::prelude::*;
use tidings_protocol::ThreadId;
use web_sys::HtmlAudioElement;

#[cfg(feature = "hydrate")]
thread_local! {
    /// One page plays one thing.
    static AUDIO: std::cell::RefCell<Option<HtmlAudioElement>> = const { std::cell::RefCell::new(None) };
}

/// How fast speech is played: the usual three.
const RATES: [f64; 3] = [1.0, 1.5, 2.0];

/// A recording that can be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// Where it is.
    pub url: String,
    /// Who speaks.
    pub speaker: String,
    /// The thread it was said in.
    pub thread: ThreadId,
    /// How long it is, in milliseconds.
    pub duration_ms: u32,
}

/// The page's one player.
#[derive(Clone, Copy)]
pub struct Playback {
    track: RwSignal<Option<Track>>,
    is_playing: RwSignal<bool>,
    position_ms: RwSignal<u32>,
    rate: RwSignal<usize>,
    failed: RwSignal<bool>,
}

/// The page's player.
#[must_use]
pub fn use_playback() -> Playback {
    expect_context()
}

impl Playback {
    /// A player at rest. Stops with its owner.
    #[must_use]
    pub fn new() -> Self {
        let playback = Self {
            track: RwSignal::new(None),
            is_playing: RwSignal::new(false),
            position_ms: RwSignal::new(0),
            rate: RwSignal::new(0),
            failed: RwSignal::new(false),
        };
        on_cleanup(move || playback.with(|audio| audio.pause().ok()));
        playback
    }

    /// What is played, or stands still in the middle.
    #[must_use]
    pub fn track(self) -> Option<Track> {
        self.track.get()
    }

    /// Whether it is `url` that is played or stands still.
    #[must_use]
    pub fn is_at(self, url: &str) -> bool {
        self.track
            .with(|track| track.as_ref().is_some_and(|track| track.url == url))
    }

    /// Whether something is heard.
    #[must_use]
    pub fn is_playing(self) -> bool {
        self.is_playing.get()
    }

    /// Whether the last one could not be played.
    #[must_use]
    pub fn failed(self) -> bool {
        self.failed.get()
    }

    /// How much has been played, in milliseconds.
    #[must_use]
    pub fn position_ms(self) -> u32 {
        self.position_ms.get()
    }

    /// How fast: 1, 1.5 or 2.
    #[must_use]
    pub fn rate(self) -> f64 {
        RATES.get(self.rate.get()).copied().unwrap_or(1.0)
    }

    /// Plays a track, from the beginning if it is another one; or lets it stand still.
    pub fn toggle(self, track: &Track) {
        let is_same = untrack(|| self.is_at(&track.url));
        if is_same && self.is_playing.get_untracked() {
            self.with(|audio| audio.pause().ok());
            return;
        }
        if !is_same {
            self.load(track);
        }
        self.play();
    }

    /// Goes to a place, in milliseconds; of a track that is not played yet as well.
    pub fn seek(self, track: &Track, to_ms: u32) {
        if untrack(|| !self.is_at(&track.url)) {
            self.load(track);
        }
        self.position_ms.set(to_ms);
        self.with(|audio| audio.set_current_time(f64::from(to_ms) / 1000.0));
    }

    /// The next of the three speeds.
    pub fn next_rate(self) {
        self.rate.update(|rate| *rate = (*rate + 1) % RATES.len());
        let rate = untrack(|| self.rate());
        self.with(|audio| audio.set_playback_rate(rate));
    }

    /// Ends it.
    pub fn stop(self) {
        self.with(|audio| audio.pause().ok());
        self.track.set(None);
        self.position_ms.set(0);
    }

    fn play(self) {
        self.failed.set(false);
        let rate = untrack(|| self.rate());
        self.with(|audio| {
            audio.set_playback_rate(rate);
            // A promise that is refused says what the event `error` says too.
            drop(audio.play());
        });
    }

    fn load(self, track: &Track) {
        #[cfg(feature = "hydrate")]
        AUDIO.with_borrow_mut(|audio| {
            if audio.is_none() {
                *audio = self.audio();
            }
        });
        self.with(|audio| audio.set_src(&track.url));
        self.failed.set(false);
        self.position_ms.set(0);
        self.track.set(Some(track.clone()));
    }

    #[cfg(feature = "hydrate")]
    fn audio(self) -> Option<HtmlAudioElement> {
        let audio = HtmlAudioElement::new().ok()?;
        audio.set_preload("metadata");
        let listen = |name: &str, heard: Box<dyn FnMut(ev::Event)>| {
            let heard = wasm_bindgen::closure::Closure::wrap(heard);
            let added = audio
                .add_event_listener_with_callback(name, wasm_bindgen::JsCast::unchecked_ref(heard.as_ref()));
            // Lives as long as the element, which lives as long as the page.
            heard.forget();
            added.ok()
        };
        listen(
            "play",
            Box::new(move |_| {
                self.is_playing.try_set(true);
            }),
        )?;
        listen(
            "pause",
            Box::new(move |_| {
                self.is_playing.try_set(false);
            }),
        )?;
        listen(
            "timeupdate",
            Box::new(move |event| self.moved(&event_target(&event))),
        )?;
        listen(
            "ended",
            Box::new(move |_| {
                self.position_ms.try_set(0);
            }),
        )?;
        listen(
            "error",
            Box::new(move |_| {
                self.is_playing.try_set(false);
                self.failed.try_set(true);
            }),
        )?;
        Some(audio)
    }

    #[cfg(feature = "hydrate")]
    fn moved(self, audio: &HtmlAudioElement) {
        if !audio.ended() {
            self.position_ms.try_set((audio.current_time() * 1000.0) as u32);
        }
    }

    fn with<T>(self, act: impl FnOnce(&HtmlAudioElement) -> T) {
        // Told of what is done to it by events, so it must not be held meanwhile.
        #[cfg(feature = "hydrate")]
        if let Some(audio) = AUDIO.with_borrow(Clone::clone) {
            act(&audio);
        }
        #[cfg(not(feature = "hydrate"))]
        drop(act);
    }
}

impl Default for Playback {
    fn default() -> Self {
        Self::new()
    }
}
