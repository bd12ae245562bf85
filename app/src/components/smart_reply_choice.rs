//! Whether replies are suggested.

use leptos::{prelude::*, task::spawn_local};
use tidings_protocol::{ApiError, SmartReplies, command::SetSmartReplies};

use super::Notice;
use crate::live::use_live;

/// A choice for all of the person's devices. Says plainly what is looked at, and what leaves the server.
#[component]
pub fn SmartReplyChoice() -> impl IntoView {
    let live = use_live();
    let outcome = RwSignal::new(None::<Result<String, ApiError>>);
    // With the language model goes its host as it is shown: that is what is agreed to.
    let choose = move |choice, model: Option<String>| {
        spawn_local(async move {
            let result = live.ask(SetSmartReplies { choice, model }).await;
            let sentence = match choice {
                SmartReplies::Off => "Replies are no longer suggested.",
                _ => "Replies are suggested above the message field from now on.",
            };
            outcome.try_set(Some(result.map(|_| sentence.to_owned())));
        });
    };
    let choices = move || {
        let model = live.smart_replies().model.map(|host| {
            (
                SmartReplies::Model,
                "On, also by a language model",
                format!(
                    "As above, and with each message that you see, the last ten messages of its thread are sent to \
                     {host}, which your organisation chose: their text as it stands, whoever wrote it, without the names of \
                     their senders and without files."
                ),
                Some(host),
            )
        });
        [
            (SmartReplies::Off, "Off", "Nothing is suggested.".to_owned(), None),
            (
                SmartReplies::Local,
                "On",
                "From what you answered to messages like it, and from common phrases. This server works it out by \
                 itself: nothing leaves it."
                    .to_owned(),
                None,
            ),
        ]
        .into_iter()
        .chain(model)
        .map(|(choice, label, meaning, host)| {
            let id = format!("smart-replies-{}", label.len());
            view! {
                <div class="explained-choice">
                    <label class="choice">
                        <input
                            type="radio"
                            name="smart-replies"
                            aria-describedby=id.clone()
                            prop:checked=move || live.smart_replies().choice == choice
                            on:change=move |_| choose(choice, host.clone())
                        />
                        <span>{label}</span>
                    </label>
                    <p class="panel-text" id=id>
                        {meaning}
                    </p>
                </div>
            }
        })
        .collect_view()
    };
    view! {
        <fieldset class="choices">
            <legend>"Suggest replies"</legend>
            <p class="panel-text">
                "You see up to three above the message field. One that you take is put there for you to change and send."
            </p>
            {choices}
        </fieldset>
        <Notice outcome />
    }
}
