//! A line between two days of a thread.

use leptos::prelude::*;

use crate::{calendar::Day, live::use_live};

/// Says on which day the messages below it were sent.
#[component]
pub fn DaySeparator(
    /// The day that begins.
    day: Day,
) -> impl IntoView {
    let live = use_live();
    view! {
        <p class="day-separator">
            <span>{move || day.heading(live.moment(live.clock()).day)}</span>
        </p>
    }
}
