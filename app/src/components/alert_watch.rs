//! Tells of messages while the page is in the background. Shows nothing itself.

use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use tidings_protocol::Message;

use crate::{
    alerts::{Alerts, badge, tabs, use_alerts},
    live::{Live, use_live},
};

/// Watches for messages that notify, for as long as the page lives.
#[component]
pub fn AlertWatch() -> impl IntoView {
    let live = use_live();
    let alerts = use_alerts();
    Effect::new(move |_| {
        let navigate = StoredValue::new_local(use_navigate());
        let open = Callback::new(move |message: Message| {
            let address = format!("/threads/{}?at={}", message.thread, message.seq.0);
            navigate.try_with_value(|navigate| navigate(&address, NavigateOptions::default()));
        });
        alerts.load();
        listen(alerts);
        tell(live, alerts, open);
    });
    Effect::new(move |_| {
        if let Some(waiting) = live.waiting() {
            badge::show(waiting);
        }
    });
    Effect::new(move |_| {
        // The count changes with everything that makes a notification untrue: what is read, deleted, or gone.
        if live.waiting().is_some() {
            Alerts::withdraw(live);
        }
    });
}

fn tell(live: Live, alerts: Alerts, open: Callback<Message>) {
    live.when_notified(Callback::new(move |message| alerts.tell(live, message, open)));
}

/// Whether the person looks at this tab can change by any of these.
fn listen(alerts: Alerts) {
    tabs::note_attention();
    let listeners = StoredValue::new_local(Some([
        window_event_listener(ev::focus, move |_| {
            tabs::note_attention();
            // The person may have come back from the browser's settings.
            alerts.permission.set(crate::alerts::notification::permission());
        }),
        window_event_listener(ev::blur, |_| tabs::note_attention()),
        window_event_listener(ev::visibilitychange, |_| tabs::note_attention()),
    ]));
    on_cleanup(move || {
        let listeners = listeners.try_update_value(Option::take).flatten();
        listeners
            .into_iter()
            .flatten()
            .for_each(WindowListenerHandle::remove);
    });
}
