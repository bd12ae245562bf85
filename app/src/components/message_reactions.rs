//! Who reacted to a message, and how.

mod chip;
mod long_press;

use leptos::prelude::*;
use tidings_device::Which;
use tidings_protocol::{Reaction, ThreadId};

use super::Icon;
use chip::Chip;

/// The reactions to a message, one's own marked. Pressing one joins or leaves it; pointing at it, focusing it and holding
/// it tell who reacted so.
#[component]
pub fn MessageReactions(
    /// Where the message is.
    thread: ThreadId,
    /// Which.
    #[prop(into)]
    which: Signal<Which>,
    /// The reactions.
    #[prop(into)]
    reactions: Signal<Vec<Reaction>>,
    /// Whether something about them is still to be sent.
    #[prop(into)]
    waiting: Signal<bool>,
) -> impl IntoView {
    let kinds = Memo::new(move |_| {
        reactions.with(|reactions| {
            reactions
                .iter()
                .map(|reaction| reaction.emoji.clone())
                .collect::<Vec<_>>()
        })
    });
    let any = Memo::new(move |_| kinds.with(|kinds| !kinds.is_empty()));
    move || {
        any.get().then(|| {
            view! {
                <div class="reactions" role="group" aria-label="Reactions">
                    <For each=move || kinds.get() key=Clone::clone let:emoji>
                        <Chip thread which reactions emoji />
                    </For>
                    {move || {
                        waiting
                            .get()
                            .then(|| {
                                view! {
                                    <span class="reactions-waiting" title="Not sent yet">
                                        <Icon drawing=icondata::LuClock />
                                        <span class="sr-only">"Not sent yet"</span>
                                    </span>
                                }
                            })
                    }}
                </div>
            }
        })
    }
}
