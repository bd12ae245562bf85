//! Choosing people.

use std::collections::BTreeSet;

use leptos::prelude::*;
use tidings_protocol::{User, UserId, command::SearchPeople, limits};

use super::{Icon, PersonLine, SearchField};
use crate::live::{asked, use_live};

/// A search for people, each of whom can be chosen, and those who are.
#[component]
pub fn PeoplePicker(
    /// The search input's id.
    id: &'static str,
    /// The chosen people, in the order of choosing.
    chosen: RwSignal<Vec<User>>,
    /// Who is left out of what is found.
    #[prop(into)]
    without: Signal<BTreeSet<UserId>>,
) -> impl IntoView {
    let live = use_live();
    let text = RwSignal::new(String::new());
    let found = asked(live, move || SearchPeople {
        text: text.get().chars().take(limits::SEARCH_MAX_CHARS).collect(),
    });
    let drop_one = move |user: UserId| chosen.update(|chosen| chosen.retain(|one| one.id != user));
    let line = move |found: tidings_protocol::reply::Found| {
        let user = StoredValue::new(found.user.clone());
        let id = found.user.id;
        let is_chosen = Memo::new(move |_| chosen.read().iter().any(|one| one.id == id));
        let label = format!("Choose {}", found.user.display_name.as_str());
        let toggle = move |_| {
            if is_chosen.get_untracked() {
                drop_one(id);
            } else {
                chosen.update(|chosen| chosen.push(user.get_value()));
            }
        };
        view! {
            <PersonLine user=found.user presence=Some(found.presence.into())>
                <button
                    type="button"
                    class="button button-quiet button-small choose"
                    aria-label=label
                    aria-pressed=move || is_chosen.get().to_string()
                    on:click=toggle
                >
                    {move || is_chosen.get().then(|| view! { <Icon drawing=icondata::LuCheck /> })}
                    {move || if is_chosen.get() { "Chosen" } else { "Choose" }}
                </button>
            </PersonLine>
        }
    };
    view! {
        <div class="people-picker">
            <SearchField label="Search people" id placeholder="Name or username" text />
            {move || {
                let chosen = chosen.get();
                (!chosen.is_empty())
                    .then(|| {
                        view! {
                            <ul class="chosen" aria-label="Chosen people">
                                {chosen
                                    .into_iter()
                                    .map(|user| {
                                        let name = user.display_name.as_str().to_owned();
                                        view! {
                                            <li>
                                                <button
                                                    type="button"
                                                    class="chosen-one"
                                                    aria-label=format!("Don't choose {name}")
                                                    on:click=move |_| drop_one(user.id)
                                                >
                                                    {name.clone()}
                                                    <Icon drawing=icondata::LuX />
                                                </button>
                                            </li>
                                        }
                                    })
                                    .collect_view()}
                            </ul>
                        }
                    })
            }}
            {move || match found.get() {
                None => view! { <p class="page-note">"Waiting for the server…"</p> }.into_any(),
                Some(Err(error)) => view! { <p class="page-note" role="alert">{error.message}</p> }.into_any(),
                Some(Ok(people)) => {
                    let without = without.read();
                    let people: Vec<_> = people
                        .into_iter()
                        .filter(|found| !without.contains(&found.user.id))
                        .collect();
                    if people.is_empty() {
                        view! {
                            <p class="page-note">
                                "Nobody else found. Try a part of a name; admins can invite people who are not here yet."
                            </p>
                        }
                            .into_any()
                    } else {
                        view! {
                            <ul class="lines" aria-label="People">
                                {people.into_iter().map(line).collect_view()}
                            </ul>
                        }
                            .into_any()
                    }
                }
            }}
        </div>
    }
}
