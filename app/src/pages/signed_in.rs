//! Everything around the page of a signed-in person: sections, threads, banner, title.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Outlet, hooks::use_location};
use tidings_device::Boot;
use tidings_protocol::{ErrorCode, ThreadId};

use crate::{
    api,
    components::{ReconnectBanner, Sections, ThreadList},
    live::Live,
};

/// The layout of signed-in people. It loads once; moving between its pages neither reloads nor reconnects.
#[component]
pub fn SignedIn() -> impl IntoView {
    let open = open_thread(&use_location().pathname.read_untracked());
    let boot = Resource::new(|| (), move |()| api::boot(open));
    view! {
        <Suspense fallback=|| {
            view! { <p class="loading">"Loading Tidings…"</p> }
        }>
            {move || Suspend::new(async move {
                match boot.await {
                    Ok(boot) => Either::Left(view! { <Layout boot open /> }),
                    Err(error) => {
                        let signed_out = error.0.code == ErrorCode::Unauthorized;
                        Either::Right(
                            view! {
                                <main class="outside">
                                    <div class="card">
                                        <h1>"Tidings can't be opened now"</h1>
                                        <p>{error.0.message}</p>
                                        // A full load: what failed may have been a part of this one.
                                        <a class="button" rel="external" href=if signed_out { "/sign-in" } else { "/" }>
                                            {if signed_out { "Sign in" } else { "Try again" }}
                                        </a>
                                    </div>
                                </main>
                            },
                        )
                    }
                }
            })}
        </Suspense>
    }
}

/// The thread that an address opens.
fn open_thread(path: &str) -> Option<ThreadId> {
    path.strip_prefix("/threads/")?.trim_end_matches('/').parse().ok()
}

#[component]
fn Layout(boot: Boot, open: Option<ThreadId>) -> impl IntoView {
    let live = Live::new(boot, open);
    provide_context(live);
    Effect::new(move |_| untrack(|| live.connect()));
    let title = move || match live.total_unread() {
        0 => "Tidings".to_owned(),
        count => format!("({count}) Tidings"),
    };
    let path = use_location().pathname;
    // On a phone one pane shows at a time: which one follows from the address.
    let pane = move || match path.read().as_str() {
        "/" => "list",
        path if path.starts_with("/threads/") => "thread",
        _ => "page",
    };
    view! {
        <Title text=title />
        <a class="skip" href="#main">
            "Skip to content"
        </a>
        <div class="app" data-pane=pane>
            <Sections />
            <ThreadList />
            <main id="main" class="main" tabindex="-1">
                <Outlet />
            </main>
            <ReconnectBanner />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_opens_the_thread_it_names() {
        let id = "0190a7c4-0000-7000-8000-000000000001";
        assert_eq!(open_thread(&format!("/threads/{id}")), Some(id.parse().unwrap()));
        assert_eq!(open_thread("/threads/none"), None);
        assert_eq!(open_thread("/people"), None);
    }
}
