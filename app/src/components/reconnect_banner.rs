//! What the person must know about the connection, over the page and never pushing it.

use leptos::prelude::*;
use tidings_device::{Banner, Input};

use super::Icon;
use crate::live::use_live;

/// Says that the connection is lost and when it is tried again, that it is back, that messages can't be kept, or that
/// the page is too old.
#[component]
pub fn ReconnectBanner() -> impl IntoView {
    let live = use_live();
    let banner = Memo::new(move |_| live.banner());
    let lost = Memo::new(move |_| matches!(banner.get(), Banner::Reconnecting { .. }));
    let back = Memo::new(move |_| banner.get() == Banner::BackOnline);
    let next_try = move || match banner.get() {
        Banner::Reconnecting { next_try: Some(wait) } => {
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            Some(format!(" next try in {seconds} s"))
        }
        _ => None,
    };
    view! {
        <div class="banners">
            <div role="status" class="banner-slot">
                {move || {
                    lost.get()
                        .then(|| {
                            view! {
                                <div class="banner banner-lost">
                                    <Icon drawing=icondata::LuWifiOff />
                                    <p>
                                        "Reconnecting to server…"
                                        // Spoken once, not with every second.
                                        <span aria-hidden="true">{next_try}</span>
                                    </p>
                                    <a class="banner-link" href="/settings#connection">
                                        "Details"
                                    </a>
                                    <button
                                        type="button"
                                        class="banner-button"
                                        on:click=move |_| live.report(Input::TryNow)
                                    >
                                        "Try now"
                                    </button>
                                </div>
                            }
                        })
                }}
                {move || {
                    back.get()
                        .then(|| {
                            view! {
                                <div class="banner banner-back">
                                    <Icon drawing=icondata::LuCheck />
                                    <p>"Back online"</p>
                                </div>
                            }
                        })
                }}
            </div>
            {move || {
                (!live.keeps_unsent())
                    .then(|| {
                        view! {
                            <div class="banner banner-lost" role="alert">
                                <Icon drawing=icondata::LuTriangleAlert />
                                <p>
                                    "This browser can't keep unsent messages. Don't close the page before they are sent."
                                </p>
                            </div>
                        }
                    })
            }}
            {move || {
                live.is_outdated()
                    .then(|| {
                        view! {
                            <div class="banner banner-lost" role="alert">
                                <Icon drawing=icondata::LuTriangleAlert />
                                <p>"Tidings has a new version. What you have written is kept."</p>
                                <button
                                    type="button"
                                    class="banner-button"
                                    on:click=|_| {
                                        location().reload().ok();
                                    }
                                >
                                    "Reload"
                                </button>
                            </div>
                        }
                    })
            }}
        </div>
    }
}
