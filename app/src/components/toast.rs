//! A word about what has just been done, which goes by itself.

use std::time::Duration;

use leptos::prelude::*;

/// How long it is shown: enough to read a short sentence.
const SHOWN_FOR: Duration = Duration::from_secs(4);

/// Says what has just been done. A handle: copies say it in the same place.
#[derive(Clone, Copy)]
pub struct Toast {
    said: RwSignal<String>,
    /// Which one is shown, so that an older one doesn't take a newer one away.
    number: StoredValue<u32>,
}

/// The place of the page where it is said.
#[must_use]
pub fn use_toast() -> Toast {
    expect_context()
}

/// Makes the page's toast known to what is inside.
pub fn provide_toast() {
    provide_context(Toast {
        said: RwSignal::new(String::new()),
        number: StoredValue::new(0),
    });
}

impl Toast {
    /// Says something.
    pub fn say(self, text: impl Into<String>) {
        self.said.set(text.into());
        let number = self.number.get_value().wrapping_add(1);
        self.number.set_value(number);
        let go = move || {
            // The page may be gone by then.
            if self.number.try_get_value() == Some(number) {
                self.said.try_set(String::new());
            }
        };
        set_timeout(go, SHOWN_FOR);
    }
}

/// Where the page's toast is shown.
#[component]
pub fn ToastHost() -> impl IntoView {
    let toast = use_toast();
    view! {
        <div class="toast-box" role="status">
            {move || {
                let said = toast.said.get();
                (!said.is_empty()).then(|| view! { <p class="toast">{said}</p> })
            }}
        </div>
    }
}
