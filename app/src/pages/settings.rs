//! One's own account and device.

use leptos::{html, prelude::*, task::spawn_local};
use tidings_protocol::{
    ApiError, DisplayName, Password,
    command::{ChangePassword, Rename},
    limits,
};

use crate::{
    components::{
        AlertChoices, ConnectionPanel, FormField, Notice, PageHeader, PushPanel, SignOut, SmartReplyChoice,
        ThemeChoice,
    },
    live::use_live,
};

/// Name, theme, notifications, password, how the connection does, and the way out.
#[component]
pub fn SettingsPage() -> impl IntoView {
    view! {
        <PageHeader title="Settings" />
        <div class="page-body">
            <section class="panel" aria-labelledby="settings-name">
                <h2 id="settings-name">"Your name"</h2>
                <NameForm />
            </section>
            <section class="panel" aria-labelledby="settings-theme">
                <h2 id="settings-theme">"Appearance"</h2>
                <ThemeChoice />
            </section>
            <section class="panel" id="notifications" aria-labelledby="settings-notifications">
                <h2 id="settings-notifications">"Notifications in this browser"</h2>
                <AlertChoices />
            </section>
            <section class="panel" id="push" aria-labelledby="settings-push">
                <h2 id="settings-push">"Push notifications"</h2>
                <PushPanel />
            </section>
            <section class="panel" aria-labelledby="settings-replies">
                <h2 id="settings-replies">"Smart replies"</h2>
                <SmartReplyChoice />
            </section>
            <section class="panel" aria-labelledby="settings-password">
                <h2 id="settings-password">"Password"</h2>
                <PasswordForm />
            </section>
            <section class="panel" id="connection" aria-labelledby="settings-connection">
                <h2 id="settings-connection">"Connection"</h2>
                <ConnectionPanel />
            </section>
            <section class="panel" aria-labelledby="settings-leave">
                <h2 id="settings-leave">"Sign out"</h2>
                <p class="panel-text">
                    "Signing out everywhere also ends your sessions in other browsers and on other devices."
                </p>
                <SignOut />
            </section>
        </div>
    }
}

fn value(input: NodeRef<html::Input>) -> String {
    input
        .get_untracked()
        .map(|input| input.value())
        .unwrap_or_default()
}

#[component]
fn NameForm() -> impl IntoView {
    let live = use_live();
    let me = untrack(|| live.me());
    let name = NodeRef::new();
    let outcome = RwSignal::new(None);
    let save = move || {
        let entered = value(name);
        spawn_local(async move {
            let result = match DisplayName::new(&entered) {
                Ok(display_name) => live.ask(Rename { display_name }).await,
                Err(error) => Err(ApiError::from(error)),
            };
            outcome.try_set(Some(result.map(|_| "Your name is changed.".to_owned())));
        });
    };
    view! {
        <form
            class="form"
            on:submit=move |event| {
                event.prevent_default();
                save();
            }
        >
            <FormField
                label="Name"
                id="settings-display-name"
                named=false
                autocomplete="name"
                hint=format!("Others see it beside your messages. You sign in as {}.", me.username.as_str())
                value=me.display_name.as_str()
                node_ref=name
            />
            <Notice outcome />
            <div class="button-row">
                <button class="button">"Save name"</button>
            </div>
        </form>
    }
}

#[component]
fn PasswordForm() -> impl IntoView {
    let live = use_live();
    let username = untrack(|| live.me()).username;
    let (current, new) = (NodeRef::new(), NodeRef::new());
    let outcome = RwSignal::new(None);
    let save = move |form: web_sys::HtmlFormElement| {
        let (entered, wanted) = (value(current), value(new));
        spawn_local(async move {
            let result = match Password::new(&wanted) {
                Ok(new) => {
                    live.ask(ChangePassword {
                        current: entered,
                        new,
                    })
                    .await
                }
                Err(error) => Err(ApiError::from(error)),
            };
            if result.is_ok() {
                form.reset();
            }
            let text = "Your password is changed. Your other sessions have ended.";
            outcome.try_set(Some(result.map(|()| text.to_owned())));
        });
    };
    view! {
        <form
            class="form"
            on:submit=move |event| {
                event.prevent_default();
                save(event_target(&event));
            }
        >
            // Tells a password manager whose password it is.
            <input type="text" autocomplete="username" value=username.as_str().to_owned() hidden readonly />
            <FormField
                label="Current password"
                id="settings-current"
                named=false
                kind="password"
                autocomplete="current-password"
                node_ref=current
            />
            <FormField
                label="New password"
                id="settings-new"
                named=false
                kind="password"
                autocomplete="new-password"
                hint=format!("At least {} characters.", limits::PASSWORD_MIN_CHARS)
                node_ref=new
            />
            <Notice outcome />
            <div class="button-row">
                <button class="button">"Change password"</button>
            </div>
        </form>
    }
}
