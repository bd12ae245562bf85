//! Signing in.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::{self, SignIn},
    components::{FormField, Notice},
};

/// A name and a password; works without scripts.
#[component]
pub fn SignInPage() -> impl IntoView {
    let sign_in = ServerAction::<SignIn>::new();
    let outcome = Signal::derive(move || {
        sign_in
            .value()
            .get()
            .and_then(Result::err)
            .map(|error| Err(error.0))
    });
    let entry = Resource::new(|| (), |()| api::entry());
    view! {
        <Title text="Sign in · Tidings" />
        <main class="outside">
            <div class="card">
                <img class="logo" src="/favicon.svg" alt="" width="48" height="48" />
                <h1>"Sign in to Tidings"</h1>
                <ActionForm action=sign_in>
                    <div class="form">
                        <FormField label="Username" id="username" autocomplete="username" />
                        <FormField
                            label="Password"
                            id="password"
                            kind="password"
                            autocomplete="current-password"
                        />
                        <Notice outcome />
                        <button class="button button-wide" disabled=move || sign_in.pending().get()>
                            "Sign in"
                        </button>
                    </div>
                </ActionForm>
                <Suspense>
                    {move || Suspend::new(async move {
                        match entry.await {
                            Ok(entry) if entry.needs_set_up => {
                                view! {
                                    <p class="card-note">
                                        "Nobody has an account yet. Open the set-up link that the server printed when it started."
                                    </p>
                                }
                                    .into_any()
                            }
                            Ok(entry) if entry.open_registration => {
                                view! {
                                    <p class="card-note">
                                        "New here? " <a href="/register">"Create an account"</a>
                                    </p>
                                }
                                    .into_any()
                            }
                            _ => {
                                view! {
                                    <p class="card-note">"New here? Ask an admin for an invite link."</p>
                                }
                                    .into_any()
                            }
                        }
                    })}
                </Suspense>
            </div>
        </main>
    }
}
