//! Everything around the page of a signed-in person: sections, threads, banner, title.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Outlet, hooks::use_location};
use tidings_protocol::ErrorCode;

use crate::{
    api::{self, Opening},
    components::{ReconnectBanner, Sections, ThreadList},
    live::Live,
    screen::Screen,
};

/// The layout of signed-in people. It loads once; moving between its pages neither reloads nor reconnects.
#[component]
pub fn SignedIn() -> impl IntoView {
    let location = use_location();
    let mut path = location.pathname.get_untracked();
    if let Some(at) = location.query.with_untracked(|query| query.get("at")) {
        path = format!("{path}?at={at}");
    }
    let screen = Screen::at(&path);
    let opening = Resource::new(|| (), move |()| api::opening(path.clone()));
    view! {
        <Suspense fallback=|| {
            view! { <p class="loading">"Loading Tidings…"</p> }
        }>
            {move || Suspend::new(async move {
                match opening.await {
                    Ok(opening) => Either::Left(view! { <Layout opening screen /> }),
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

#[component]
fn Layout(opening: Opening, screen: Screen) -> impl IntoView {
    let live = Live::new(opening.boot, screen.thread(), screen.message());
    live.know(opening.answers);
    provide_context(live);
    Effect::new(move |_| untrack(|| live.connect()));
    let unread_at_first = untrack(|| live.total_unread());
    // The title outlives what it is about: the server renders this more than once, on several threads, and writes the
    // title of any of them when all but one are gone.
    let title = move || match live.total_unread().or(unread_at_first) {
        None | Some(0) => "Tidings".to_owned(),
        Some(count) => format!("({count}) Tidings"),
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
