//! What may be meant by a word that is being written: a list above the field, chosen from without leaving it.
//!
//! The field keeps the focus and the caret; the list is a listbox that it names with `aria-activedescendant`. What is
//! offered, and what is written when one is chosen, is decided by whoever owns the field.

use leptos::{ev, prelude::*};

/// One thing that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What is written in place of the word.
    pub text: String,
    /// Drawn before it, and not spoken: an emoji, or initials.
    pub face: String,
    /// What it is called.
    pub label: String,
    /// What else tells it from others; may be empty.
    pub detail: String,
}

/// What a key that the list was asked about means for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pressed {
    /// The key is not the list's.
    Other,
    /// The key moved within the list or closed it; it must do nothing else.
    Taken,
    /// This is meant. The list is closed.
    Chosen(Suggestion),
}

/// A list of suggestions. A handle: copies are the same list.
#[derive(Clone, Copy)]
pub struct Completion {
    /// The list's element id, and the beginning of its options' ids.
    id: &'static str,
    suggestions: RwSignal<Vec<Suggestion>>,
    active: RwSignal<usize>,
}

impl Completion {
    /// A closed list whose element has this id.
    #[must_use]
    pub fn new(id: &'static str) -> Self {
        Self {
            id,
            suggestions: RwSignal::default(),
            active: RwSignal::new(0),
        }
    }

    /// Offers these, the first one active; none closes the list. The same ones again change nothing.
    pub fn offer(self, suggestions: Vec<Suggestion>) {
        if self.suggestions.with_untracked(|now| *now != suggestions) {
            self.active.set(0);
            self.suggestions.set(suggestions);
        }
    }

    /// Closes the list.
    pub fn close(self) {
        self.offer(Vec::new());
    }

    /// Whether something is offered.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.suggestions.with(|suggestions| !suggestions.is_empty())
    }

    /// The list's element while it is open: for the field's `aria-controls`.
    #[must_use]
    pub fn element(self) -> Option<&'static str> {
        self.is_open().then_some(self.id)
    }

    /// The active option's element: for the field's `aria-activedescendant`.
    #[must_use]
    pub fn active_element(self) -> Option<String> {
        self.is_open().then(|| self.option(self.active.get()))
    }

    fn option(self, index: usize) -> String {
        format!("{}-{index}", self.id)
    }

    /// What a key in the field means for the list: arrows move, Enter and Tab choose, Escape closes. Keys of an input
    /// method, and those with modifiers, are never the list's. The event's own effect is prevented where it is.
    pub fn press(self, event: &ev::KeyboardEvent) -> Pressed {
        let modified = event.shift_key() || event.alt_key() || event.ctrl_key() || event.meta_key();
        if modified || event.is_composing() {
            return Pressed::Other;
        }
        let count = self.suggestions.with_untracked(Vec::len);
        let pressed = match moved(&event.key(), self.active.get_untracked(), count) {
            Moved::Not => return Pressed::Other,
            Moved::To(index) => {
                self.active.set(index);
                Pressed::Taken
            }
            Moved::Chosen(index) => self
                .suggestions
                .with_untracked(|suggestions| suggestions.get(index).cloned())
                .map_or(Pressed::Taken, Pressed::Chosen),
            Moved::Closed => Pressed::Taken,
        };
        if !matches!(moved(&event.key(), 0, count), Moved::To(_)) {
            self.close();
        }
        event.prevent_default();
        // Escape closes the list and nothing around it.
        event.stop_propagation();
        pressed
    }
}

/// What a key does in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moved {
    Not,
    To(usize),
    Chosen(usize),
    Closed,
}

fn moved(key: &str, active: usize, count: usize) -> Moved {
    match (key, count) {
        (_, 0) => Moved::Not,
        ("ArrowDown", _) => Moved::To((active + 1) % count),
        ("ArrowUp", _) => Moved::To((active + count - 1) % count),
        ("Enter" | "Tab", _) => Moved::Chosen(active),
        ("Escape", _) => Moved::Closed,
        _ => Moved::Not,
    }
}

/// The list itself, to stand in the element that holds the field, which must be positioned.
#[component]
pub fn CompletionList(
    /// What is offered.
    completion: Completion,
    /// What the list is called, such as "Emoji".
    label: &'static str,
    /// A suggestion was pressed. The field keeps the focus.
    on_choose: Callback<Suggestion>,
) -> impl IntoView {
    let Completion {
        id,
        suggestions,
        active,
    } = completion;
    let options = move || {
        let chosen = suggestions.get();
        (0..)
            .zip(chosen)
            .map(|(index, suggestion)| {
                let Suggestion {
                    face, label, detail, ..
                } = suggestion.clone();
                view! {
                    <li
                        id=completion.option(index)
                        role="option"
                        aria-selected=move || (active.get() == index).to_string()
                        on:mouseenter=move |_| active.set(index)
                        on:mousedown=|event| event.prevent_default()
                        on:click=move |_| {
                            completion.close();
                            on_choose.run(suggestion.clone());
                        }
                    >
                        <span class="completion-face" aria-hidden="true">
                            {face}
                        </span>
                        <span class="completion-label">{label}</span>
                        <span class="completion-detail">{detail}</span>
                    </li>
                }
            })
            .collect_view()
    };
    move || {
        completion.is_open().then(|| {
            view! {
                <ul class="completion" id=id role="listbox" aria-label=label>
                    {options}
                </ul>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_around_and_enter_tab_and_escape_end() {
        assert_eq!(moved("ArrowDown", 2, 3), Moved::To(0));
        assert_eq!(moved("ArrowUp", 0, 3), Moved::To(2));
        assert_eq!(moved("Enter", 1, 3), Moved::Chosen(1));
        assert_eq!(moved("Tab", 1, 3), Moved::Chosen(1));
        assert_eq!(moved("Escape", 1, 3), Moved::Closed);
        assert_eq!(moved("a", 1, 3), Moved::Not);
        assert_eq!(moved("Enter", 0, 0), Moved::Not);
    }
}
