//! Everything around the page of a signed-in person: sections, threads, banner, title.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    components::Outlet,
    hooks::{use_location, use_navigate},
};
use tidings_protocol::ErrorCode;

use crate::{
    alerts::Alerts,
    api::{self, Opening},
    components::{
        AlertWatch, EmojiPickerHost, ForwardHost, MiniPlayer, ReconnectBanner, Recorders, SearchPanel,
        Sections, ThreadList, ThreadMenu, ThreadMenus, ToastHost, provide_emoji_picker, provide_forwarding,
        provide_toast,
    },
    live::Live,
    playback::Playback,
    screen::Screen,
    searching::Searching,
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
    provide_context(ThreadMenus::default());
    provide_context(Alerts::default());
    provide_emoji_picker();
    provide_forwarding();
    provide_toast();
    provide_context(Playback::new());
    provide_context(Recorders::new());
    Effect::new(move |_| untrack(|| live.connect()));
    let navigate = use_navigate();
    Effect::new(move |_| {
        let navigate = navigate.clone();
        untrack(|| live.keep_notifications(move |path| navigate(path, NavigateOptions::default())));
    });
    let unread_at_first = untrack(|| live.waiting());
    // The title outlives what it is about: the server renders this more than once, on several threads, and writes the
    // title of any of them when all but one are gone.
    let title = move || match live.waiting().or(unread_at_first) {
        None | Some(0) => "Tidings".to_owned(),
        Some(count) => format!("({count}) Tidings"),
    };
    let location = use_location();
    let path = location.pathname;
    let navigate = use_navigate();
    let go = Callback::new(move |address: String| navigate(&address, NavigateOptions::default()));
    let sought = location.query.with_untracked(|query| query.get("q"));
    let at_search = move || path.with(|path| path == "/search");
    let searching = Searching::new(live, go, sought.unwrap_or_default(), untrack(at_search));
    provide_context(searching);
    searching.listen();
    // On a phone one pane shows at a time: which one follows from the address.
    let pane = move || match path.read().as_str() {
        "/" | "/search" => "list",
        path if path.starts_with("/threads/") => "thread",
        _ => "page",
    };
    // Asked for again while it is shown, the search box stays the one that it is.
    let is_searching = Memo::new(move |_| searching.open.get());
    view! {
        <Title text=title />
        <a class="skip" href="#main">
            "Skip to content"
        </a>
        <div class="app" data-pane=pane data-search=move || is_searching.get().then_some("")>
            <Sections />
            <ThreadList />
            {move || is_searching.get().then(|| view! { <SearchPanel /> })}
            <main id="main" class="main" tabindex="-1">
                <MiniPlayer />
                <Outlet />
            </main>
            <ReconnectBanner />
            <ThreadMenu />
            <AlertWatch />
            <EmojiPickerHost />
            <ForwardHost />
            <ToastHost />
        </div>
    }
}
