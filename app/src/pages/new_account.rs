//! The form that makes an account, whichever way leads to it.

use leptos::prelude::*;
use leptos_meta::Title;
use tidings_protocol::{ApiError, limits};

use crate::{
    api::CallError,
    components::{FormField, Notice},
};

/// The card around a form that makes an account.
#[component]
pub(super) fn NewAccountCard(
    /// The heading.
    title: &'static str,
    /// What this is about.
    #[prop(into)]
    text: String,
    /// The form.
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=format!("{title} · Tidings") />
        <main class="outside">
            <div class="card">
                <img class="logo" src="/favicon.svg" alt="" width="48" height="48" />
                <h1>{title}</h1>
                <p>{text}</p>
                {children()}
            </div>
        </main>
    }
}

/// The fields of a new account, with what the server refused beside the field it is about.
#[component]
pub(super) fn NewAccountFields(
    /// The answer to the last attempt.
    #[prop(into)]
    answer: Signal<Option<Result<(), CallError>>>,
    /// Whether an attempt is under way.
    #[prop(into)]
    pending: Signal<bool>,
) -> impl IntoView {
    let refusal = Memo::new(move |_| answer.get().and_then(Result::err).map(|error| error.0));
    let about = move |field: &'static str| {
        Signal::derive(move || {
            let fits = |error: &ApiError| error.field.as_deref() == Some(field);
            refusal.get().filter(fits).map(|error| error.message)
        })
    };
    let in_general = Signal::derive(move || {
        let elsewhere = |error: &ApiError| {
            !matches!(
                error.field.as_deref(),
                Some("username" | "display_name" | "password")
            )
        };
        refusal.get().filter(elsewhere).map(Err)
    });
    view! {
        <div class="form">
            <FormField
                label="Your name"
                id="display_name"
                autocomplete="name"
                hint="Others see it beside your messages."
                error=about("display_name")
            />
            <FormField
                label="Username"
                id="username"
                autocomplete="username"
                hint="You sign in with it: letters, digits, dots, dashes."
                error=about("username")
            />
            <FormField
                label="Password"
                id="password"
                kind="password"
                autocomplete="new-password"
                hint=format!("At least {} characters.", limits::PASSWORD_MIN_CHARS)
                error=about("password")
            />
            <Notice outcome=in_general />
            <button class="button button-wide" disabled=move || pending.get()>
                "Create account"
            </button>
        </div>
    }
}
