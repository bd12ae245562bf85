//! The first account.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::new_account::{NewAccountCard, NewAccountFields};
use crate::api::SetUp;

/// Makes the owner's account with the one-use link from the server's console.
#[component]
pub fn SetUpPage() -> impl IntoView {
    let set_up = ServerAction::<SetUp>::new();
    let token = use_params_map().read_untracked().get("token").unwrap_or_default();
    view! {
        <NewAccountCard
            title="Set up Tidings"
            text="This makes the first account: the owner's. It can invite everyone else."
        >
            <ActionForm action=set_up>
                <input type="hidden" name="token" value=token />
                <NewAccountFields answer=set_up.value() pending=set_up.pending() />
            </ActionForm>
        </NewAccountCard>
    }
}
