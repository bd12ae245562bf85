//! Finding somebody to write to.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    components::A,
    hooks::{use_navigate, use_query_map},
};
use tidings_protocol::{
    ClientId, User,
    command::{OpenThread, SearchPeople},
    limits,
};

use crate::{
    components::{ClientChoice, EmptyState, Icon, Notice, PageHeader, PersonLine, SearchField},
    live::{asked, use_live},
};

/// A search for people, and the client that a new thread is to be about.
#[component]
pub fn PeoplePage() -> impl IntoView {
    let live = use_live();
    let query = use_query_map();
    let text = RwSignal::new(String::new());
    let client = RwSignal::new(
        query
            .read_untracked()
            .get("client")
            .and_then(|id| id.parse::<ClientId>().ok()),
    );
    let outcome = RwSignal::new(None);
    let found = asked(live, move || SearchPeople {
        text: text.get().chars().take(limits::SEARCH_MAX_CHARS).collect(),
    });
    let navigate = use_navigate();
    let open = Callback::new(move |user: User| {
        let navigate = navigate.clone();
        spawn_local(async move {
            let asked = OpenThread {
                with: user.id,
                client: client.get_untracked(),
            };
            match live.ask(asked).await {
                Ok(view) => navigate(
                    &format!("/threads/{}", view.thread.id),
                    NavigateOptions::default(),
                ),
                Err(error) => {
                    outcome.try_set(Some(Err(error)));
                }
            }
        });
    });
    let new_group = move || match client.get() {
        Some(client) => format!("/groups/new?client={client}"),
        None => "/groups/new".to_owned(),
    };
    view! {
        <PageHeader title="People">
            <A href=new_group attr:class="button button-small">
                <Icon drawing=icondata::LuUsers />
                "New group"
            </A>
        </PageHeader>
        <div class="page-body">
            <div class="toolbar">
                <SearchField label="Search people" id="people-search" placeholder="Name or username" text />
                <ClientChoice id="people-client" client />
            </div>
            <Notice outcome />
            {move || match found.get() {
                None => view! { <p class="page-note">"Waiting for the server…"</p> }.into_any(),
                Some(Err(error)) => view! { <p class="page-note" role="alert">{error.message}</p> }.into_any(),
                Some(Ok(people)) => {
                    let me = live.me().id;
                    let people: Vec<_> = people.into_iter().filter(|found| found.user.id != me).collect();
                    if people.is_empty() {
                        return view! {
                            <EmptyState drawing=icondata::LuUsers title="Nobody found">
                                <p>"Try a part of the name. Admins can invite people who are not here yet."</p>
                            </EmptyState>
                        }
                            .into_any();
                    }
                    view! {
                        <ul class="lines" aria-label="People">
                            {people
                                .into_iter()
                                .map(|found| {
                                    let label = format!("Write to {}", found.user.display_name.as_str());
                                    let user = found.user.clone();
                                    view! {
                                        <PersonLine user=found.user presence=Some(found.presence.into())>
                                            <button
                                                type="button"
                                                class="button button-small"
                                                aria-label=label
                                                on:click=move |_| open.run(user.clone())
                                            >
                                                "Write"
                                            </button>
                                        </PersonLine>
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
