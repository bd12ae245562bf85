//! Who reacted to a message, and how.

use leptos::prelude::*;
use tidings_device::{Act, Which};
use tidings_protocol::{Reaction, ThreadId, UserId};

use super::Icon;
use crate::{live::use_live, wording::reacted};

/// The reactions to a message, one's own marked. Pressing one joins or leaves it.
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
    let live = use_live();
    let chip = move |reaction: Reaction| {
        let me = live.me().id;
        let is_mine = reaction.users.contains(&me);
        let names = reacted(&reaction.users, me, |user: UserId| live.called(user));
        let count = reaction.users.len();
        let emoji = StoredValue::new(reaction.emoji.clone());
        let press = move |_| {
            let (emoji, on) = (emoji.get_value(), !is_mine);
            live.amend(thread, which.get_untracked(), Act::React { emoji, on });
        };
        view! {
            <button
                type="button"
                class="reaction"
                aria-pressed=is_mine.to_string()
                aria-label=format!("{}: {names}", reaction.emoji.as_str())
                title=names.clone()
                on:click=press
            >
                <span aria-hidden="true">{reaction.emoji.as_str().to_owned()}</span>
                <span aria-hidden="true" class="reaction-count">
                    {count}
                </span>
            </button>
        }
    };
    move || {
        let reactions = reactions.get();
        (!reactions.is_empty()).then(|| {
            view! {
                <div class="reactions" role="group" aria-label="Reactions">
                    {reactions.into_iter().map(chip).collect_view()}
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
