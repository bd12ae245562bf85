//! A drawing beside text that says the same.

use icondata::Icon as Drawing;
use leptos::prelude::*;

/// A decorative icon in the size and colour of the text around it. It is hidden from assistive technology: whatever
/// holds it has a name of its own.
#[component]
pub fn Icon(
    /// What to draw.
    drawing: Drawing,
) -> impl IntoView {
    view! {
        <svg
            class="icon"
            aria-hidden="true"
            viewBox=drawing.view_box
            fill=drawing.fill.unwrap_or("currentColor")
            stroke=drawing.stroke
            stroke-width=drawing.stroke_width
            stroke-linecap=drawing.stroke_linecap
            stroke-linejoin=drawing.stroke_linejoin
            inner_html=drawing.data
        />
    }
}
