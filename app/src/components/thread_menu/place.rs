//! Where a menu stands.

use leptos::{ev, prelude::*};
use web_sys::HtmlElement;

/// Room between a menu and the edge of the window, in CSS pixels.
const MARGIN: f64 = 8.0;

/// Where the person pressed; a keyboard presses nowhere, and then it is the lower edge of `opener`.
#[expect(clippy::cast_possible_truncation, reason = "places on a screen fit")]
pub(super) fn asked_at(event: &ev::MouseEvent, opener: &HtmlElement) -> (i32, i32) {
    // A click by keyboard has no count of clicks, and a context menu by keyboard is at the corner or in the middle.
    let by_pointer = event.button() == 2 || (event.type_() == "contextmenu" && event.client_y() > 0);
    if by_pointer {
        return (event.client_x(), event.client_y());
    }
    let place = opener.get_bounding_client_rect();
    (place.left() as i32, place.bottom() as i32)
}

/// Moves a menu that was asked for at a place so that all of it is on the screen.
pub(super) fn keep_inside(menu: &HtmlElement, (x, y): (i32, i32)) {
    let size = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64());
    let (Some(width), Some(height)) = (size(window().inner_width()), size(window().inner_height())) else {
        return;
    };
    let place = menu.get_bounding_client_rect();
    let x = f64::from(x).min(width - place.width() - MARGIN).max(MARGIN);
    let y = f64::from(y).min(height - place.height() - MARGIN).max(MARGIN);
    let style = web_sys::HtmlElement::style(menu);
    // A style that can't be set leaves it in the corner, where it works as well.
    style.set_property("--menu-x", &format!("{x}px")).ok();
    style.set_property("--menu-y", &format!("{y}px")).ok();
}
