//! A person as a coloured disc.

use leptos::prelude::*;
use tidings_protocol::UserId;

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
