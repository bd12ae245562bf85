//! All threads of the person: pinned ones first, then newest activity first. Archived ones stand behind an entry.

use leptos::{ev, html::Input, prelude::*};
use leptos_router::components::A;
use tidings_device::ThreadRow as Row;
use tidings_protocol::{ClientId, ThreadId};

use super::{EmptyState, Icon, ThreadRow};
use crate::{live::use_live, searching::use_searching, wording::thread_name};

/// Which threads the list is narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Anything,
    Internal,
    Client(ClientId),
}

impl About {
    fn parse(value: &str) -> Self {
        match value {
            "" => Self::Anything,
            "internal" => Self::Internal,
            id => id.parse().map_or(Self::Anything, Self::Client),
        }
    }

    fn fits(self, row: &Row) -> bool {
        match self {
            Self::Anything => true,
            Self::Internal => row.client.is_none(),
            Self::Client(client) => row.client.as_ref().is_some_and(|c| c.id == client),
        }
    }
}

/// Whether a thread's people, client or last message contain `text`, whatever the case.
fn mentions(row: &Row, text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let has = |within: &str| within.to_lowercase().contains(&text);
    text.is_empty()
        || has(&thread_name(row.title.as_ref(), &row.others))
        || row.others.iter().any(|user| has(user.display_name.as_str()))
        || row.client.as_ref().is_some_and(|client| has(&client.name))
        || row.last.as_ref().is_some_and(|last| has(last.content.text()))
}

/// The navigation between threads, with a filter.
#[component]
pub fn ThreadList() -> impl IntoView {
    let live = use_live();
    let searching = use_searching();
    let text = RwSignal::new(String::new());
    let about = RwSignal::new(About::Anything);
    let filter = NodeRef::<Input>::new();
    let in_archive = RwSignal::new(false);
    let threads = Memo::new(move |_| live.threads());
    let none_at_all = Memo::new(move |_| threads.read().is_empty());
    let shown = Memo::new(move |_| {
        let (text, about) = (text.read(), about.get());
        threads
            .read()
            .iter()
            // Whoever looks for a thread wants it wherever it is.
            .filter(|row| row.settings.archived == in_archive.get() || !text.trim().is_empty())
            .filter(|row| about.fits(row) && mentions(row, &text))
            .map(|row| row.id)
            .collect::<Vec<ThreadId>>()
    });
    let archived = Memo::new(move |_| {
        let threads = threads.read();
        threads.iter().filter(|row| row.settings.archived).count()
    });
    // Nothing is left to look at there.
    Effect::new(move |_| {
        if archived.get() == 0 {
            in_archive.set(false);
        }
    });
    let clients = Memo::new(move |_| {
        let mut clients: Vec<(ClientId, String)> = threads
            .read()
            .iter()
            .filter_map(|row| row.client.as_ref().map(|c| (c.id, c.name.clone())))
            .collect();
        clients.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
        clients.dedup();
        clients
    });
    let clear = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            text.set(String::new());
            if let Some(filter) = filter.get_untracked() {
                // An element that can't lose focus has none to lose.
                filter.blur().ok();
            }
        }
    };
    view! {
        <nav class="threads" aria-label="Threads">
            <div class="threads-top">
            {move || {
                if in_archive.get() {
                    view! {
                        <div class="threads-heading">
                            <button
                                type="button"
                                class="icon-button"
                                aria-label="Back to all threads"
                                on:click=move |_| in_archive.set(false)
                            >
                                <Icon drawing=icondata::LuArrowLeft />
                            </button>
                            <h2 class="threads-title">"Archived"</h2>
                        </div>
                    }
                        .into_any()
                } else {
                    view! { <h2 class="threads-title">"Threads"</h2> }.into_any()
                }
            }}
            <a
                href="/search"
                class="icon-button threads-search"
                aria-label="Search messages"
                title="Search messages (Ctrl K)"
                aria-keyshortcuts="Control+K Meta+K /"
                on:click=move |event| {
                    event.prevent_default();
                    searching.summon();
                }
            >
                <Icon drawing=icondata::LuSearch />
            </a>
                <A href="/people" attr:class="button button-small" attr:title="New message">
                    <Icon drawing=icondata::LuSquarePen />
                    <span class="button-text">"New message"</span>
                </A>
            </div>
            <div class="filters">
                <div class="search-box">
                    <Icon drawing=icondata::LuSearch />
                    <input
                        type="search"
                        aria-label="Filter threads"
                        placeholder="Filter threads"
                        autocomplete="off"
                        prop:value=text
                        on:input:target=move |event| text.set(event.target().value())
                        on:keydown=clear
                        node_ref=filter
                    />
                </div>
                {move || {
                    (!clients.read().is_empty())
                        .then(|| {
                            view! {
                                <select
                                    class="client-filter"
                                    aria-label="Client"
                                    on:change:target=move |event| about.set(About::parse(&event.target().value()))
                                >
                                    <option value="">"All clients"</option>
                                    <option value="internal" selected=move || about.get() == About::Internal>
                                        "Internal"
                                    </option>
                                    {clients
                                        .get()
                                        .into_iter()
                                        .map(|(id, name)| {
                                            // Chosen again when a new client makes the list anew.
                                            let chosen = move || about.get() == About::Client(id);
                                            view! {
                                                <option value=id.to_string() selected=chosen>
                                                    {name}
                                                </option>
                                            }
                                        })
                                        .collect_view()}
                                </select>
                            }
                        })
                }}
            </div>
            <ul class="thread-rows">
                <For each=move || shown.get() key=|thread| *thread let:thread>
                    <ThreadRow thread />
                </For>
            </ul>
            {move || {
                (archived.get() > 0 && !in_archive.get())
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="archive-entry"
                                on:click=move |_| {
                                    text.set(String::new());
                                    in_archive.set(true);
                                }
                            >
                                <Icon drawing=icondata::LuArchive />
                                "Archived"
                                <span class="archive-count">{move || archived.get()}</span>
                            </button>
                        }
                    })
            }}
            {move || {
                if none_at_all.get() {
                    view! {
                        <EmptyState drawing=icondata::LuMessagesSquare title="No threads yet">
                            <p>"Find a colleague and write the first message."</p>
                            <A href="/people" attr:class="button">
                                "Find people"
                            </A>
                        </EmptyState>
                    }
                        .into_any()
                } else if shown.read().is_empty() && text.read().trim().is_empty()
                    && about.get() == About::Anything
                {
                    view! {
                        <p class="none-found">"All your threads are archived. A new message brings its thread back."</p>
                    }
                        .into_any()
                } else if shown.read().is_empty() {
                    view! {
                        <p class="none-found">"No thread fits. Change the filter, or press Escape to clear it."</p>
                    }
                        .into_any()
                } else {
                    ().into_any()
                }
            }}
        </nav>
    }
}
