//! How this browser tells of messages.

use leptos::prelude::*;

use crate::alerts::{Choices, Permission, use_alerts};

/// What the browser allows, and what the person wants of it.
#[component]
pub fn AlertChoices() -> impl IntoView {
    let alerts = use_alerts();
    let known = move |sentence: &'static str| {
        view! {
            <p class="panel-text" role="status">
                {sentence}
            </p>
        }
        .into_any()
    };
    let state = move || {
        match alerts.permission.get() {
        // Most browsers have not been asked, so that is what stands here until this one has said: nothing moves.
        permission @ (Permission::Unknown | Permission::NotAsked) => view! {
            <p class="panel-text">
                "While Tidings is open in the background, it can show new messages as notifications. Your browser will ask whether it may."
            </p>
            <div class="button-row">
                <button
                    type="button"
                    class="button"
                    disabled=permission == Permission::Unknown
                    on:click=move |_| alerts.ask()
                >
                    "Turn on notifications"
                </button>
            </div>
        }
        .into_any(),
        Permission::Granted => known("This browser may show notifications of Tidings."),
        Permission::Denied => known(
            "Your browser blocks notifications of Tidings. Allow them in its settings for this page, then come back.",
        ),
        Permission::Unsupported => known(
            "This browser can't show notifications here. The page's title and icon tell you what is waiting.",
        ),
    }
    };
    view! {
        {state}
        <fieldset class="choices choices-column">
            <legend class="sr-only">"While Tidings is in the background"</legend>
            <Choice
                label="Show new messages as notifications"
                get=|choices| choices.shown
                set=|choices, on| choices.shown = on
            />
            <Choice
                label="Say who wrote, but not what"
                get=|choices| choices.hides_content
                set=|choices, on| choices.hides_content = on
            />
            <Choice label="Play a quiet sound" get=|choices| choices.sound set=|choices, on| choices.sound = on />
        </fieldset>
        <p class="hint">
            "For this browser only. Which threads notify you is chosen in each thread's options, and holds for all your devices."
        </p>
    }
}

#[component]
fn Choice(label: &'static str, get: fn(&Choices) -> bool, set: fn(&mut Choices, bool)) -> impl IntoView {
    let alerts = use_alerts();
    view! {
        <label class="choice">
            <input
                type="checkbox"
                prop:checked=move || alerts.choices.with(get)
                on:change:target=move |event| {
                    let on = event.target().checked();
                    alerts.choose(|choices| set(choices, on));
                }
            />
            <span>{label}</span>
        </label>
    }
}
