//! The way of the focus through what can be chosen, by keys.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// What can be chosen in a part of the page, in order.
pub(super) struct FocusWalk(Vec<HtmlElement>);

impl FocusWalk {
    /// All elements in `holder` that `selector` (of CSS) selects.
    pub(super) fn through(holder: &HtmlElement, selector: &str) -> Self {
        let Ok(found) = holder.query_selector_all(selector) else {
            return Self(Vec::new());
        };
        Self(
            (0..found.length())
                .filter_map(|index| found.get(index)?.dyn_into().ok())
                .collect(),
        )
    }

    /// Which of them has the focus.
    pub(super) fn at(&self) -> Option<usize> {
        let focused = document().active_element();
        self.0
            .iter()
            .position(|element| focused.as_deref() == Some(element.as_ref()))
    }

    /// The first of them.
    pub(super) fn first(&self) -> Option<&HtmlElement> {
        self.0.first()
    }

    /// Gives the focus to the first.
    pub(super) fn to_first(&self) {
        self.to(0);
    }

    /// Gives the focus to the last.
    pub(super) fn to_last(&self) {
        self.to(self.0.len().saturating_sub(1));
    }

    /// Moves the focus by so many, round both ends. Where none has it, the first one is about to, and counts as if it had.
    pub(super) fn round(&self, by: isize) {
        let at = isize::try_from(self.at().unwrap_or(0)).unwrap_or(0);
        if let Ok(count @ 1..) = isize::try_from(self.0.len()) {
            self.to(usize::try_from((at + by).rem_euclid(count)).unwrap_or(0));
        }
    }

    /// Moves the focus to the next, into the first where none has it; it stays on the last.
    pub(super) fn down(&self) {
        let next = self.at().map_or(0, |at| at + 1);
        self.to(next.min(self.0.len().saturating_sub(1)));
    }

    /// Moves the focus to the one before. False if there is none.
    pub(super) fn up(&self) -> bool {
        let before = self.at().and_then(|at| at.checked_sub(1));
        if let Some(before) = before {
            self.to(before);
        }
        before.is_some()
    }

    fn to(&self, index: usize) {
        if let Some(element) = self.0.get(index) {
            // Focus only fails to move for elements that are not shown.
            element.focus().ok();
        }
    }
}
