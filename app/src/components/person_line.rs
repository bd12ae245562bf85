//! A person in a list of people.

use leptos::prelude::*;
use tidings_protocol::{Presence, User};

use super::{Avatar, PresenceDot};

/// Avatar, name and username of a person, with their presence where it is known, and what can be done with them.
#[component]
pub fn PersonLine(
    /// Who.
    user: User,
    /// Whether they are here.
    #[prop(optional_no_strip)]
    presence: Option<Signal<Presence>>,
    /// Buttons and labels at the end.
    children: Children,
) -> impl IntoView {
    let name = user.display_name.as_str().to_owned();
    view! {
        <li class="person">
            <span class="avatar-box">
                <Avatar user=user.id name=name.clone() />
                {presence.map(|presence| view! { <PresenceDot presence=presence /> })}
            </span>
            <span class="person-text">
                <span class="person-name">{name}</span>
                <span class="person-detail">{format!("@{}", user.username.as_str())}</span>
            </span>
            <span class="person-actions">{children()}</span>
        </li>
    }
}
