//! Whether messages wait, on the page's icon. The number on that of an installed app is set with pushed messages.

use leptos::prelude::document;

const PLAIN: &str = "/favicon.svg";
const WAITING: &str = "/favicon-waiting.svg";

/// Shows whether messages wait, of which there are so many.
pub fn show(waiting: u32) {
    if let Ok(Some(link)) = document().query_selector("link[rel=icon]") {
        let icon = if waiting == 0 { PLAIN } else { WAITING };
        if link.get_attribute("href").as_deref() != Some(icon) {
            // Setting a plain attribute can't fail.
            link.set_attribute("href", icon).ok();
        }
    }
}
