//! Which client a new thread is about.

use leptos::prelude::*;
use tidings_protocol::ClientId;

use crate::{
    live::{asked, use_live},
    screen::all_clients,
};

/// A labelled list of clients, beginning with none.
#[component]
pub fn ClientChoice(
    /// The list's id.
    id: &'static str,
    /// The chosen client.
    client: RwSignal<Option<ClientId>>,
) -> impl IntoView {
    let clients = asked(use_live(), all_clients);
    view! {
        <div class="field">
            <label for=id>"About client"</label>
            <select id=id on:change:target=move |event| client.set(event.target().value().parse().ok())>
                <option value="" selected=move || client.get().is_none()>
                    "None (internal)"
                </option>
                {move || {
                    clients
                        .get()
                        .and_then(Result::ok)
                        .unwrap_or_default()
                        .into_iter()
                        .map(|record| {
                            let id = record.id;
                            view! {
                                <option value=id.to_string() selected=move || client.get() == Some(id)>
                                    {record.name}
                                </option>
                            }
                        })
                        .collect_view()
                }}
            </select>
        </div>
    }
}
