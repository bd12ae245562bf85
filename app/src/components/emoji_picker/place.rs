//! Where the picker stands.

use leptos::prelude::*;
use web_sys::{Element, HtmlDialogElement, HtmlElement};

/// Left of the screen's edges, and between the picker and what opened it, in pixels.
const MARGIN: f64 = 8.0;

/// A box on the screen, in pixels.
#[derive(Clone, Copy, Debug)]
struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// Puts the dialog beside what opened it. On a phone, the style sheet has it stand at the bottom whatever this says.
pub(super) fn put_beside(dialog: &HtmlDialogElement, opener: &Element) {
    let area = |element: &Element| {
        let place = element.get_bounding_client_rect();
        Area {
            x: place.x(),
            y: place.y(),
            width: place.width(),
            height: place.height(),
        }
    };
    let side = |side: Result<wasm_bindgen::JsValue, _>| side.ok().and_then(|side| side.as_f64());
    let (Some(width), Some(height)) = (side(window().inner_width()), side(window().inner_height())) else {
        return;
    };
    let (x, y) = beside(area(opener), area(dialog), (width, height));
    let style = HtmlElement::style(dialog);
    // Without them it stands in the middle.
    style.set_property("--picker-x", &format!("{x}px")).ok();
    style.set_property("--picker-y", &format!("{y}px")).ok();
}

/// Above the opener if there is room, else below, and wholly on the screen.
fn beside(opener: Area, box_: Area, (width, height): (f64, f64)) -> (f64, f64) {
    let above = opener.y - box_.height - MARGIN;
    let below = opener.y + opener.height + MARGIN;
    let y = if above >= MARGIN { above } else { below };
    let x = opener.x + opener.width / 2.0 - box_.width / 2.0;
    let within = |at: f64, size: f64, room: f64| at.min(room - size - MARGIN).max(MARGIN);
    (within(x, box_.width, width), within(y, box_.height, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(x: f64, y: f64, width: f64, height: f64) -> Area {
        Area { x, y, width, height }
    }

    #[test]
    fn it_stands_wholly_on_the_screen_wherever_the_opener_is() {
        let size = area(0.0, 0.0, 350.0, 400.0);
        for x in [0.0, 500.0, 1_000.0, 1_420.0] {
            for y in [0.0, 200.0, 450.0, 880.0] {
                let (x, y) = beside(area(x, y, 32.0, 32.0), size, (1_440.0, 900.0));
                assert!(x >= MARGIN && x + 350.0 <= 1_440.0 - MARGIN, "{x}");
                assert!(y >= MARGIN && y + 400.0 <= 900.0 - MARGIN, "{y}");
            }
        }
    }

    #[test]
    fn it_stands_above_its_opener_where_there_is_room() {
        let size = area(0.0, 0.0, 350.0, 400.0);
        assert_eq!(
            beside(area(700.0, 850.0, 32.0, 32.0), size, (1_440.0, 900.0)),
            (541.0, 442.0)
        );
        assert_eq!(
            beside(area(700.0, 100.0, 32.0, 32.0), size, (1_440.0, 900.0)).1,
            140.0
        );
    }

    #[test]
    fn a_screen_that_is_too_small_shows_its_beginning() {
        let size = area(0.0, 0.0, 350.0, 400.0);
        assert_eq!(
            beside(area(10.0, 10.0, 32.0, 32.0), size, (300.0, 300.0)),
            (MARGIN, MARGIN)
        );
    }
}
