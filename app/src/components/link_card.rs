//! What the page that a message links to says of itself.

use leptos::prelude::*;
use tidings_device::{Act, Which};
use tidings_protocol::{LinkPreview, ThreadId, markup::Address};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::Icon;
use crate::live::use_live;

/// A page with its title and description, and beside them where it came from: what they say is a stranger's word. Nothing
/// is loaded for it. Whoever sent the message can take it away.
#[component]
pub fn LinkCard(
    /// Where the message is.
    thread: ThreadId,
    /// Which.
    #[prop(into)]
    which: Signal<Which>,
    /// What the page says, if it was looked at.
    #[prop(into)]
    preview: Signal<Option<Box<LinkPreview>>>,
    /// Whether the message is one's own.
    mine: bool,
) -> impl IntoView {
    move || {
        let LinkPreview {
            url,
            host: led_to,
            site,
            title,
            description,
        } = *preview.get()?;
        let address = Address::new(&url)?;
        let host = address.host()?.to_owned();
        let card = view! {
            <div class="link-card" role="group" aria-label="Linked page">
                <p class="link-card-site">
                    <bdi>{host}</bdi>
                    {led_to
                        .map(|led_to| {
                            view! {
                                <span class="sr-only">" leads to "</span>
                                <span aria-hidden="true">" → "</span>
                                <bdi>{led_to}</bdi>
                            }
                        })}
                    {site
                        .map(|site| {
                            view! {
                                <span aria-hidden="true">" · "</span>
                                <bdi>{site}</bdi>
                            }
                        })}
                </p>
                <p class="link-card-title" dir="auto">
                    <a href=url.clone() target="_blank" rel="noopener noreferrer nofollow" title=url>
                        {title}
                    </a>
                </p>
                {description
                    .map(|description| {
                        view! {
                            <p class="link-card-about" dir="auto">
                                {description}
                            </p>
                        }
                    })}
                {mine.then(|| view! { <Remove thread which /> })}
            </div>
        };
        Some(card.into_any())
    }
}

/// A button that takes the card away, for everybody.
#[component]
fn Remove(
    /// Where the message is.
    thread: ThreadId,
    /// Which.
    which: Signal<Which>,
) -> impl IntoView {
    let live = use_live();
    let button = NodeRef::<leptos::html::Button>::new();
    let remove = move |_| {
        // It goes with the card, and whoever pressed it by keyboard goes on from the message.
        if let Some(opener) = button.get_untracked().and_then(|button| beside(&button)) {
            // Focus only fails to move for elements that are not shown.
            opener.focus().ok();
        }
        live.amend(thread, which.get_untracked(), Act::RemovePreview);
    };
    view! {
        <button
            type="button"
            class="link-card-remove"
            aria-label="Remove this preview for everybody"
            title="Remove this preview for everybody"
            node_ref=button
            on:click=remove
        >
            <Icon drawing=icondata::LuX />
        </button>
    }
}

/// What opens the actions of the message that an element stands in.
fn beside(element: &Element) -> Option<HtmlElement> {
    let message = element.closest(".message").ok()??;
    let opener = message.query_selector(".actions-opener").ok()??;
    opener.dyn_into().ok()
}
