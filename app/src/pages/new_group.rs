//! Making a group.

use std::collections::BTreeSet;

use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use tidings_protocol::{ApiError, ClientId, ErrorCode, History, ThreadId, Title, User, command::CreateGroup};

use crate::{
    components::{ClientChoice, FormField, Notice, PageHeader, PeoplePicker},
    live::use_live,
    wording::{counted, what_history_means},
};

/// A form for a group's name, its people, its client, and who may read what.
#[component]
pub fn NewGroupPage() -> impl IntoView {
    let live = use_live();
    let query = use_query_map();
    let client = RwSignal::new(
        query
            .read_untracked()
            .get("client")
            .and_then(|id| id.parse::<ClientId>().ok()),
    );
    let title = NodeRef::<html::Input>::new();
    let wrong = RwSignal::new(None::<String>);
    let chosen = RwSignal::new(Vec::<User>::new());
    let history = RwSignal::new(History::default());
    let outcome = RwSignal::new(None::<Result<String, ApiError>>);
    let busy = RwSignal::new(false);
    // The same for every try, so that an answer that was lost doesn't make a second group.
    let id = StoredValue::new(None::<ThreadId>);
    let without = Memo::new(move |_| BTreeSet::from([live.me().id]));
    let navigate = use_navigate();
    let create = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let text = title
            .get_untracked()
            .map(|field| field.value())
            .unwrap_or_default();
        let title = match Title::new(&text) {
            Ok(title) => title,
            Err(error) => {
                wrong.set(Some(format!("{error}.")));
                focus(title);
                return;
            }
        };
        wrong.set(None);
        let members: Vec<_> = chosen.read_untracked().iter().map(|user| user.id).collect();
        if members.is_empty() {
            outcome.set(Some(Err(ApiError::new(
                ErrorCode::Invalid,
                "A group needs somebody else. Choose at least one person.",
            ))));
            return;
        }
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let thread = id.get_value().unwrap_or_else(|| ThreadId(live.mint_id()));
        id.set_value(Some(thread));
        let make = CreateGroup {
            thread,
            title,
            members,
            client: client.get_untracked(),
            history: history.get_untracked(),
        };
        let navigate = navigate.clone();
        spawn_local(async move {
            let made = live.ask(make).await;
            busy.try_set(false);
            match made {
                Ok(view) => navigate(
                    &format!("/threads/{}", view.thread.id),
                    NavigateOptions::default(),
                ),
                Err(error) => {
                    outcome.try_set(Some(Err(error)));
                }
            }
        });
    };
    let choice = move |value: History, label: &'static str| {
        let at_first = value == History::default();
        view! {
            <label class="choice choice-wide">
                <input
                    type="radio"
                    name="history"
                    checked=at_first
                    on:change=move |_| history.set(value)
                />
                <span>
                    <span class="choice-label">{label}</span>
                    <span class="hint">{what_history_means(value)}</span>
                </span>
            </label>
        }
    };
    let make_label = move || match chosen.read().len() {
        0 => "Make group".to_owned(),
        count => format!("Make group with {}", counted(count, "person", "people")),
    };
    view! {
        <PageHeader title="New group" back="/people" />
        <div class="page-body">
            <form class="form" on:submit=create>
                <FormField
                    label="Name"
                    id="group-title"
                    named=false
                    hint="What its members call it, such as “Night shift”."
                    error=wrong
                    node_ref=title
                />
                <ClientChoice id="group-client" client />
                <fieldset class="choices">
                    <legend>"Who can read what"</legend>
                    {choice(History::FromJoining, "From joining")}
                    {choice(History::All, "Everything")}
                    <p class="hint">"This can't be changed later: members rely on it."</p>
                </fieldset>
                <PeoplePicker id="group-people" chosen without />
                <Notice outcome />
                <div class="button-row form-end">
                    <button class="button" disabled=busy>
                        {make_label}
                    </button>
                </div>
            </form>
        </div>
    }
}

fn focus(field: NodeRef<html::Input>) {
    if let Some(field) = field.get_untracked() {
        // Focus only fails to move for elements that are not shown.
        field.focus().ok();
    }
}
