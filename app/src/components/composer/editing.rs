//! Changes of the text field that a person can undo.

use leptos::{html::Textarea, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlDocument, HtmlTextAreaElement};

use crate::composing::{Change, Field, units_at};

/// Makes what `change` says of the field as it is. False if it says nothing.
pub(super) fn edit(field: NodeRef<Textarea>, change: impl FnOnce(&Field<'_>) -> Option<Change>) -> bool {
    let Some(field) = field.get_untracked() else {
        return false;
    };
    let text = field.value();
    match change(&read(&field, &text)) {
        Some(change) => {
            make(&field, &text, &change);
            true
        }
        None => false,
    }
}

/// What `see` says of the field as it is.
pub(super) fn look<T>(field: NodeRef<Textarea>, see: impl FnOnce(&Field<'_>) -> T) -> Option<T> {
    let field = field.get_untracked()?;
    let text = field.value();
    Some(see(&read(&field, &text)))
}

fn read<'t>(field: &HtmlTextAreaElement, text: &'t str) -> Field<'t> {
    let end = field.selection_end().ok().flatten().unwrap_or(u32::MAX);
    let start = field.selection_start().ok().flatten().unwrap_or(end);
    Field::new(text, start, end)
}

fn make(field: &HtmlTextAreaElement, text: &str, change: &Change) {
    let select = |text: &str, from: usize, to: usize| {
        // Fails only for elements without text.
        field
            .set_selection_range(units_at(text, from), units_at(text, to))
            .ok();
    };
    let after = change.applied(text);
    select(text, change.replaced.start, change.replaced.end);
    // Deprecated, and the only way to change a field that Ctrl+Z takes back. It tells of the input by itself.
    let done = document().dyn_ref::<HtmlDocument>().is_some_and(|document| {
        let command = if change.by.is_empty() {
            "delete"
        } else {
            "insertText"
        };
        document
            .exec_command_with_show_ui_and_value(command, false, &change.by)
            .unwrap_or(false)
    });
    if !done || field.value() != after {
        field.set_value(&after);
        let input = web_sys::Event::new_with_event_init_dict("input", &{
            let init = web_sys::EventInit::new();
            init.set_bubbles(true);
            init
        });
        if let Ok(input) = input {
            field.dispatch_event(&input).ok();
        }
    }
    select(&after, change.selected.start, change.selected.end);
}
