//! What a thread says of itself.

use leptos::prelude::*;

use super::{TimeText, message_row::Placed};
use crate::{live::use_live, wording::preview};

/// A change of the thread, in its place among the messages.
#[component]
pub fn NoticeLine(
    /// The message that tells it.
    #[prop(into)]
    message: Signal<Placed>,
) -> impl IntoView {
    let live = use_live();
    let text = move || {
        message.with(|message| {
            let row = &message.row;
            preview(&row.content, row.sender, |user| live.called(user))
        })
    };
    let at = Memo::new(move |_| message.read().row.at);
    let seq = Memo::new(move |_| message.read().row.seq);
    view! {
        <p class="told" data-seq=move || seq.get().map(|seq| seq.0.to_string())>
            {text} " · " {move || view! { <TimeText at=at.get() /> }}
        </p>
    }
}
