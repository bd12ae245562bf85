//! Push notifications: in which browsers, how they do there, what they tell, and why the last messages did or did not notify.

use std::{future::Future, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use tidings_protocol::{
    ApiError, ErrorCode, PushDecision, PushId, PushOverview, PushSubscription, Timestamp,
    command::{HidePushContent, LoadPush, TestPush},
};

use super::{Notice, TimeText};
use crate::{
    live::{Live, asked, pause, use_live},
    wording,
};

/// Looked at so often, and so many times, after a test was sent: a little longer than the server waits for an answer.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const LOOKS: u32 = 12;

/// What the panel works with.
#[derive(Clone, Copy)]
struct Panel {
    live: Live,
    /// Counted up to load again.
    version: RwSignal<u32>,
    outcome: RwSignal<Option<Result<String, ApiError>>>,
    /// Whether something is being done that takes a moment.
    busy: RwSignal<bool>,
}

impl Panel {
    fn reload(self) {
        self.version.try_update(|version| *version += 1);
    }

    /// Does something and says how it went.
    fn attempt(self, attempt: impl Future<Output = Result<String, ApiError>> + 'static) {
        self.busy.set(true);
        self.outcome.set(None);
        spawn_local(async move {
            let outcome = attempt.await;
            self.busy.try_set(false);
            self.outcome.try_set(Some(outcome));
            self.reload();
        });
    }
}

/// Everything about notifications.
#[component]
pub fn PushPanel() -> impl IntoView {
    let live = use_live();
    let panel = Panel {
        live,
        version: RwSignal::new(0),
        outcome: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    let overview = asked(live, move || {
        panel.version.track();
        LoadPush {}
    });
    view! {
        <p class="panel-text">
            "When none of your devices has read a message within 15 seconds, the browsers below are notified, whether Tidings is open in them or not."
        </p>
        {move || match overview.get() {
            None => view! { <p class="panel-text">"Loading…"</p> }.into_any(),
            Some(Err(error)) => view! { <p class="panel-text">{error.message}</p> }.into_any(),
            Some(Ok(overview)) => view! { <Known panel overview /> }.into_any(),
        }}
        <Notice outcome=panel.outcome />
    }
}

#[component]
fn Known(panel: Panel, overview: PushOverview) -> impl IntoView {
    let PushOverview {
        key,
        hide_content,
        subscriptions,
        decisions,
    } = overview;
    let is_on = subscriptions.iter().any(|one| one.current);
    let none = subscriptions.is_empty();
    view! {
        {(!is_on).then(|| view! { <TurnOn panel key /> })}
        {(!none)
            .then(|| {
                view! {
                    <ul class="lines" aria-label="Browsers that are notified">
                        {subscriptions
                            .into_iter()
                            .map(|subscription| view! { <Browser panel subscription /> })
                            .collect_view()}
                    </ul>
                }
            })}
        <HideContent panel hide_content />
        <Decisions decisions none />
    }
}

/// The button for this browser, or why there is none.
#[component]
fn TurnOn(panel: Panel, key: String) -> impl IntoView {
    let here = RwSignal::new(None);
    Effect::new(move |_| here.set(panel.live.push_here()));
    let obstacle = move || here.get().and_then(wording::push_obstacle);
    let turn_on = move |_| {
        let key = key.clone();
        panel.attempt(async move {
            let on = panel.live.turn_push_on(key).await?;
            Ok(format!(
                "Notifications are on: {}. Send a test to see one.",
                on.name
            ))
        });
    };
    view! {
        <div class="button-row">
            <button
                type="button"
                class="button"
                disabled=move || panel.busy.get() || obstacle().is_some()
                on:click=turn_on
            >
                "Turn on in this browser"
            </button>
        </div>
        <div role="status">
            {move || obstacle().map(|sentence| view! { <p class="panel-text push-obstacle">{sentence}</p> })}
        </div>
    }
}

/// A browser that is notified, and how it does.
#[component]
fn Browser(panel: Panel, subscription: PushSubscription) -> impl IntoView {
    let live = panel.live;
    let id = subscription.id;
    let name = subscription.name.clone();
    let (before, current) = (subscription.last_success, subscription.current);
    let error = subscription.last_error;
    let test = move |_| {
        panel.attempt(async move {
            live.ask(TestPush { subscription: id }).await?;
            tested(live, id, before.max(error.map(|error| error.at))).await
        });
    };
    let label = name.clone();
    let turn_off = move |_| {
        let subscription = subscription.clone();
        panel.attempt(async move {
            live.turn_push_off(&subscription).await?;
            Ok(format!("{} is not notified any more.", subscription.name))
        });
    };
    view! {
        <li class="person">
            <div class="person-text">
                <strong>{name} {current.then_some(" (this browser)")}</strong>
                <span class="push-health">
                    {match (error, before) {
                        (Some(error), _) => {
                            view! {
                                {wording::push_problem(error.problem)}
                                " "
                                <TimeText at=error.at brief=true />
                                {error.retry_at.map(|at| view! { ". Tried again: " <TimeText at brief=true /> })}
                            }
                                .into_any()
                        }
                        (None, Some(at)) => view! { "Works, last used " <TimeText at brief=true /> }.into_any(),
                        (None, None) => "Not used yet".into_any(),
                    }}
                </span>
            </div>
            <button
                type="button"
                class="button button-quiet"
                aria-label=format!("Send a test to {label}")
                disabled=move || panel.busy.get()
                on:click=test
            >
                "Send a test"
            </button>
            <button
                type="button"
                class="button button-quiet"
                aria-label=format!("Turn off in {label}")
                disabled=move || panel.busy.get()
                on:click=turn_off
            >
                "Turn off"
            </button>
        </li>
    }
}

/// Waits until the server knows how a test went.
async fn tested(live: Live, id: PushId, before: Option<Timestamp>) -> Result<String, ApiError> {
    for _ in 0..LOOKS {
        pause(LOOK_EVERY).await;
        let overview = live.ask(LoadPush {}).await?;
        let Some(browser) = overview.subscriptions.into_iter().find(|one| one.id == id) else {
            return Err(refused(
                "The browser has given this up. Turn notifications on again in that browser.",
            ));
        };
        match browser.last_error {
            Some(error) if Some(error.at) > before => {
                return Err(refused(wording::push_problem(error.problem)));
            }
            _ if browser.last_success > before => {
                return Ok(
                    "The push service has taken the test: a notification should be there now.".to_owned(),
                );
            }
            _ => {}
        }
    }
    Err(refused(
        "The test is still under way. Look here again in a minute.",
    ))
}

fn refused(sentence: &str) -> ApiError {
    ApiError::new(ErrorCode::Unavailable, sentence)
}

#[component]
fn HideContent(panel: Panel, hide_content: bool) -> impl IntoView {
    let change = move |event| {
        let hidden = event_target_checked(&event);
        panel.attempt(async move {
            panel.live.ask(HidePushContent { hidden }).await?;
            Ok(if hidden {
                "Notifications say only “New message” from now on."
            } else {
                "Notifications say who wrote and what from now on."
            }
            .to_owned())
        });
    };
    view! {
        <label class="choice push-hide">
            <input type="checkbox" checked=hide_content prop:checked=hide_content on:change=change />
            <span>"Hide who wrote and what"</span>
        </label>
    }
}

#[component]
fn Decisions(decisions: Vec<PushDecision>, none: bool) -> impl IntoView {
    let live = use_live();
    let empty = if none {
        "Nothing yet: no browser of yours is notified."
    } else {
        "Nothing yet. The next message that somebody sends you shows up here."
    };
    view! {
        <details class="push-why">
            <summary>"Why did the last messages notify me, or not?"</summary>
            {if decisions.is_empty() {
                view! { <p class="panel-text">{empty}</p> }.into_any()
            } else {
                view! {
                    <ol class="lines" aria-label="Last decisions">
                        {decisions
                            .into_iter()
                            .map(|decision| {
                                let (thread, seq) = (decision.thread, decision.seq);
                                let name = live
                                    .thread(thread)
                                    .map_or_else(
                                        || "A thread that you are no longer in".to_owned(),
                                        |row| wording::thread_name(row.title.as_ref(), &row.others),
                                    );
                                view! {
                                    <li class="person">
                                        <div class="person-text">
                                            <a href=format!("/threads/{thread}?at={}", seq.0)>{name}</a>
                                            <span class="push-health">
                                                {wording::push_outcome(decision.outcome)} " " <TimeText at=decision.at brief=true />
                                            </span>
                                        </div>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ol>
                }
                    .into_any()
            }}
        </details>
    }
}
