//! The clients the organisation serves.

use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_router::components::A;
use tidings_protocol::{
    ClientId,
    command::{AddClient, ClientFields, SearchClients},
    limits,
};

use super::client::ClientForm;
use crate::{
    components::{EmptyState, Icon, Notice, PageHeader, SearchField},
    live::{asked, use_live},
};

/// A search for clients, and a form for a new one.
#[component]
pub fn ClientsPage() -> impl IntoView {
    let live = use_live();
    let text = RwSignal::new(String::new());
    let archived = RwSignal::new(false);
    let changes = RwSignal::new(0_u32);
    let outcome = RwSignal::new(None);
    let details = NodeRef::<html::Details>::new();
    // One id for one form: sending it twice makes one client.
    let new_id = RwSignal::new(None::<ClientId>);
    let found = asked(live, move || {
        changes.track();
        SearchClients {
            text: text.get().chars().take(limits::SEARCH_MAX_CHARS).collect(),
            archived: archived.get(),
        }
    });
    let add = Callback::new(move |(fields, form): (ClientFields, ev::SubmitEvent)| {
        let client = new_id.get_untracked().unwrap_or_else(|| ClientId(live.mint_id()));
        new_id.set(Some(client));
        spawn_local(async move {
            match live.ask(AddClient { client, fields }).await {
                Ok(record) => {
                    outcome.try_set(Some(Ok(format!("{} is added.", record.name))));
                    new_id.try_set(None);
                    changes.try_update(|count| *count += 1);
                    event_target::<web_sys::HtmlFormElement>(&form).reset();
                    if let Some(details) = details.try_get_untracked().flatten() {
                        details.set_open(false);
                    }
                }
                Err(error) => {
                    outcome.try_set(Some(Err(error)));
                }
            }
        });
    });
    view! {
        <PageHeader title="Clients" />
        <div class="page-body">
            <div class="toolbar">
                <SearchField label="Search clients" id="client-search" placeholder="Name or reference" text />
                <label class="switch">
                    <input
                        type="checkbox"
                        on:change:target=move |event| archived.set(event.target().checked())
                    />
                    <span>"Show archived"</span>
                </label>
            </div>
            <details class="panel" node_ref=details>
                <summary>
                    <Icon drawing=icondata::LuPlus />
                    "Add client"
                </summary>
                <ClientForm prefix="new" submit="Add client" on_submit=add />
            </details>
            <Notice outcome />
            {move || match found.get() {
                None => view! { <p class="page-note">"Waiting for the server…"</p> }.into_any(),
                Some(Err(error)) => view! { <p class="page-note" role="alert">{error.message}</p> }.into_any(),
                Some(Ok(clients)) if clients.is_empty() => {
                    view! {
                        <EmptyState drawing=icondata::LuBriefcase title="No clients found">
                            <p>"Add the first one above, or search for something else."</p>
                        </EmptyState>
                    }
                        .into_any()
                }
                Some(Ok(clients)) => {
                    view! {
                        <ul class="lines" aria-label="Clients">
                            {clients
                                .into_iter()
                                .map(|client| {
                                    view! {
                                        <li>
                                            <A href=format!("/clients/{}", client.id) attr:class="line-link">
                                                <span class="person-text">
                                                    <span class="person-name">{client.name}</span>
                                                    <span class="person-detail">{client.reference}</span>
                                                </span>
                                                {client
                                                    .archived
                                                    .then(|| view! { <span class="label">"Archived"</span> })}
                                                <Icon drawing=icondata::LuChevronRight />
                                            </A>
                                        </li>
                                    }
                                })
                                .collect_view()}
                        </ul>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}
