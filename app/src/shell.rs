//! The HTML document around the interface.

use leptos::{
    config::LeptosOptions,
    hydration::{AutoReload, HydrationScripts},
    prelude::*,
};
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::{App, components::THEME_COOKIE};

/// The document that the server sends for every page, in the theme that the person has chosen.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=chosen_theme()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/icons/apple-touch.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <HashedStylesheet id="leptos" options=options.clone() />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The theme in the request's cookie; `None` follows the system.
#[cfg(feature = "ssr")]
fn chosen_theme() -> Option<&'static str> {
    let parts = use_context::<http::request::Parts>()?;
    let cookies = parts
        .headers
        .get_all(http::header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    theme_in(cookies.flat_map(|cookies| cookies.split(';')))
}

#[cfg(not(feature = "ssr"))]
fn chosen_theme() -> Option<&'static str> {
    None
}

/// The theme among cookies. Only known words pass, since the value ends up in the page.
#[cfg_attr(
    not(any(feature = "ssr", test)),
    expect(dead_code, reason = "only the server reads cookies")
)]
fn theme_in<'a>(mut cookies: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    let value = cookies.find_map(|cookie| cookie.trim().strip_prefix(THEME_COOKIE)?.strip_prefix('='))?;
    ["light", "dark"].into_iter().find(|theme| *theme == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_theme_is_read_from_its_cookie_and_nothing_else_passes() {
        assert_eq!(theme_in("a=1; tidings_theme=dark".split(';')), Some("dark"));
        assert_eq!(theme_in("tidings_theme=system".split(';')), None);
        assert_eq!(theme_in("tidings_theme=\"><script>".split(';')), None);
        assert_eq!(theme_in("tidings_theme2=dark".split(';')), None);
    }
}
