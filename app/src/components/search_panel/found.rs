//! What a search found, or why it found nothing.

use leptos::prelude::*;
use tidings_protocol::reply::{Hit, Span};

use crate::{
    components::{ClientChip, EmptyState, TimeText},
    live::use_live,
    searching::{Standing, address_of, use_searching},
    wording::{counted, thread_name},
};

/// The hits, newest first, with what there is to say about them.
#[component]
pub(super) fn Found() -> impl IntoView {
    let searching = use_searching();
    let state = move || {
        let none = searching.hits.with(Vec::is_empty);
        match (searching.standing.get(), none) {
            (Standing::Idle, _) => view! {
                <EmptyState drawing=icondata::LuSearch title="Search messages">
                    <p>"Type words, parts of words, or “a phrase in quotes”. Add from:, in: or after: to narrow it down."</p>
                </EmptyState>
            }
            .into_any(),
            (Standing::Puzzled(puzzle), _) => view! { <p class="search-note">{puzzle.to_string()}</p> }.into_any(),
            (Standing::Offline, _) => view! {
                <EmptyState drawing=icondata::LuWifiOff title="You are offline">
                    <p>"The server searches all messages, so this waits until it can be reached again."</p>
                </EmptyState>
            }
            .into_any(),
            (Standing::Failed(sentence), _) => view! {
                <div class="search-note" role="alert">
                    <p>{sentence}</p>
                    <button type="button" class="button button-small" on:click=move |_| searching.ask()>
                        "Try again"
                    </button>
                </div>
            }
            .into_any(),
            (Standing::Asking, true) => view! { <p class="search-note">"Searching…"</p> }.into_any(),
            (Standing::Answered(Some(note)), true) => view! {
                <EmptyState drawing=icondata::LuSearchX title="Nothing found">
                    <p>{note}</p>
                </EmptyState>
            }
            .into_any(),
            (Standing::Answered(None), true) if searching.next.get().is_none() => view! {
                <EmptyState drawing=icondata::LuSearchX title="Nothing found">
                    <p>"Check the spelling, try a part of a word, or take a filter away."</p>
                </EmptyState>
            }
            .into_any(),
            (Standing::Answered(_) | Standing::Asking, _) => ().into_any(),
        }
    };
    let count = move || match searching.standing.get() {
        Standing::Answered(_) => {
            let count = searching.hits.with(Vec::len);
            match searching.next.get() {
                Some(_) => format!("The newest {}", counted(count, "message", "messages")),
                None => counted(count, "message", "messages"),
            }
        }
        _ => String::new(),
    };
    view! {
        <p class="search-count" role="status">
            {count}
        </p>
        <div class="search-found">
            {state}
            <ul class="hits" aria-label="Messages found">
                <For each=move || searching.hits.get() key=|hit| (hit.thread, hit.seq, hit.snippet.len()) let:hit>
                    <HitRow hit />
                </For>
            </ul>
            {move || {
                searching
                    .next
                    .get()
                    .map(|_| {
                        view! {
                            <button
                                type="button"
                                class="button button-quiet button-small search-more"
                                data-choice=""
                                disabled=move || searching.standing.get() == Standing::Asking
                                on:click=move |_| searching.more()
                            >
                                "Search older messages"
                            </button>
                        }
                    })
            }}
        </div>
    }
}

/// A message that was found: a link to where it stands in its thread.
#[component]
fn HitRow(hit: Hit) -> impl IntoView {
    let live = use_live();
    let searching = use_searching();
    let Hit {
        thread,
        seq,
        sender,
        sent_at,
        snippet,
    } = hit;
    let row = Memo::new(move |_| live.thread(thread));
    let place = move || {
        row.with(|row| {
            let row = row.as_ref()?;
            let word = if row.title.is_some() { "in" } else { "with" };
            Some(format!("{word} {}", thread_name(row.title.as_ref(), &row.others)))
        })
    };
    let client = Memo::new(move |_| {
        row.with(|row| {
            row.as_ref()
                .and_then(|row| row.client.as_ref().map(|client| client.name.clone()))
        })
    });
    let current = move || (searching.current.get() == Some((thread, seq))).then_some("true");
    view! {
        <li>
            <a
                class="hit"
                href=address_of(thread, seq)
                data-choice=""
                aria-current=current
                on:click=move |event| {
                    // A click that opens another tab leaves this one as it is.
                    if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                        event.prevent_default();
                        searching.visit(thread, seq);
                    }
                }
            >
                <span class="hit-top">
                    <b class="hit-sender" dir="auto">
                        {move || live.called(sender)}
                    </b>
                    <TimeText at=sent_at brief=true />
                </span>
                <span class="hit-text" dir="auto">
                    {snippet
                        .into_iter()
                        .map(|Span { text, hit }| {
                            if hit { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() }
                        })
                        .collect_view()}
                </span>
                <span class="hit-place">
                    <span dir="auto">{place}</span>
                    {move || client.get().map(|name| view! { <ClientChip name /> })}
                </span>
            </a>
        </li>
    }
}
