//! Of several tabs, one tells; and none while the person looks at any of them.
//!
//! By locks of the browser (Web Locks), which it takes back however a tab ends: a tab holds one while the person looks
//! at it, and whoever tells of a message holds one with its id for a moment. Where there are none, each tab tells.

use std::{cell::RefCell, time::Duration};

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::*;
use tidings_protocol::MessageId;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

const LOOKING: &str = "tidings-looking";

/// All tabs hear of a message within this time.
const TOLD_FOR: Duration = Duration::from_secs(10);

thread_local! {
    /// Gives back the lock that says that the person looks at this tab.
    static RELEASE: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Whether the person looks at this tab.
#[must_use]
pub fn is_looked_at() -> bool {
    !document().hidden() && document().has_focus().unwrap_or(false)
}

/// Tells the other tabs whether the person looks at this one: to be called whenever that may have changed.
pub fn note_attention() {
    let looks = is_looked_at();
    let holds = RELEASE.with_borrow(Option::is_some);
    if looks && !holds {
        // Kept from now on, whether or not the lock is there yet.
        let hold = Promise::new(&mut |resolve, _| RELEASE.set(Some(resolve)));
        let options = options("mode", &"shared".into());
        request(LOOKING, &options, move |_| hold.clone());
    } else if !looks && let Some(release) = RELEASE.take() {
        // What is only to be called can't be refused.
        release.call0(&JsValue::UNDEFINED).ok();
    }
}

/// Calls `tell` if the person looks at no tab, and no other tab tells of this message.
pub fn if_nobody_looks(message: MessageId, tell: impl FnOnce() + 'static) {
    if is_looked_at() {
        return;
    }
    let Some(manager) = manager() else {
        tell();
        return;
    };
    let query = Reflect::get(&manager, &"query".into())
        .ok()
        .and_then(|query| query.dyn_into::<Function>().ok())
        .and_then(|query| query.call0(&manager).ok())
        .and_then(|asked| asked.dyn_into::<Promise>().ok());
    let Some(query) = query else {
        tell();
        return;
    };
    let mut tell = Some(tell);
    let heard = Closure::once(move |state: JsValue| {
        if is_held(&state) {
            return;
        }
        let mut tell = tell.take();
        let options = options("ifAvailable", &true.into());
        request(&format!("tidings-told-{message}"), &options, move |lock| {
            if !lock.is_null()
                && let Some(tell) = tell.take()
            {
                tell();
            }
            Promise::new(&mut |resolve, _| {
                set_timeout(
                    move || {
                        resolve.call0(&JsValue::UNDEFINED).ok();
                    },
                    TOLD_FOR,
                );
            })
        });
    });
    drop(query.then(&heard));
    // Called once, by the browser.
    heard.forget();
}

/// Whether some tab says that the person looks at it.
fn is_held(state: &JsValue) -> bool {
    let Ok(held) = Reflect::get(state, &"held".into()) else {
        return false;
    };
    Array::from(&held).iter().any(|lock| {
        let name = Reflect::get(&lock, &"name".into()).ok();
        name.and_then(|name| name.as_string()).as_deref() == Some(LOOKING)
    })
}

fn manager() -> Option<JsValue> {
    let manager = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
    manager.is_object().then_some(manager)
}

fn options(name: &str, value: &JsValue) -> Object {
    let options = Object::new();
    // A new plain object takes any property.
    Reflect::set(&options, &name.into(), value).ok();
    options
}

/// Asks for a lock, which is held until the promise that `granted` gives is settled.
fn request(name: &str, options: &Object, granted: impl FnMut(JsValue) -> Promise + 'static) {
    let Some(manager) = manager() else {
        return;
    };
    let request = Reflect::get(&manager, &"request".into())
        .ok()
        .and_then(|request| request.dyn_into::<Function>().ok());
    if let Some(request) = request {
        let granted = Closure::<dyn FnMut(JsValue) -> Promise>::new(granted);
        request
            .call3(&manager, &name.into(), options, granted.as_ref())
            .ok();
        // Called once, by the browser.
        granted.forget();
    }
}
