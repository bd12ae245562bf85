//! What was wanted of a message and could not be done.

use leptos::prelude::*;
use tidings_device::{Act, Input, Refusal};

use super::clipboard::copy;
use crate::{live::use_live, wording::refused};

/// Each refusal with its reason. A text that was refused is kept until the person has no more use for it.
#[component]
pub fn MessageRefusals(
    /// In the order in which they were wanted.
    #[prop(into)]
    refusals: Signal<Vec<Refusal>>,
) -> impl IntoView {
    let live = use_live();
    let line = move |Refusal { id, act, error }: Refusal| {
        let sentence = refused(&act, &error);
        let text = match act {
            Act::Edit { body } => Some(body.as_str().to_owned()),
            Act::Delete | Act::Hide | Act::React { .. } | Act::RemovePreview => None,
        };
        let word = if text.is_some() { "Discard" } else { "Dismiss" };
        view! {
            <div class="refusal" role="alert">
                <span>{sentence}</span>
                {text
                    .map(|text| {
                        let copied = text.clone();
                        view! {
                            <blockquote class="refused-text" dir="auto">
                                {text}
                            </blockquote>
                            <button type="button" class="link-button" on:click=move |_| copy(&copied)>
                                "Copy text"
                            </button>
                        }
                    })}
                <button
                    type="button"
                    class="link-button"
                    on:click=move |_| live.report(Input::Discard(id))
                >
                    {word}
                </button>
            </div>
        }
    };
    move || refusals.get().into_iter().map(line).collect_view()
}
