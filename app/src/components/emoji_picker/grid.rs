//! The emoji to choose from, and the search for them.

use std::sync::Arc;

use leptos::{
    ev,
    html::{Input, Ul},
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::EmojiPicker;
use crate::{
    components::composer::has_keyboard,
    emoji::{Symbol, Table, Tone},
};

/// Emoji in a row; the style sheet has as many columns.
const COLUMNS: usize = 8;

/// Results of a search, at most: more than anybody looks through.
const FOUND: usize = 80;

/// What an emoji is shown as.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cell {
    emoji: String,
    name: String,
    code: String,
}

impl Cell {
    fn of(symbol: &Symbol, tone: Tone) -> Self {
        Self {
            emoji: symbol.in_tone(tone),
            name: symbol.name.clone(),
            code: symbol.code(),
        }
    }
}

/// Which emoji are shown while nothing is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shelf {
    Recent,
    Group(usize),
}

/// The next place for a key, of `count` in rows of [`COLUMNS`]; `None` for other keys.
fn stepped(key: &str, at: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let to = match key {
        "ArrowRight" => at + 1,
        "ArrowLeft" => at.saturating_sub(1),
        "ArrowDown" => at + COLUMNS,
        "ArrowUp" => at.checked_sub(COLUMNS).unwrap_or(at),
        "PageDown" => at + 4 * COLUMNS,
        "PageUp" => at.saturating_sub(4 * COLUMNS),
        _ => return None,
    };
    Some(to.min(last))
}

fn id_of(place: usize) -> String {
    format!("emoji-{place}")
}

/// A search field over a grid, with groups to choose from.
#[component]
pub(super) fn Grid(
    /// Which picker.
    picker: EmojiPicker,
    /// What there is.
    table: Arc<Table>,
    /// What is searched for.
    search: RwSignal<String>,
) -> impl IntoView {
    let supply = picker.supply;
    let recent = untrack(|| supply.recent())
        .iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let shelf = RwSignal::new(if recent.is_empty() {
        Shelf::Group(0)
    } else {
        Shelf::Recent
    });
    let chosen = RwSignal::new(0_usize);
    let field = NodeRef::<Input>::new();
    let list = NodeRef::<Ul>::new();
    let table = StoredValue::new(table);
    let recent = StoredValue::new(recent);
    let cells = Memo::new(move |_| {
        let (text, tone) = (search.get(), supply.tone());
        table.with_value(|table| {
            if !text.trim().is_empty() {
                let found = table.search(&text, FOUND).into_iter();
                return found.map(|symbol| Cell::of(symbol, tone)).collect::<Vec<_>>();
            }
            match shelf.get() {
                Shelf::Recent => recent.with_value(|recent| {
                    let cells = recent.iter().map(|emoji| Cell {
                        emoji: emoji.clone(),
                        name: emoji.clone(),
                        code: String::new(),
                    });
                    cells.collect()
                }),
                Shelf::Group(place) => {
                    let symbols = table
                        .groups()
                        .get(place)
                        .into_iter()
                        .flat_map(|group| &group.symbols);
                    symbols.map(|symbol| Cell::of(symbol, tone)).collect()
                }
            }
        })
    });
    let choose = move |place: usize| {
        let emoji = cells.with_untracked(|cells| cells.get(place).map(|cell| cell.emoji.clone()));
        if let Some(emoji) = emoji {
            picker.choose(&emoji);
        }
    };
    let key_down = move |event: ev::KeyboardEvent| {
        if event.is_composing() || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let key = event.key();
        let count = cells.with_untracked(Vec::len);
        if key == "Enter" {
            event.prevent_default();
            choose(chosen.get_untracked());
        } else if let Some(place) = stepped(&key, chosen.get_untracked(), count) {
            event.prevent_default();
            chosen.set(place);
            if let Some(list) = list.get_untracked()
                && let Ok(Some(cell)) = list.query_selector(&format!("[data-place='{place}']"))
            {
                bring_into_view(&list, &cell);
            }
        }
    };
    let typed = move |text: String| {
        chosen.set(0);
        search.set(text);
    };
    let look_at = move |at: Shelf| {
        typed(String::new());
        shelf.set(at);
        if let Some(list) = list.get_untracked() {
            list.set_scroll_top(0);
        }
    };
    Effect::new(move |_| {
        if let Some(field) = field.get()
            && has_keyboard()
        {
            field.focus().ok();
        }
    });
    let tab = move |at: Shelf, name: String, face: String| {
        let current = move || shelf.get() == at && search.with(|text| text.trim().is_empty());
        view! {
            <button
                type="button"
                class="picker-group"
                aria-label=name.clone()
                title=name
                aria-pressed=move || current().to_string()
                on:click=move |_| look_at(at)
            >
                {face}
            </button>
        }
    };
    let has_recent = recent.with_value(|recent| !recent.is_empty());
    let tabs = table.with_value(|table| {
        let groups = table.groups().iter().enumerate().map(|(place, group)| {
            let face = group.symbols.first().map(|symbol| symbol.emoji.clone());
            tab(Shelf::Group(place), group.name.clone(), face.unwrap_or_default())
        });
        let recent = has_recent.then(|| tab(Shelf::Recent, "Recently used".to_owned(), "🕘".to_owned()));
        recent.into_iter().chain(groups).collect::<Vec<_>>()
    });
    let option = move |(place, cell): (usize, Cell)| {
        view! {
            <li
                id=id_of(place)
                role="option"
                class="picker-cell"
                aria-label=cell.name.clone()
                title=cell.name
                aria-selected=move || (chosen.get() == place).to_string()
                data-place=place.to_string()
            >
                {cell.emoji}
            </li>
        }
    };
    let pressed = move |event: ev::MouseEvent| {
        if let Some(place) = place_of(&event) {
            choose(place);
        }
    };
    let described = move || {
        cells.with(|cells| {
            let cell = cells.get(chosen.get())?;
            (!cell.code.is_empty()).then(|| format!("{} {} {}", cell.emoji, cell.name, cell.code))
        })
    };
    view! {
        <input
            type="text"
            class="picker-search"
            role="combobox"
            aria-label="Search emoji"
            aria-expanded="true"
            aria-autocomplete="list"
            aria-controls="emoji-found"
            aria-activedescendant=move || cells.with(|cells| !cells.is_empty()).then(|| id_of(chosen.get()))
            placeholder="Search emoji"
            autocomplete="off"
            spellcheck="false"
            node_ref=field
            prop:value=search
            on:input:target=move |event| typed(event.target().value())
            on:keydown=key_down
        />
        <div class="picker-groups" role="group" aria-label="Kinds of emoji">
            {tabs}
        </div>
        <ul
            class="picker-cells"
            id="emoji-found"
            role="listbox"
            aria-label="Emoji"
            tabindex="0"
            node_ref=list
            on:keydown=key_down
            on:click=pressed
        >
            {move || cells.get().into_iter().enumerate().map(option).collect::<Vec<_>>()}
        </ul>
        <p class="picker-name">
            <span role="status">{move || cells.with(Vec::is_empty).then_some("No emoji found. Try another word.")}</span>
            // Whoever hears the page hears the name from the list.
            <span aria-hidden="true">{described}</span>
        </p>
    }
}

/// Which emoji is pressed.
fn place_of(event: &ev::MouseEvent) -> Option<usize> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let cell = target.closest("[data-place]").ok().flatten()?;
    cell.get_attribute("data-place")?.parse().ok()
}

/// Scrolls the list only as far as needed.
fn bring_into_view(list: &Element, cell: &Element) {
    let (view, place) = (list.get_bounding_client_rect(), cell.get_bounding_client_rect());
    let above = (place.top() - view.top()).min(0.0);
    let below = (place.bottom() - view.bottom()).max(0.0);
    list.scroll_by_with_x_and_y(0.0, above + below);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_move_in_rows_and_stop_at_the_ends() {
        assert_eq!(stepped("ArrowRight", 0, 20), Some(1));
        assert_eq!(stepped("ArrowLeft", 0, 20), Some(0));
        assert_eq!(stepped("ArrowDown", 3, 20), Some(11));
        assert_eq!(stepped("ArrowDown", 15, 20), Some(19));
        assert_eq!(stepped("ArrowUp", 3, 20), Some(3));
        assert_eq!(stepped("ArrowUp", 11, 20), Some(3));
        assert_eq!(stepped("PageDown", 0, 20), Some(19));
        assert_eq!(stepped("x", 3, 20), None);
        assert_eq!(stepped("ArrowDown", 0, 0), None);
    }
}
