//! Locks that a browser gives to one tab at a time, and takes back however the tab ends (Web Locks).
//!
//! `web-sys` has them only behind a switch for unstable interfaces, so they are called by name. A page that came
//! without TLS from another machine has none.

use futures_channel::oneshot;
use js_sys::{Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

/// Waits for the lock `name` without holding anything up, then calls `granted` and keeps the lock as long as the page
/// lives. False, and nothing is called, where the browser has no locks.
pub(super) fn keep(name: &str, granted: impl FnOnce() + 'static) -> bool {
    let Some((manager, request)) = manager() else {
        return false;
    };
    let callback = Closure::once_into_js(move |_lock: JsValue| -> Promise {
        granted();
        // It is never settled: the lock goes with the page.
        Promise::new(&mut |_, _| {})
    });
    request.call2(&manager, &name.into(), &callback).is_ok()
}

/// A lock that is held until this is dropped.
pub(super) struct Held(Option<Function>);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            settle(&release);
        }
    }
}

/// Waits for the lock `name`. Where the browser has no locks, nothing is waited for.
pub(super) async fn hold(name: &str) -> Held {
    let Some((manager, request)) = manager() else {
        return Held(None);
    };
    let (granted, waiting) = oneshot::channel();
    let callback = Closure::once_into_js(move |_lock: JsValue| -> Promise {
        let mut granted = Some(granted);
        Promise::new(&mut |release, _| {
            // Whoever no longer waits does not keep it.
            if let Some(granted) = granted.take()
                && let Err(release) = granted.send(release)
            {
                settle(&release);
            }
        })
    });
    match request.call2(&manager, &name.into(), &callback) {
        Ok(_) => Held(waiting.await.ok()),
        Err(_) => Held(None),
    }
}

fn settle(release: &Function) {
    // What is only to be called can't be refused.
    release.call0(&JsValue::UNDEFINED).ok();
}

fn manager() -> Option<(JsValue, Function)> {
    let manager = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
    let request = Reflect::get(&manager, &"request".into()).ok()?;
    Some((manager, request.dyn_into().ok()?))
}
