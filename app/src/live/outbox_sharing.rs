//! Which tab sends what: each its own messages, and those that a tab which is gone has left.
//!
//! A person's tabs share one storage. A tab puts its name on what it keeps, and holds a lock of that name as long as
//! it lives; whoever is given the lock of another tab knows that it is gone, and sends what it left. So an unsent
//! message has one sender at any time, and the messages of a closed tab are taken over at once. Where there are no
//! locks, each tab takes over all it finds when it starts: a message that two tabs send is stored once all the same,
//! by its local id.

use std::collections::BTreeSet;

use leptos::{prelude::*, task::spawn_local};
use tidings_device::Input;
use tidings_protocol::UserId;
use uuid::Uuid;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

use super::{Live, outbox_storage::OutboxStorage, tab_locks};

/// One tab among those of a person.
#[derive(Clone)]
struct Tab {
    live: Live,
    person: UserId,
    name: Uuid,
    storage: OutboxStorage,
}

/// Reports what this tab has to send that it did not write itself: now, and whenever another tab is gone.
pub(super) fn share(live: Live, person: UserId, name: Uuid, storage: OutboxStorage) {
    let tab = Tab {
        live,
        person,
        name,
        storage,
    };
    if !tab_locks::keep(&tab.lock(name), || {}) {
        spawn_local(async move {
            tab.take_over(|_| true).await;
        });
        return;
    }
    let known = StoredValue::new(BTreeSet::from([name]));
    let others = tab.clone();
    let meet = move |other: Uuid| {
        if known.try_update_value(|known| known.insert(other)) == Some(true) {
            others.take_over_when_gone(other);
        }
    };
    let channel = tab.channel(meet.clone());
    spawn_local(async move {
        for other in tab.storage.owners().await {
            meet(other);
        }
        tab.live.report(Input::OutboxLoaded(Vec::new()));
        // Only now: whoever hears of this tab may be given what it leaves from then on.
        if let Some(channel) = channel {
            // A tab that is not heard of leaves its messages to the next that starts.
            channel.post_message(&name.to_string().into()).ok();
        }
    });
}

impl Tab {
    fn lock(&self, tab: Uuid) -> String {
        format!("tidings-outbox-{}-{tab}", self.person)
    }

    /// Reports what other tabs have left. Amendments first: some wait for a message that is left with them.
    async fn take_over(&self, left_by: impl Fn(Uuid) -> bool) {
        let (messages, amendments) = self.storage.load(left_by).await;
        self.live.report(Input::AmendmentsLoaded(amendments));
        self.live.report(Input::OutboxLoaded(messages));
    }

    fn take_over_when_gone(&self, other: Uuid) {
        let tab = self.clone();
        tab_locks::keep(&self.lock(other), move || {
            spawn_local(async move {
                tab.take_over(|owner| owner == other).await;
            });
        });
    }

    /// Hears of tabs that open, and answers with this one's name, so that both know each other.
    fn channel(&self, meet: impl Fn(Uuid) + 'static) -> Option<BroadcastChannel> {
        let channel = BroadcastChannel::new(&format!("tidings-outbox-{}", self.person)).ok()?;
        let met = StoredValue::new(BTreeSet::new());
        let (answers, name) = (channel.clone(), self.name);
        let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let Some(other) = event
                .data()
                .as_string()
                .and_then(|name| name.parse::<Uuid>().ok())
            else {
                return;
            };
            meet(other);
            if met.try_update_value(|met| met.insert(other)) == Some(true) {
                answers.post_message(&name.to_string().into()).ok();
            }
        });
        channel.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        // It listens as long as the page lives.
        hear.forget();
        Some(channel)
    }
}
