//! Who reacted to a message, and how.

use leptos::{prelude::*, task::spawn_local};
use tidings_protocol::{ApiError, Emoji, Reaction, Seq, ThreadId, UserId, command::React};

use crate::{
    live::{Live, use_live},
    wording::reacted,
};

/// Sets or takes away one's own reaction. A refusal goes to `trouble`.
pub(super) fn react(
    live: Live,
    thread: ThreadId,
    seq: Seq,
    emoji: Emoji,
    on: bool,
    trouble: RwSignal<Option<ApiError>>,
) {
    spawn_local(async move {
        let answer = live
            .ask(React {
                thread,
                seq,
                emoji,
                on,
            })
            .await;
        // The message may have left the page meanwhile, and with it the place for its trouble.
        trouble.try_set(answer.err());
    });
}

/// The reactions to a message, one's own marked. Pressing one joins or leaves it.
#[component]
pub fn MessageReactions(
    /// Where the message is.
    thread: ThreadId,
    /// Its place; `None` while unconfirmed.
    #[prop(into)]
    seq: Signal<Option<Seq>>,
    /// The reactions.
    #[prop(into)]
    reactions: Signal<Vec<Reaction>>,
    /// Where a refusal goes.
    trouble: RwSignal<Option<ApiError>>,
) -> impl IntoView {
    let live = use_live();
    let chip = move |reaction: Reaction| {
        let me = live.me().id;
        let is_mine = reaction.users.contains(&me);
        let names = reacted(&reaction.users, me, |user: UserId| live.called(user));
        let count = reaction.users.len();
        let emoji = StoredValue::new(reaction.emoji.clone());
        let press = move |_| {
            if let Some(seq) = seq.get_untracked() {
                react(live, thread, seq, emoji.get_value(), !is_mine, trouble);
            }
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
                </div>
            }
        })
    }
}
