//! What plays on while another thread is looked at.

use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_location};

use super::Icon;
use crate::{playback::use_playback, wording::clock_time};

/// A line with what is played, away from the thread it was said in.
#[component]
pub fn MiniPlayer() -> impl IntoView {
    let playback = use_playback();
    let path = use_location().pathname;
    let elsewhere = Memo::new(move |_| {
        playback
            .track()
            .filter(|track| !path.read().starts_with(&format!("/threads/{}", track.thread)))
    });
    move || {
        elsewhere.get().map(|track| {
            let address = format!("/threads/{}", track.thread);
            let speaker = track.speaker.clone();
            view! {
                <section class="mini-player" aria-label="Voice message">
                    <button
                        type="button"
                        class="voice-play"
                        aria-label=move || if playback.is_playing() { "Pause" } else { "Play" }
                        on:click=move |_| playback.toggle(&track)
                    >
                        {move || {
                            if playback.is_playing() {
                                view! { <Icon drawing=icondata::LuPause /> }
                            } else {
                                view! { <Icon drawing=icondata::LuPlay /> }
                            }
                        }}
                    </button>
                    <A href=address attr:class="mini-player-speaker">
                        {speaker}
                    </A>
                    <span class="voice-time">{move || clock_time(playback.position_ms())}</span>
                    <button type="button" class="icon-button" aria-label="Close" on:click=move |_| playback.stop()>
                        <Icon drawing=icondata::LuX />
                    </button>
                </section>
            }
        })
    }
}
