//! The Tidings interface: one set of components that the server renders to HTML and the browser brings to life.
//!
//! Knows people's words, screens and keys; leaves what is true to [`tidings_device`] and how it travels to
//! [`tidings_protocol`]. Feature `ssr` renders on the server, `hydrate` runs in the browser; both build the same
//! device from the same [`tidings_device::Boot`], so both show the same page.

// A view's type nests as deep as the page does.
#![recursion_limit = "512"]

pub mod alerts;
#[expect(
    missing_docs,
    reason = "`#[server]` makes fields of arguments, which can't carry a comment"
)]
pub mod api;
pub mod attaching;
pub mod calendar;
pub mod components;
pub mod composing;
pub mod draft;
pub mod emoji;
pub mod live;
pub mod pages;
pub mod playback;
pub mod recording;
pub mod replying;
pub mod screen;
pub mod searching;
pub mod shell;
pub mod swiping;
pub mod transcript;
pub mod wording;

pub use shell::shell;
pub use tidings_protocol as protocol;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

/// The whole interface.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // Says that buttons work now, for tests and for styles.
    Effect::new(move |_| {
        if let Some(root) = document().document_element() {
            // Setting a plain attribute can't fail.
            root.set_attribute("data-hydrated", "").ok();
        }
    });
    view! {
        <Router>
            <Routes fallback=pages::NotFoundPage>
                <ParentRoute path=path!("") view=pages::SignedIn ssr=SsrMode::Async>
                    <Route path=path!("") view=pages::InboxPage />
                    <Route path=path!("threads/:thread") view=pages::ThreadPage />
                    <Route path=path!("threads/:thread/group") view=pages::GroupPage />
                    <Route path=path!("groups/new") view=pages::NewGroupPage />
                    <Route path=path!("search") view=pages::SearchPage />
                    <Route path=path!("people") view=pages::PeoplePage />
                    <Route path=path!("clients") view=pages::ClientsPage />
                    <Route path=path!("clients/:client") view=pages::ClientPage />
                    <Route path=path!("settings") view=pages::SettingsPage />
                    <Route path=path!("admin") view=pages::AdminPage />
                </ParentRoute>
                <Route path=path!("sign-in") view=pages::SignInPage ssr=SsrMode::Async />
                <Route path=path!("register") view=pages::RegisterPage ssr=SsrMode::Async />
                <Route path=path!("join/:token") view=pages::JoinPage ssr=SsrMode::Async />
                <Route path=path!("set-up/:token") view=pages::SetUpPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
