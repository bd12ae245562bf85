//! The Tidings interface: one set of components that the server renders to HTML and the browser brings to life.
//!
//! Knows people's words, screens and keys; leaves what is true to [`tidings_device`] and how it travels to
//! [`tidings_protocol`]. Feature `ssr` renders on the server, `hydrate` runs in the browser; both build the same
//! device from the same [`tidings_device::Boot`], so both show the same page.

#[expect(
    missing_docs,
    reason = "`#[server]` makes fields of arguments, which can't carry a comment"
)]
pub mod api;
pub mod live;
pub mod pages;
pub mod shell;

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
    view! {
        <Router>
            <Routes fallback=pages::NotFound>
                <ParentRoute path=path!("") view=pages::SignedIn ssr=SsrMode::Async>
                    <Route path=path!("") view=pages::Inbox />
                    <Route path=path!("threads/:thread") view=pages::ThreadPage />
                </ParentRoute>
                <Route path=path!("sign-in") view=pages::SignIn ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
