//! With whom one's own message has got how far.

use leptos::prelude::*;
use tidings_device::Progress;
use tidings_protocol::{Seq, ThreadId, UserId};

use super::MessageState;
use crate::{live::use_live, wording::read_by};

/// The mark of one's own message. In a group it is a button that shows the details.
#[component]
pub fn ReceiptsMark(
    /// Where the message is.
    thread: ThreadId,
    /// Who sent it.
    sender: UserId,
    /// Its place; `None` while unconfirmed.
    #[prop(into)]
    seq: Signal<Option<Seq>>,
    /// How far it has got with all.
    #[prop(into)]
    progress: Signal<Progress>,
    /// Whether there are details.
    #[prop(into)]
    group: Signal<bool>,
    /// Whether the details are shown.
    looking: RwSignal<bool>,
) -> impl IntoView {
    let live = use_live();
    let stored = Memo::new(move |_| seq.get().filter(|_| group.get()));
    move || match stored.get() {
        Some(seq) => view! {
            <button
                type="button"
                class="receipts-mark"
                aria-label=move || read_by(&live.receipts(thread, sender, seq))
                title=move || read_by(&live.receipts(thread, sender, seq))
                aria-haspopup="dialog"
                on:click=move |_| looking.set(true)
            >
                <span aria-hidden="true">
                    <MessageState progress />
                </span>
            </button>
        }
        .into_any(),
        None => view! { <MessageState progress /> }.into_any(),
    }
}
