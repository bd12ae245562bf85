//! Leaving this device.

use leptos::{html::Dialog, prelude::*, task::spawn_local};
use tidings_protocol::{ApiError, command::SignOutEverywhere};

use super::Notice;
use crate::{
    api,
    live::{Live, use_live},
    wording::waiting,
};

/// Buttons to sign out here or everywhere. What is unsent would be lost, so it is asked about first.
#[component]
pub fn SignOut() -> impl IntoView {
    let live = use_live();
    let dialog = NodeRef::<Dialog>::new();
    let everywhere = RwSignal::new(false);
    let unsent = RwSignal::new(None::<String>);
    let outcome = RwSignal::new(None);
    let leave = move || {
        spawn_local(async move {
            if let Err(error) = sign_out(live, everywhere.get_untracked()).await {
                outcome.set(Some(Err(error)));
            }
        });
    };
    let ask = move |all: bool| {
        everywhere.set(all);
        unsent.set(waiting(live.unsent().len(), live.amendments().len()));
        match dialog.get_untracked() {
            // A browser without dialogs would lose the question, and the person must be asked.
            Some(dialog) if unsent.get_untracked().is_some() => {
                dialog.show_modal().ok();
            }
            _ => leave(),
        }
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <form
            class="button-row"
            method="post"
            action="/api/fn/sign_out"
            on:submit=move |event| {
                event.prevent_default();
                ask(false);
            }
        >
            <button class="button">"Sign out"</button>
            <button type="button" class="button button-quiet" on:click=move |_| ask(true)>
                "Sign out everywhere"
            </button>
        </form>
        <Notice outcome />
        <dialog class="dialog" node_ref=dialog aria-labelledby="sign-out-title">
            <h2 id="sign-out-title">
                {move || unsent.get().map(|unsent| format!("Delete {unsent}?"))}
            </h2>
            <p>"They are kept on this device only and have not been sent yet. Signing out deletes them."</p>
            <div class="button-row">
                <button type="button" class="button button-quiet" autofocus on:click=move |_| close()>
                    "Stay"
                </button>
                <button
                    type="button"
                    class="button button-danger"
                    on:click=move |_| {
                        close();
                        leave();
                    }
                >
                    "Delete and sign out"
                </button>
            </div>
        </dialog>
    }
}

/// Ends the session, or all of them, then deletes what this device keeps. In this order: a server that can't be
/// reached must not cost the unsent messages.
async fn sign_out(live: Live, everywhere: bool) -> Result<(), ApiError> {
    let leaving = live.leaving();
    let result = if everywhere {
        live.ask(SignOutEverywhere {}).await
    } else {
        api::sign_out().await.map_err(|error| error.0)
    };
    // The end of the session may be heard before the answer, and then no answer comes.
    if result.is_err() && !leaving.has_ended() {
        leaving.take_back();
        return result;
    }
    leaving.forget().await;
    Ok(())
}
