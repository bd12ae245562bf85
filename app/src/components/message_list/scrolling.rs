//! Where the reader is in a list that stands on its end.
//!
//! The list is a reversed flex column: the browser counts from the bottom, so the newest messages are in view before
//! any script runs, a growing composer can't push them away, and older rows above move nothing. What is left to do is
//! to hold a reader who has scrolled up while rows are added or taken away below.

use std::time::Duration;

use leptos::prelude::set_timeout;
use tidings_protocol::Seq;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Within this many pixels of the end, the reader is at the end.
const AT_END: i32 = 24;

/// Within this many pixels of an edge, more rows are wanted.
const NEAR: i32 = 700;

/// How long a message that was asked for stands out: the length of the animation in `style/messages.css`.
const STANDS_OUT: Duration = Duration::from_millis(2_500);

/// The row at the top of the view, and how far below the view's edge it begins.
pub(super) struct Anchor {
    key: String,
    offset: f64,
}

/// All message rows, oldest first.
pub(super) fn rows(list: &HtmlElement) -> Vec<Element> {
    let Ok(found) = list.query_selector_all("[data-key]") else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|index| found.get(index)?.dyn_into().ok())
        .collect()
}

/// Whether the newest row in the page is in view.
pub(super) fn at_end(list: &HtmlElement) -> bool {
    list.scroll_top() >= -AT_END
}

/// Whether the reader will soon see the first row.
pub(super) fn near_start(list: &HtmlElement) -> bool {
    list.scroll_height() - list.client_height() + list.scroll_top() < NEAR
}

/// Whether the reader will soon see the last row.
pub(super) fn near_end(list: &HtmlElement) -> bool {
    list.scroll_top() > -NEAR
}

/// Shows the last row.
pub(super) fn to_end(list: &HtmlElement) {
    list.set_scroll_top(0);
}

/// Brings a message to the middle of the view, and its row if it is in the page.
pub(super) fn to_message(list: &HtmlElement, seq: Seq) -> Option<Element> {
    let row = list
        .query_selector(&format!("[data-seq='{}']", seq.0))
        .ok()
        .flatten()?;
    let (view, place) = (list.get_bounding_client_rect(), row.get_bounding_client_rect());
    // A message higher than the view begins at its top.
    let room = ((view.height() - place.height()) / 2.0).max(12.0);
    list.scroll_by_with_x_and_y(0.0, place.top() - view.top() - room);
    Some(row)
}

/// Makes a row stand out for a moment.
pub(super) fn point_out(row: Element) {
    const SOUGHT: &str = "data-sought";
    if row.set_attribute(SOUGHT, "").is_ok() {
        set_timeout(
            move || {
                row.remove_attribute(SOUGHT).ok();
            },
            STANDS_OUT,
        );
    }
}

/// Takes hold of what the reader sees.
pub(super) fn hold(list: &HtmlElement) -> Option<Anchor> {
    let top = list.get_bounding_client_rect().top();
    rows(list).into_iter().find_map(|row| {
        let place = row.get_bounding_client_rect();
        (place.bottom() > top)
            .then(|| {
                Some(Anchor {
                    key: row.get_attribute("data-key")?,
                    offset: place.top() - top,
                })
            })
            .flatten()
    })
}

/// Brings back what the reader saw.
pub(super) fn restore(list: &HtmlElement, anchor: &Anchor) {
    let Ok(Some(row)) = list.query_selector(&format!("[data-key='{}']", anchor.key)) else {
        return;
    };
    let offset = row.get_bounding_client_rect().top() - list.get_bounding_client_rect().top();
    if (offset - anchor.offset).abs() > 0.5 {
        list.scroll_by_with_x_and_y(0.0, offset - anchor.offset);
    }
}

/// Shows the unread divider at the top of the view, if it is above it.
pub(super) fn to_divider(list: &HtmlElement) {
    const MARGIN: f64 = 12.0;
    if let Ok(Some(divider)) = list.query_selector(".unread-divider") {
        let offset = divider.get_bounding_client_rect().top() - list.get_bounding_client_rect().top();
        if offset < MARGIN {
            list.scroll_by_with_x_and_y(0.0, offset - MARGIN);
        }
    }
}
