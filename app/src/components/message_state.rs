//! How far one's own message has got, as a mark.

use leptos::prelude::*;
use tidings_device::Progress;

use super::Icon;
use crate::wording::{Tick, tick};

/// A mark with its text as name and tooltip.
#[component]
pub fn MessageState(
    /// How far.
    #[prop(into)]
    progress: Signal<Progress>,
) -> impl IntoView {
    move || {
        let (tick, text) = tick(&progress.read());
        let (class, drawing) = match tick {
            Tick::Pending => ("tick pending", icondata::LuClock),
            Tick::Sent => ("tick sent", icondata::LuCheck),
            Tick::Delivered => ("tick delivered", icondata::LuCheckCheck),
            Tick::Read => ("tick read", icondata::LuCheckCheck),
            Tick::Failed => ("tick failed", icondata::LuCircleAlert),
        };
        view! {
            <span class=class role="img" aria-label=text.clone() title=text>
                <Icon drawing />
            </span>
        }
    }
}
