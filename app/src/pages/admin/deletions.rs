//! Who deleted what others said.

use leptos::prelude::*;
use tidings_protocol::{command::ListDeletions, reply::Deletion};

use crate::{
    components::{EmptyState, TimeText},
    live::{asked, use_live},
};

/// The newest deletions of what others said. What was said is gone.
#[component]
pub(super) fn Deletions() -> impl IntoView {
    let deletions = asked(use_live(), || ListDeletions {});
    let line = |deletion: Deletion| {
        let name = |name: &str| name.to_owned();
        let by = name(deletion.deleted_by.display_name.as_str());
        let of = name(deletion.sender.display_name.as_str());
        view! {
            <li class="person">
                <span class="person-text">
                    <span class="person-name">{by} " deleted a message of " {of}</span>
                    <span class="person-detail">
                        <TimeText at=deletion.deleted_at full=true />
                        ", sent "
                        <TimeText at=deletion.sent_at full=true />
                    </span>
                </span>
            </li>
        }
    };
    view! {
        <section class="panel" aria-labelledby="admin-deletions">
            <h2 id="admin-deletions">"Deleted by others"</h2>
            {move || match deletions.get() {
                None => view! { <p class="page-note">"Waiting for the server…"</p> }.into_any(),
                Some(Err(error)) => {
                    view! { <p class="page-note" role="alert">{error.message}</p> }.into_any()
                }
                Some(Ok(deletions)) if deletions.is_empty() => {
                    view! {
                        <EmptyState drawing=icondata::LuTrash2 title="Nothing was deleted">
                            <p>"When somebody deletes what another person said, it is noted here: who did, and when."</p>
                        </EmptyState>
                    }
                        .into_any()
                }
                Some(Ok(deletions)) => {
                    view! {
                        <ul class="lines" aria-label="Deleted by others">
                            {deletions.into_iter().map(line).collect_view()}
                        </ul>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}
