//! A time, for people and machines.

use leptos::prelude::*;
use tidings_protocol::Timestamp;

use crate::{calendar::rfc3339, live::use_live};

/// A time as `14:05`, as lists show it when `brief`, or with its day when `full`. In UTC until the page lives, then in the person's zone.
#[component]
pub fn TimeText(
    /// When.
    at: Timestamp,
    /// Show the day instead of the clock when it was not today.
    #[prop(optional)]
    brief: bool,
    /// Show the day too.
    #[prop(optional)]
    full: bool,
) -> impl IntoView {
    let live = use_live();
    let text = move || {
        let moment = live.moment(at);
        if brief {
            moment.brief(live.moment(live.clock()))
        } else if full {
            let today = live.moment(live.clock()).day;
            format!("{}, {}", moment.day.heading(today), moment.clock())
        } else {
            moment.clock()
        }
    };
    view! {
        <time class="time" datetime=rfc3339(at)>
            {text}
        </time>
    }
}
