//! Joining by invitation.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use tidings_protocol::AccountRole;

use super::new_account::{NewAccountCard, NewAccountFields};
use crate::api::{self, Join};

/// Makes an account with an invite link, or says that the link can't be used any more.
#[component]
pub fn JoinPage() -> impl IntoView {
    let join = ServerAction::<Join>::new();
    let token = use_params_map().read_untracked().get("token").unwrap_or_default();
    let invited = {
        let token = token.clone();
        Resource::new(move || token.clone(), api::invited)
    };
    view! {
        <Suspense>
            {move || {
                let token = token.clone();
                Suspend::new(async move {
                    match invited.await {
                        Ok(role) => {
                            view! {
                                <NewAccountCard title="Join Tidings" text=welcome(role)>
                                    <ActionForm action=join>
                                        <input type="hidden" name="token" value=token />
                                        <NewAccountFields answer=join.value() pending=join.pending() />
                                    </ActionForm>
                                </NewAccountCard>
                            }
                                .into_any()
                        }
                        Err(error) => {
                            view! {
                                <NewAccountCard title="This link can't be used" text=error.0.message>
                                    <p class="card-note">"Ask whoever sent it for a new one."</p>
                                    <a class="button" href="/sign-in">
                                        "Sign in"
                                    </a>
                                </NewAccountCard>
                            }
                                .into_any()
                        }
                    }
                })
            }}
        </Suspense>
    }
}

fn welcome(role: AccountRole) -> &'static str {
    match role {
        AccountRole::Staff => "You are invited. Choose how others see you and how you sign in.",
        AccountRole::Admin | AccountRole::Owner => {
            "You are invited as an admin. Choose how others see you and how you sign in."
        }
    }
}
