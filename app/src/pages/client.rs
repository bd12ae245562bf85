//! One client.

use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_router::{components::A, hooks::use_params_map};
use tidings_protocol::{
    Client, ClientId,
    command::{ArchiveClient, ClientFields, EditClient},
};

use super::NotFoundHere;
use crate::{
    components::{EmptyState, FormField, Notice, PageHeader, ThreadRow},
    live::{asked, use_live},
    screen::one_client,
};

/// The client that the address names.
#[component]
pub fn ClientPage() -> impl IntoView {
    let live = use_live();
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("client")?.parse::<ClientId>().ok());
    let changes = RwSignal::new(0_u32);
    // A client without a thread of this person's isn't known to the device.
    let all = asked(live, move || {
        changes.track();
        one_client(id.get())
    });
    let client = Memo::new(move |_| {
        let id = id.get()?;
        let found = all.with(|all| match all {
            Some(Ok(clients)) => clients.iter().find(|client| client.id == id).cloned(),
            _ => None,
        });
        live.client(id).or(found)
    });
    let waiting = Memo::new(move |_| id.get().is_some() && all.with(Option::is_none));
    let shown = Memo::new(move |_| client.with(|client| client.as_ref().map(|client| client.id)));
    move || match shown.get() {
        Some(_) => view! { <Record client changes /> }.into_any(),
        None if waiting.get() => view! {
            <PageHeader title="Client" back="/clients" />
            <p class="page-note">"Waiting for the server…"</p>
        }
        .into_any(),
        None => view! { <NotFoundHere what="client" /> }.into_any(),
    }
}

#[component]
fn Record(client: Memo<Option<Client>>, changes: RwSignal<u32>) -> impl IntoView {
    let live = use_live();
    let outcome = RwSignal::new(None);
    let Some(record) = client.get_untracked() else {
        return ().into_any();
    };
    let id = record.id;
    let name =
        Memo::new(move |_| client.with(|client| client.as_ref().map(|c| c.name.clone()).unwrap_or_default()));
    let archived = Memo::new(move |_| client.with(|client| client.as_ref().is_some_and(|c| c.archived)));
    let threads = Memo::new(move |_| {
        let of_client = |row: &tidings_device::ThreadRow| row.client.as_ref().is_some_and(|c| c.id == id);
        live.threads()
            .iter()
            .filter(|row| of_client(row))
            .map(|row| row.id)
            .collect::<Vec<_>>()
    });
    let told = move |result: Result<Client, _>, text: &str| {
        outcome.try_set(Some(result.map(|_| text.to_owned())));
        changes.try_update(|count| *count += 1);
    };
    let edit = Callback::new(move |(fields, _): (ClientFields, ev::SubmitEvent)| {
        spawn_local(async move { told(live.ask(EditClient { client: id, fields }).await, "Saved.") });
    });
    let archive = move |_| {
        let archived = !archived.get_untracked();
        spawn_local(async move {
            let text = if archived {
                "Archived. Its threads stay."
            } else {
                "Brought back."
            };
            told(live.ask(ArchiveClient { client: id, archived }).await, text);
        });
    };
    view! {
        <PageHeader title=name back="/clients">
            {move || archived.get().then(|| view! { <span class="label">"Archived"</span> })}
            <button type="button" class="button button-quiet button-small" on:click=archive>
                {move || if archived.get() { "Bring back" } else { "Archive" }}
            </button>
        </PageHeader>
        <div class="page-body">
            <Notice outcome />
            <section class="panel" aria-labelledby="client-record">
                <h2 id="client-record">"Record"</h2>
                <ClientForm prefix="edit" submit="Save" on_submit=edit client=record />
            </section>
            <section class="panel" aria-labelledby="client-threads">
                <div class="panel-top">
                    <h2 id="client-threads">"Your threads"</h2>
                    {move || {
                        (!archived.get())
                            .then(|| {
                                view! {
                                    <A href=format!("/people?client={id}") attr:class="button button-small">
                                        "New thread about this client"
                                    </A>
                                }
                            })
                    }}
                </div>
                <ul class="thread-rows">
                    <For each=move || threads.get() key=|thread| *thread let:thread>
                        <ThreadRow thread />
                    </For>
                </ul>
                {move || {
                    threads
                        .read()
                        .is_empty()
                        .then(|| {
                            view! {
                                <EmptyState drawing=icondata::LuMessageSquare title="No threads yet">
                                    <p>"Threads about this client that you are in appear here."</p>
                                </EmptyState>
                            }
                        })
                }}
            </section>
        </div>
    }
    .into_any()
}

/// The fields of a client record.
#[component]
pub(super) fn ClientForm(
    /// Keeps the ids of two forms apart.
    prefix: &'static str,
    /// What the button says.
    submit: &'static str,
    /// Called with what was entered.
    on_submit: Callback<(ClientFields, ev::SubmitEvent)>,
    /// The record to begin with.
    #[prop(optional, into)]
    client: Option<Client>,
) -> impl IntoView {
    let (name_id, reference_id) = match prefix {
        "new" => ("new-name", "new-reference"),
        _ => ("edit-name", "edit-reference"),
    };
    let note_id = format!("{prefix}-note");
    let (name, reference, note) = (
        NodeRef::<html::Input>::new(),
        NodeRef::<html::Input>::new(),
        NodeRef::<html::Textarea>::new(),
    );
    let of = |node: NodeRef<html::Input>| {
        node.get_untracked()
            .map(|input| input.value())
            .unwrap_or_default()
    };
    let client = client.as_ref();
    let text = |field: Option<&String>| field.cloned().unwrap_or_default();
    view! {
        <form
            class="form"
            on:submit=move |event| {
                event.prevent_default();
                let fields = ClientFields {
                    name: of(name),
                    reference: of(reference),
                    note: note.get_untracked().map(|field| field.value()).unwrap_or_default(),
                };
                on_submit.run((fields, event));
            }
        >
            <FormField label="Name" id=name_id named=false value=text(client.map(|c| &c.name)) node_ref=name />
            <FormField
                label="Reference"
                id=reference_id
                named=false
                optional=true
                hint="Your own number for this client."
                value=text(client.and_then(|c| c.reference.as_ref()))
                node_ref=reference
            />
            <div class="field">
                <label for=note_id.clone()>"Note (optional)"</label>
                <textarea id=note_id rows="3" node_ref=note>
                    {inside_textarea(text(client.and_then(|c| c.note.as_ref())))}
                </textarea>
            </div>
            <div class="button-row">
                <button class="button">{submit}</button>
            </div>
        </form>
    }
}

/// A text that is put into a `textarea`. Unlike any other, the server would send it as it is, and what is written in it
/// could leave the field and become part of the page.
fn inside_textarea(text: String) -> String {
    if cfg!(feature = "ssr") {
        text.replace('&', "&amp;").replace('<', "&lt;")
    } else {
        text
    }
}
