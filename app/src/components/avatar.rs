//! A person as a coloured disc, and a group as a coloured square.

use leptos::prelude::*;
use tidings_protocol::{ThreadId, UserId};

use super::Icon;
use crate::wording::initials;

/// Colours defined in the style sheet as `hue-0` and so on.
const HUES: u128 = 8;

/// Initials on a colour that follows from the person's id. Decorative: the name always stands beside it.
#[component]
pub fn Avatar(
    /// Whose.
    user: UserId,
    /// The person's name.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let hue = user.0.as_u128() % HUES;
    view! {
        <span class=format!("avatar hue-{hue}") aria-hidden="true">
            {move || initials(&name.read())}
        </span>
    }
}

/// A drawing of people on a colour that follows from the thread's id. Decorative: the group's name always stands beside it.
#[component]
pub fn GroupAvatar(
    /// Which group's.
    thread: ThreadId,
) -> impl IntoView {
    let hue = thread.0.as_u128() % HUES;
    view! {
        <span class=format!("avatar avatar-group hue-{hue}") aria-hidden="true">
            <Icon drawing=icondata::LuUsers />
        </span>
    }
}
