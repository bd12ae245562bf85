//! The outcome of what a person just did.

use leptos::prelude::*;
use tidings_protocol::ApiError;

use super::Icon;

/// A sentence about the last attempt: spoken at once when it failed, in passing when it worked. Nothing before.
#[component]
pub fn Notice(
    /// The last outcome; the text of a success.
    #[prop(into)]
    outcome: Signal<Option<Result<String, ApiError>>>,
) -> impl IntoView {
    move || {
        outcome.get().map(|outcome| match outcome {
            Ok(text) => view! {
                <p class="notice notice-good" role="status">
                    <Icon drawing=icondata::LuCheck />
                    <span>{text}</span>
                </p>
            },
            Err(error) => view! {
                <p class="notice notice-bad" role="alert">
                    <Icon drawing=icondata::LuCircleAlert />
                    <span>{error.message}</span>
                </p>
            },
        })
    }
}
