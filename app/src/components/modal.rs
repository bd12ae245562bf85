//! A question or a record over the page.

use leptos::{ev, html::Dialog, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlBodyElement, HtmlElement};

/// A dialog that is open as long as it is there. Escape and a press beside it close it, and the focus goes back to where it
/// was, unless it has gone elsewhere by then.
#[component]
pub fn Modal(
    /// Its heading, and its name.
    #[prop(into)]
    title: String,
    /// Takes it away.
    close: Callback<()>,
    /// What it holds under the heading.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let name = title.clone();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        let before = StoredValue::new_local(document().active_element());
        // Only fails for one that is open or has left the page.
        dialog.show_modal().ok();
        on_cleanup(move || {
            if let Some(before) = before.try_get_value().flatten() {
                // While the dialog is there, nothing behind it takes the focus.
                request_animation_frame(move || focus_again(&before));
            }
        });
    });
    // Whoever marks a text with the pointer may let go outside: only what begins there closes it.
    let began_beside = StoredValue::new(false);
    let down = move |event: ev::PointerEvent| began_beside.set_value(is_beside(dialog, &event));
    let pressed = move |event: ev::MouseEvent| {
        if began_beside.get_value() && is_beside(dialog, &event) {
            close.run(());
        }
    };
    view! {
        <dialog
            class="dialog"
            aria-label=name
            node_ref=dialog
            on:close=move |_| close.run(())
            on:pointerdown=down
            on:click=pressed
            on:keydown=|event: ev::KeyboardEvent| event.stop_propagation()
        >
            <h2>{title}</h2>
            {children()}
        </dialog>
    }
}

/// The last line of a dialog that only tells something.
#[component]
pub fn CloseButton(
    /// Takes the dialog away.
    close: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="button-row">
            <button type="button" class="button" autofocus on:click=move |_| close.run(())>
                "Close"
            </button>
        </div>
    }
}

/// Whether something happened around the dialog, which browsers take for the dialog itself.
fn is_beside(dialog: NodeRef<Dialog>, event: &ev::MouseEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Node>().ok());
    let (Some(target), Some(dialog)) = (target, dialog.get_untracked()) else {
        return false;
    };
    let place = dialog.get_bounding_client_rect();
    let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
    let within = (place.left()..place.right()).contains(&x) && (place.top()..place.bottom()).contains(&y);
    dialog.is_same_node(Some(&target)) && !within
}

fn focus_again(before: &Element) {
    let document = document();
    let focused = document.active_element();
    // Nothing, to a browser, is the page itself.
    let is_nowhere = focused.is_none_or(|focused| focused.has_type::<HtmlBodyElement>());
    if is_nowhere && let Some(before) = before.dyn_ref::<HtmlElement>() {
        // What is gone by now doesn't take it.
        before.focus().ok();
    }
}
