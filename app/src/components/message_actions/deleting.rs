//! Deleting a message.

use leptos::prelude::*;
use tidings_device::{Act, Which};
use tidings_protocol::ThreadId;

use super::super::Modal;
use crate::live::use_live;

/// Asks for whom it is to be deleted.
#[component]
pub(super) fn Deleting(
    /// Where the message is.
    thread: ThreadId,
    /// Which.
    which: Which,
    /// Whether it may be deleted for everyone.
    for_everyone: bool,
    /// Closes the question.
    done: Callback<()>,
) -> impl IntoView {
    let live = use_live();
    let delete = move |act: Act| {
        live.amend(thread, which, act);
        done.run(());
    };
    view! {
        <Modal title="Delete this message?" close=done>
            <p>
                {if for_everyone {
                    "For you: others keep it. For everyone: nobody can read it any more. Neither can be undone."
                } else {
                    "It disappears from your own devices, and others keep it. This can't be undone."
                }}
            </p>
            <div class="button-row">
                <button type="button" class="button button-quiet" autofocus on:click=move |_| done.run(())>
                    "Cancel"
                </button>
                <button type="button" class="button button-danger" on:click=move |_| delete(Act::Hide)>
                    "Delete for me"
                </button>
                {for_everyone
                    .then(|| {
                        view! {
                            <button type="button" class="button button-danger" on:click=move |_| delete(Act::Delete)>
                                "Delete for everyone"
                            </button>
                        }
                    })}
            </div>
        </Modal>
    }
}
