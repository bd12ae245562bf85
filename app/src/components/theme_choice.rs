//! Light, dark, or as the system has it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

/// Name of the cookie that keeps the choice. A cookie rather than storage, so that the server renders the chosen
/// theme and the page never flashes the other one.
pub const THEME_COOKIE: &str = "tidings_theme";

/// A year: the longest that matters, and browsers cap it near there.
const COOKIE_SECONDS: u32 = 365 * 24 * 3600;

const THEMES: [(&str, &str); 3] = [("system", "As the system"), ("light", "Light"), ("dark", "Dark")];

/// A choice that applies at once and is kept on this device.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let chosen = RwSignal::new("system".to_owned());
    Effect::new(move |_| {
        let theme = document()
            .document_element()
            .and_then(|root| root.get_attribute("data-theme"));
        chosen.set(theme.unwrap_or_else(|| "system".to_owned()));
    });
    view! {
        <fieldset class="choices">
            <legend>"Theme"</legend>
            {THEMES
                .into_iter()
                .map(|(theme, label)| {
                    view! {
                        <label class="choice">
                            <input
                                type="radio"
                                name="theme"
                                value=theme
                                prop:checked=move || *chosen.read() == theme
                                on:change=move |_| {
                                    chosen.set(theme.to_owned());
                                    apply(theme);
                                }
                            />
                            <span>{label}</span>
                        </label>
                    }
                })
                .collect_view()}
        </fieldset>
    }
}

fn apply(theme: &str) {
    if let Some(root) = document().document_element() {
        // Setting a plain attribute can't fail.
        root.set_attribute("data-theme", theme).ok();
    }
    if let Ok(document) = document().dyn_into::<HtmlDocument>() {
        let cookie = format!("{THEME_COOKIE}={theme}; Path=/; Max-Age={COOKIE_SECONDS}; SameSite=Lax");
        // Where cookies are blocked the choice lasts as long as the page.
        document.set_cookie(&cookie).ok();
    }
}
