//! What a search can be narrowed down by, offered while it is written.

use leptos::prelude::*;
use tidings_protocol::search::{Filter, typing};

use crate::{
    live::use_live,
    searching::{Offer, offers, use_searching},
};

/// What the filter that is being written can be, or else which filters there are.
#[component]
pub(super) fn Filters(
    /// Gives the box the focus, after its text has changed.
    focus: Callback<()>,
) -> impl IntoView {
    let live = use_live();
    let searching = use_searching();
    let write = Callback::new(move |text: String| {
        searching.text.set(text);
        focus.run(());
    });
    let filter = Memo::new(move |_| {
        searching
            .text
            .with(|text| typing(text).map(|typing| typing.filter))
    });
    let offered = Memo::new(move |_| {
        searching.text.with(|text| {
            typing(text).map_or_else(Vec::new, |typing| offers(&typing, &live.me(), &live.threads()))
        })
    });
    move || match filter.get() {
        Some(filter @ (Filter::Before | Filter::After)) => view! { <Days filter write /> }.into_any(),
        Some(filter) => view! {
            <ul class="search-offers" aria-label=format!("Complete {}:", filter.word())>
                {move || {
                    offered
                        .get()
                        .into_iter()
                        .map(|Offer { label, detail, text }| {
                            view! {
                                <li>
                                    <button
                                        type="button"
                                        class="search-offer"
                                        data-choice=""
                                        on:click=move |_| write.run(text.clone())
                                    >
                                        <b dir="auto">{label}</b>
                                        <span dir="auto">{detail}</span>
                                    </button>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
        }
        .into_any(),
        None => view! { <Kinds write /> }.into_any(),
    }
}

/// All filters, as buttons that begin one.
#[component]
fn Kinds(write: Callback<String>) -> impl IntoView {
    let searching = use_searching();
    let begin = move |filter: Filter| {
        let text = searching.text.get_untracked();
        let space = if text.is_empty() || text.ends_with(' ') {
            ""
        } else {
            " "
        };
        write.run(format!("{text}{space}{}:", filter.word()));
    };
    view! {
        <div class="search-kinds" role="group" aria-label="Narrow down by">
            {Filter::ALL
                .into_iter()
                .map(|filter| {
                    let (word, title) = (filter.word(), told(filter));
                    view! {
                        <button type="button" class="search-kind" title=title on:click=move |_| begin(filter)>
                            {word}
                            ":"
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}

/// A day to choose.
#[component]
fn Days(filter: Filter, write: Callback<String>) -> impl IntoView {
    let searching = use_searching();
    let choose = move |day: String| {
        let text = searching.text.get_untracked();
        if let Some(typing) = typing(&text).filter(|_| !day.is_empty()) {
            write.run(format!("{}{}:{day} ", typing.before, filter.word()));
        }
    };
    view! {
        <label class="search-day">
            <span>{told(filter)}</span>
            <input type="date" data-choice="" on:change:target=move |event| choose(event.target().value()) />
        </label>
    }
}

fn told(filter: Filter) -> &'static str {
    match filter {
        Filter::From => "Who wrote it",
        Filter::In => "In which thread",
        Filter::Client => "About which client",
        Filter::Before => "Sent before this day",
        Filter::After => "Sent on this day or later",
        Filter::Has => "What is attached",
    }
}
