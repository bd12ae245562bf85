//! Putting a text on the clipboard.

use js_sys::Reflect;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDocument, HtmlTextAreaElement};

/// Puts a text on the clipboard, as far as the browser allows.
pub(super) fn copy(text: &str) {
    let navigator = window().navigator();
    // Browsers have it only on pages that came by https or from the same machine.
    let has_clipboard =
        Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_object());
    if has_clipboard {
        // The promise is the browser's to keep.
        drop(navigator.clipboard().write_text(text));
    } else {
        copy_selected(text);
    }
}

/// The way of before, which works on any page: select the text in a field, and have that copied.
fn copy_selected(text: &str) {
    let document = document();
    let field = document.create_element("textarea").ok();
    let Some(field) = field.and_then(|field| field.dyn_into::<HtmlTextAreaElement>().ok()) else {
        return;
    };
    let focused = document.active_element();
    // Inside an open dialog nothing else can be selected.
    let open_dialog = document.query_selector("dialog[open]").ok().flatten();
    let Some(place) = open_dialog.or_else(|| document.body().map(Into::into)) else {
        return;
    };
    field.set_value(text);
    field.set_class_name("sr-only");
    if place.append_child(&field).is_err() {
        return;
    }
    field.select();
    if let Some(document) = document.dyn_ref::<HtmlDocument>() {
        document.exec_command("copy").ok();
    }
    field.remove();
    if let Some(focused) = focused.and_then(|focused| focused.dyn_into::<web_sys::HtmlElement>().ok()) {
        focused.focus().ok();
    }
}
