//! Notifications of the system.

use leptos::prelude::window;
use tidings_protocol::Seq;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Notification, NotificationOptions, NotificationPermission};

/// Whether the system shows notifications of this page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Not looked up yet.
    Unknown,
    /// This browser has none, or not over a connection without TLS.
    Unsupported,
    /// The person was not asked.
    NotAsked,
    /// It does.
    Granted,
    /// The person, or the system, said no; only the browser's own settings can change that.
    Denied,
}

/// What the browser says now.
#[must_use]
pub fn permission() -> Permission {
    if !js_sys::Reflect::has(&window(), &"Notification".into()).unwrap_or(false) {
        return Permission::Unsupported;
    }
    match Notification::permission() {
        NotificationPermission::Default => Permission::NotAsked,
        NotificationPermission::Granted => Permission::Granted,
        _ => Permission::Denied,
    }
}

/// Has the browser ask the person, and calls `answered` when they answered. To be called while something that they
/// pressed is handled: browsers refuse else.
pub fn ask(answered: impl Fn() + 'static) {
    if permission() == Permission::Unsupported {
        return;
    }
    let Ok(asking) = Notification::request_permission() else {
        return;
    };
    let done = Closure::<dyn FnMut(JsValue)>::new(move |_| answered());
    // Asking itself is not refused, only answered with no.
    drop(asking.then(&done));
    // Called once, by the browser.
    done.forget();
}

/// A notification on the screen. It goes when this is dropped.
pub struct Shown {
    /// The message that it tells of.
    pub seq: Seq,
    notification: Notification,
    /// Lives as long as the notification may be pressed.
    _pressed: Closure<dyn FnMut(web_sys::Event)>,
}

impl Shown {
    /// Shows a notification in the place of an earlier one of the same `tag`, with the sound of the system's unless it is to
    /// be `silent`. `None` where a page may not show any
    /// itself, as on Android.
    pub fn show(
        title: &str,
        body: &str,
        tag: &str,
        silent: bool,
        seq: Seq,
        mut pressed: impl FnMut() + 'static,
    ) -> Option<Self> {
        let options = NotificationOptions::new();
        options.set_body(body);
        options.set_tag(tag);
        options.set_silent(Some(silent));
        // Not among the typed options of all versions: tells again, although the tag is the same.
        js_sys::Reflect::set(&options, &"renotify".into(), &true.into()).ok();
        let notification = Notification::new_with_options(title, &options).ok()?;
        let own = notification.clone();
        let pressed = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            event.prevent_default();
            window().focus().ok();
            own.close();
            pressed();
        });
        notification.set_onclick(Some(pressed.as_ref().unchecked_ref()));
        Some(Self {
            seq,
            notification,
            _pressed: pressed,
        })
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.notification.set_onclick(None);
        self.notification.close();
    }
}
