//! This browser's part in Web Push: the service worker, the permission and the subscription.

use std::{pin::pin, time::Duration};

use futures_util::future::select;
use js_sys::{Object, Reflect};
use leptos::{prelude::*, task::spawn_local};
use serde::Deserialize;
use tidings_protocol::{
    ApiError, ErrorCode, PushSubscription, Seq, SessionId, ThreadId, UserId,
    command::{LoadPush, SubscribePush},
    frame,
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MessageEvent, MessagePort, Notification, NotificationOptions, NotificationPermission,
    PushSubscriptionOptionsInit, ServiceWorkerContainer, ServiceWorkerRegistration, Storage,
};

use super::{Live, pause, tab_locks};
use crate::wording::{PushHere, browser_name};

/// How long leaving waits for the browser's push service.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

const SCRIPT: &str = "/service-worker.js";
/// As the service worker has them.
const ICON: &str = "/icons/192.png";
const BADGE: &str = "/icons/badge.png";

/// The lock of whoever shows notifications or looks at those that are shown, as the service worker takes it: Chromium forgets a
/// notification that is shown while somebody looks (measured: 39 of 200, and none where nobody looked).
const NOTIFICATIONS: &str = "tidings-notifications";

/// Where it is kept who is notified in this browser, on which session, and what was told to the server.
const KEPT: &str = "tidings.push";

/// What a browser's subscription says of itself.
#[derive(Deserialize)]
struct Subscribed {
    endpoint: String,
    keys: Keys,
}

#[derive(Deserialize)]
struct Keys {
    p256dh: String,
    auth: String,
}

/// What this browser can do.
pub(super) fn here() -> PushHere {
    if !window().is_secure_context() {
        return PushHere::Insecure;
    }
    if workers().is_none() || !has("PushManager") || !has("Notification") {
        // Safari on phones has them in installed applications only.
        let installable = window()
            .navigator()
            .user_agent()
            .is_ok_and(|agent| ["iPhone", "iPad"].into_iter().any(|name| agent.contains(name)));
        return if installable {
            PushHere::NeedsInstalling
        } else {
            PushHere::Unsupported
        };
    }
    match Notification::permission() {
        NotificationPermission::Denied => PushHere::Denied,
        _ => PushHere::Able,
    }
}

/// Asks for the permission, subscribes, and tells the server. `key` is the server's.
pub(super) async fn turn_on(live: Live, key: String) -> Result<PushSubscription, ApiError> {
    // First: browsers show the question only in answer to a click.
    let asked = Notification::request_permission().map_err(|_| refused())?;
    JsFuture::from(asked).await.map_err(|_| refused())?;
    if Notification::permission() != NotificationPermission::Granted {
        return Err(refused());
    }
    let registration = register().await.ok_or_else(unreached)?;
    // A subscription that was there may be the one that was given up, or be another server's key's.
    unsubscribe(&registration).await;
    let subscription = subscribe(&registration, &key).await.ok_or_else(unreached)?;
    tell(live, subscription).await
}

/// Gives up this browser's subscription.
pub(super) async fn turn_off() {
    forget();
    if let Some(registration) = registration().await {
        unsubscribe(&registration).await;
    }
}

/// Takes away what is shown for somebody who leaves, and gives up the subscription.
pub(super) async fn leave() {
    if let Some(registration) = registration().await {
        let _alone = tab_locks::hold(NOTIFICATIONS).await;
        for notification in shown(&registration).await {
            notification.close();
        }
        set_badge(0);
        // A push service that can't be reached must not keep a person from leaving: the server has ended its part.
        select(pin!(turn_off()), pin!(pause(LEAVE_WITHIN))).await;
    }
}

/// Tells the server of a subscription that changed while no page was open, takes away what is shown of threads that are
/// read, keeps the count on the icon, and goes where the service worker asks. Runs until the owner is gone.
pub(super) fn start(live: Live, go: impl Fn(&str) + 'static) {
    let Some(workers) = workers() else {
        return;
    };
    let connected = Memo::new(move |_| live.is_live());
    Effect::new(move |told: Option<bool>| {
        let told = told.unwrap_or(false);
        if connected.get() && !told {
            spawn_local(async move { repeat(live).await });
        }
        told || connected.get()
    });
    Effect::new(move |_| {
        if let Some(waiting) = live.waiting() {
            set_badge(waiting);
            spawn_local(async move { take_away_read(live).await });
        }
    });
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(path) = wanted(&event.data()) {
            go(&path);
            if let Ok(port) = event.ports().get(0).dyn_into::<MessagePort>() {
                // A worker that has ended waits for no answer.
                port.post_message(&JsValue::TRUE).ok();
            }
        }
    });
    // Which also begins to deliver those that came before the page was there (Service Workers, 3.4.6).
    workers.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    let heard = StoredValue::new_local(heard);
    on_cleanup(move || {
        workers.set_onmessage(None);
        heard.dispose();
    });
}

/// Where the service worker wants the page to go: an address of ours.
fn wanted(data: &JsValue) -> Option<String> {
    let text = |name: &str| Reflect::get(data, &name.into()).ok()?.as_string();
    let path = text("path").filter(|_| text("type").as_deref() == Some("open"))?;
    (path.starts_with('/') && !path.starts_with("//")).then_some(path)
}

/// Tells the server what it may have missed. What was given up elsewhere stays so: that is how the subscription that it
/// knew looks still.
async fn repeat(live: Live) {
    let (me, session) = (live.person(), live.session());
    let Some((user, told_session, endpoint)) = kept() else {
        return;
    };
    if user != me.to_string() || Notification::permission() != NotificationPermission::Granted {
        return;
    }
    let (Some(registration), Ok(overview)) = (register().await, live.ask(LoadPush {}).await) else {
        return;
    };
    let subscription = match current(&registration).await {
        Some(subscription) => subscription,
        None => match subscribe(&registration, &overview.key).await {
            Some(subscription) => subscription,
            None => return,
        },
    };
    if told_session != session.to_string() || subscription.endpoint != endpoint {
        // Told again at the next start.
        tell(live, subscription).await.ok();
    }
}

async fn tell(live: Live, subscription: Subscribed) -> Result<PushSubscription, ApiError> {
    let endpoint = subscription.endpoint.clone();
    let subscribed = live
        .ask(SubscribePush {
            endpoint: subscription.endpoint,
            p256dh: subscription.keys.p256dh,
            auth: subscription.keys.auth,
            name: browser_name(&window().navigator().user_agent().unwrap_or_default()),
        })
        .await?;
    keep(live.person(), live.session(), &endpoint);
    Ok(subscribed)
}

/// Whether a notification of this message, or of a later one of its thread, is on the screen.
pub(super) async fn is_told_of(thread: ThreadId, seq: Seq) -> bool {
    let Some(registration) = subscribed().await else {
        return false;
    };
    let tag = Some(thread.to_string());
    let _alone = tab_locks::hold(NOTIFICATIONS).await;
    let shown = shown(&registration).await;
    shown
        .iter()
        .any(|one| one.tag() == tag && place(&one.data()) >= Some(seq))
}

/// Shows a notification in the place of what was pushed about its thread, and so that what is pushed about it later takes
/// its place without a sound: it is what the service worker itself shows. False where no push messages come.
pub(super) async fn show(
    live: Live,
    title: &str,
    body: &str,
    (thread, seq): (ThreadId, Seq),
    silent: bool,
) -> bool {
    let Some(registration) = subscribed().await else {
        return false;
    };
    let options = NotificationOptions::new();
    options.set_body(body);
    options.set_tag(&thread.to_string());
    options.set_icon(ICON);
    options.set_badge(BADGE);
    options.set_silent(Some(silent));
    let data = Object::new();
    let path = format!("/threads/{thread}?at={}", seq.0);
    let entries: [(&str, JsValue); 3] = [
        ("thread", thread.to_string().into()),
        // As JSON has it. Places stay far below what a number can tell apart.
        ("seq", (seq.0 as f64).into()),
        ("path", path.into()),
    ];
    for (name, value) in entries {
        // A new plain object takes any property.
        Reflect::set(&data, &name.into(), &value).ok();
    }
    options.set_data(&data);
    // Not among the typed options of all versions: tells again, although the tag is the same.
    Reflect::set(&options, &"renotify".into(), &true.into()).ok();
    let alone = tab_locks::hold(NOTIFICATIONS).await;
    let Ok(showing) = registration.show_notification_with_options(title, &options) else {
        return false;
    };
    let is_shown = JsFuture::from(showing).await.is_ok();
    drop(alone);
    // It may have been read meanwhile.
    take_away_read(live).await;
    is_shown
}

async fn take_away_read(live: Live) {
    let Some(registration) = registration().await else {
        return;
    };
    let _alone = tab_locks::hold(NOTIFICATIONS).await;
    for notification in shown(&registration).await {
        let thread = notification.tag().and_then(|tag| tag.parse::<ThreadId>().ok());
        if let (Some(thread), Some(seq)) = (thread, place(&notification.data()))
            && !live.is_news_now(thread, seq)
        {
            notification.close();
        }
    }
}

/// The place of the message that a notification is about.
fn place(data: &JsValue) -> Option<Seq> {
    let seq = Reflect::get(data, &"seq".into()).ok()?.as_f64()?;
    Some(Seq(seq as i64))
}

async fn shown(registration: &ServiceWorkerRegistration) -> Vec<Notification> {
    let Ok(found) = registration.get_notifications() else {
        return Vec::new();
    };
    let found = JsFuture::from(found).await.unwrap_or_default();
    js_sys::Array::from(&found)
        .iter()
        .filter_map(|one| one.dyn_into().ok())
        .collect()
}

/// The number on the icon of the installed application, where there is one.
fn set_badge(count: u32) {
    let navigator = window().navigator();
    let (name, argument) = match count {
        0 => ("clearAppBadge", JsValue::UNDEFINED),
        count => ("setAppBadge", count.into()),
    };
    let method = Reflect::get(&navigator, &name.into()).ok();
    if let Some(method) = method.and_then(|method| method.dyn_into::<js_sys::Function>().ok())
        && let Ok(done) = method.call1(&navigator, &argument)
        && let Ok(done) = done.dyn_into::<js_sys::Promise>()
    {
        // Not installed, or not allowed: there is no icon to count on.
        spawn_local(async move { drop(JsFuture::from(done).await) });
    }
}

/// The container of service workers; browsers leave it out where pages are not secure, and in private windows.
fn workers() -> Option<ServiceWorkerContainer> {
    let workers = Reflect::get(&window().navigator(), &"serviceWorker".into()).ok()?;
    workers.dyn_into().ok()
}

fn has(name: &str) -> bool {
    Reflect::has(&window(), &name.into()).unwrap_or(false)
}

/// Registers the service worker and waits until it works.
async fn register() -> Option<ServiceWorkerRegistration> {
    let workers = workers()?;
    JsFuture::from(workers.register(SCRIPT)).await.ok()?;
    JsFuture::from(workers.ready().ok()?).await.ok()?.dyn_into().ok()
}

/// The service worker's registration, if there is one.
async fn registration() -> Option<ServiceWorkerRegistration> {
    let found = JsFuture::from(workers()?.get_registration()).await.ok()?;
    found.dyn_into().ok()
}

/// The registration of a service worker that push messages come to.
async fn subscribed() -> Option<ServiceWorkerRegistration> {
    let registration = registration().await.filter(|found| found.active().is_some())?;
    current(&registration).await?;
    Some(registration)
}

async fn subscribe(registration: &ServiceWorkerRegistration, key: &str) -> Option<Subscribed> {
    let options = PushSubscriptionOptionsInit::new();
    options.set_user_visible_only(true);
    options.set_application_server_key_opt_str(Some(key));
    let asked = registration
        .push_manager()
        .ok()?
        .subscribe_with_options(&options)
        .ok()?;
    read(&JsFuture::from(asked).await.ok()?)
}

async fn current(registration: &ServiceWorkerRegistration) -> Option<Subscribed> {
    let found = registration.push_manager().ok()?.get_subscription().ok()?;
    read(&JsFuture::from(found).await.ok()?)
}

async fn unsubscribe(registration: &ServiceWorkerRegistration) {
    let found = registration
        .push_manager()
        .and_then(|manager| manager.get_subscription());
    if let Ok(found) = found
        && let Ok(found) = JsFuture::from(found).await
        && let Ok(subscription) = found.dyn_into::<web_sys::PushSubscription>()
        && let Ok(ended) = subscription.unsubscribe()
    {
        // One that can't be ended now ends when its push service hears that nobody wants it.
        drop(JsFuture::from(ended).await);
    }
}

fn read(subscription: &JsValue) -> Option<Subscribed> {
    let text = js_sys::JSON::stringify(subscription).ok()?.as_string()?;
    frame::decode(&text).ok()
}

fn kept() -> Option<(String, String, String)> {
    let text = storage()?.get_item(KEPT).ok()??;
    let mut parts = text.splitn(3, ' ').map(str::to_owned);
    Some((parts.next()?, parts.next()?, parts.next()?))
}

fn keep(user: UserId, session: SessionId, endpoint: &str) {
    if let Some(storage) = storage() {
        // Without it, nothing is repeated.
        storage
            .set_item(KEPT, &format!("{user} {session} {endpoint}"))
            .ok();
    }
}

fn forget() {
    if let Some(storage) = storage() {
        storage.remove_item(KEPT).ok();
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn refused() -> ApiError {
    ApiError::new(
        ErrorCode::Forbidden,
        "The browser was not allowed to show notifications. Allow it in the settings that the browser has for this \
         site, then try again.",
    )
}

fn unreached() -> ApiError {
    ApiError::new(
        ErrorCode::Unavailable,
        "The browser could not reach its push service. Some browsers have none, or have it switched off in their own \
         settings.",
    )
}
