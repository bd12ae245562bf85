//! A line between two days of a thread.

use leptos::prelude::*;

use super::ChoosingDay;
use crate::{calendar::Day, live::use_live};

/// Says on which day the messages below it were sent, and leads to other days.
#[component]
pub fn DaySeparator(
    /// The day that begins.
    day: Day,
) -> impl IntoView {
    let live = use_live();
    let choosing: ChoosingDay = expect_context();
    view! {
        <p class="day-separator">
            <button type="button" title="Jump to a day" on:click=move |_| choosing.from(day)>
                {move || day.heading(live.moment(live.clock()).day)}
            </button>
        </p>
    }
}
