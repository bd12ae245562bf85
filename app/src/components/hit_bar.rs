//! The way from one hit of a search to the next, above the thread it is in.

use leptos::prelude::*;
use tidings_protocol::ThreadId;

use super::Icon;
use crate::searching::use_searching;

/// Which hit of the search is looked at, while it is one of this thread.
#[component]
pub fn HitBar(
    /// The thread on screen.
    thread: ThreadId,
) -> impl IntoView {
    let searching = use_searching();
    let here = Memo::new(move |_| searching.current.get().is_some_and(|(of, _)| of == thread));
    let place = Memo::new(move |_| searching.place());
    let told = move || {
        place.get().map(|(place, count)| {
            let more = if searching.next.get().is_some() { "+" } else { "" };
            format!("Hit {} of {count}{more}", place + 1)
        })
    };
    let is_first = move || place.get().is_none_or(|(place, _)| place == 0);
    let is_last = move || {
        let last = place.get().is_none_or(|(place, count)| place + 1 >= count);
        last && searching.next.get().is_none()
    };
    move || {
        here.get().then(|| {
            view! {
                <div class="hit-bar" role="group" aria-label="Hits of the search">
                    <button type="button" class="link-button" on:click=move |_| searching.summon()>
                        "Results"
                    </button>
                    <p class="hit-bar-place" role="status">
                        {told}
                    </p>
                    <button
                        type="button"
                        class="icon-button"
                        aria-label="Newer hit"
                        disabled=is_first
                        on:click=move |_| searching.step(-1)
                    >
                        <Icon drawing=icondata::LuChevronDown />
                    </button>
                    <button
                        type="button"
                        class="icon-button"
                        aria-label="Older hit"
                        disabled=is_last
                        on:click=move |_| searching.step(1)
                    >
                        <Icon drawing=icondata::LuChevronUp />
                    </button>
                    <button
                        type="button"
                        class="icon-button"
                        aria-label="Leave the hits"
                        on:click=move |_| searching.current.set(None)
                    >
                        <Icon drawing=icondata::LuX />
                    </button>
                </div>
            }
        })
    }
}
