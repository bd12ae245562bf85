//! What a message said before it was edited.

use leptos::prelude::*;
use tidings_protocol::{Seq, ThreadId, command::LoadVersions, reply::Version};

use super::{CloseButton, Modal, TimeText};
use crate::live::{asked, use_live};

/// The earlier texts of a message, each with the time since when it said that.
#[component]
pub fn MessageVersions(
    /// Where the message is.
    thread: ThreadId,
    /// Its place.
    seq: Seq,
    /// Takes the dialog away.
    close: Callback<()>,
) -> impl IntoView {
    let live = use_live();
    let versions = asked(live, move || LoadVersions { thread, seq });
    let line = |Version { body, at }: Version| {
        view! {
            <li>
                <TimeText at full=true />
                <p class="version" dir="auto">
                    {body.as_str().to_owned()}
                </p>
            </li>
        }
    };
    view! {
        <Modal title="Earlier versions" close>
            {move || match versions.get() {
                None if !live.is_live() => {
                    view! { <p>"They are shown once there is a connection to the server."</p> }.into_any()
                }
                None => view! { <p>"Loading…"</p> }.into_any(),
                Some(Err(error)) => view! { <p role="alert">{error.message}</p> }.into_any(),
                Some(Ok(versions)) if versions.is_empty() => {
                    view! { <p>"Nothing is left of what it said before."</p> }.into_any()
                }
                Some(Ok(versions)) => {
                    view! { <ol class="versions">{versions.into_iter().map(line).collect_view()}</ol> }
                        .into_any()
                }
            }}
            <CloseButton close />
        </Modal>
    }
}
