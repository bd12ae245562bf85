//! A recording to listen to.

use leptos::prelude::*;
use tidings_protocol::voice::PEAKS;

use super::Icon;
use crate::{
    playback::{Track, use_playback},
    wording::{clock_time, spoken_time},
};

/// Width and height of the waveform's drawing; each bar takes three of its units.
const WIDTH: usize = PEAKS * 3;
const HEIGHT: u32 = 28;

/// Play and pause, a waveform that can be moved in, the time, and the speed.
#[component]
pub fn VoicePlayer(
    /// What is played.
    track: Track,
    /// Its waveform, from 0 to 255.
    peaks: Vec<u8>,
) -> impl IntoView {
    let playback = use_playback();
    let track = StoredValue::new(track);
    let peaks = StoredValue::new(peaks);
    let duration = track.with_value(|track| track.duration_ms);
    let is_here = Memo::new(move |_| track.with_value(|track| playback.is_at(&track.url)));
    let is_playing = Memo::new(move |_| is_here.get() && playback.is_playing());
    let position = Memo::new(move |_| {
        if is_here.get() {
            playback.position_ms().min(duration)
        } else {
            0
        }
    });
    let played = Memo::new(move |_| bars_before(position.get(), duration));
    let shown_time = move || clock_time(if is_here.get() { position.get() } else { duration });
    let seek = move |event: leptos::ev::Event| {
        if let Ok(to) = event_target_value(&event).parse() {
            track.with_value(|track| playback.seek(track, to));
        }
    };
    view! {
        <div class="voice">
            <button
                type="button"
                class="voice-play"
                aria-label=move || if is_playing.get() { "Pause" } else { "Play voice message" }
                on:click=move |_| track.with_value(|track| playback.toggle(track))
            >
                {move || {
                    if is_playing.get() {
                        view! { <Icon drawing=icondata::LuPause /> }
                    } else {
                        view! { <Icon drawing=icondata::LuPlay /> }
                    }
                }}
            </button>
            <span class="voice-wave">
                <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true">
                    <path class="voice-played" d=move || peaks.with_value(|peaks| bars(peaks, 0..played.get())) />
                    <path class="voice-left" d=move || peaks.with_value(|peaks| bars(peaks, played.get()..PEAKS)) />
                </svg>
                <input
                    type="range"
                    class="voice-seek"
                    aria-label="Position"
                    min="0"
                    max=duration.to_string()
                    step="100"
                    prop:value=move || position.get().to_string()
                    aria-valuetext=move || {
                        format!("{} of {}", spoken_time(position.get()), spoken_time(duration))
                    }
                    on:input=seek
                />
            </span>
            <span class="voice-time">{shown_time}</span>
            {move || {
                is_here.get()
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="voice-rate"
                                aria-label="Playback speed"
                                title="Playback speed"
                                on:click=move |_| playback.next_rate()
                            >
                                {move || format!("{}×", playback.rate())}
                            </button>
                        }
                    })
            }}
            {move || {
                (is_here.get() && playback.failed())
                    .then(|| {
                        view! {
                            <span class="voice-trouble" role="alert">
                                "This recording can't be played now. Try again when you are online."
                            </span>
                        }
                    })
            }}
        </div>
    }
}

/// How many bars are before a position.
fn bars_before(position_ms: u32, duration_ms: u32) -> usize {
    let bars = position_ms as usize * PEAKS;
    bars.checked_div(duration_ms as usize).unwrap_or(0).min(PEAKS)
}

/// Some of the bars as one path. The quietest is a dot.
fn bars(peaks: &[u8], which: std::ops::Range<usize>) -> String {
    let middle = f64::from(HEIGHT) / 2.0;
    let bar = |at: usize| {
        let peak = peaks.get(at).copied().unwrap_or(0);
        let half = (f64::from(peak) / 255.0 * (middle - 2.0)).max(0.5);
        format!("M{} {:.1}V{:.1}", at * 3 + 1, middle - half, middle + half)
    };
    which.map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_drawn_once_each_from_left_to_right() {
        assert_eq!(bars_before(0, 1000), 0);
        assert_eq!(bars_before(500, 1000), PEAKS / 2);
        assert_eq!(bars_before(2000, 1000), PEAKS);
        assert_eq!(bars_before(5, 0), 0);
        let all = bars(&[255; PEAKS], 0..PEAKS);
        assert_eq!(all, bars(&[255; PEAKS], 0..9) + &bars(&[255; PEAKS], 9..PEAKS));
        assert!(all.starts_with("M1 2.0V26.0M4 "), "{all}");
    }

    #[test]
    fn bars_that_are_missing_are_quiet() {
        assert_eq!(bars(&[], 0..1), "M1 13.5V14.5");
    }
}
