//! Pages, one per address.

use leptos::prelude::*;
use leptos_router::components::Outlet;

/// Skeleton of the signed-in layout.
#[component]
pub fn SignedIn() -> impl IntoView {
    let boot = Resource::new(|| (), |()| crate::api::boot(None));
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                boot.await.map(|boot| view! { <p>{boot.snapshot.me.display_name.as_str().to_owned()}</p> })
            })}
        </Suspense>
        <Outlet />
    }
}

/// The inbox.
#[component]
pub fn Inbox() -> impl IntoView {
    view! { <p>"Choose a thread."</p> }
}

/// One thread.
#[component]
pub fn ThreadPage() -> impl IntoView {
    view! { <p>"A thread."</p> }
}

/// Signing in.
#[component]
pub fn SignIn() -> impl IntoView {
    let action = ServerAction::<crate::api::SignIn>::new();
    view! {
        <ActionForm action=action>
            <label>"Username" <input name="username" /></label>
            <label>"Password" <input name="password" type="password" /></label>
            <button>"Sign in"</button>
        </ActionForm>
    }
}

/// Nothing is at this address.
#[component]
pub fn NotFound() -> impl IntoView {
    view! { <p>"There is nothing at this address."</p> }
}
