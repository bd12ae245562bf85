//! Joining where registration is open.

use leptos::prelude::*;

use super::new_account::{NewAccountCard, NewAccountFields};
use crate::api::Register;

/// Makes an account without an invitation. The server refuses where that is not allowed.
#[component]
pub fn RegisterPage() -> impl IntoView {
    let register = ServerAction::<Register>::new();
    view! {
        <NewAccountCard title="Create an account" text="Write to your colleagues in a minute.">
            <ActionForm action=register>
                <NewAccountFields answer=register.value() pending=register.pending() />
            </ActionForm>
            <p class="card-note">
                "You have an account? " <a href="/sign-in">"Sign in"</a>
            </p>
        </NewAccountCard>
    }
}
