//! The caller's notifications.

use axum::{Json, extract::State};
use serde::Deserialize;
use tidings_protocol::{
    PushId, PushOverview, PushSubscription,
    command::{HidePushContent, LoadPush, SubscribePush, TestPush, UnsubscribePush},
};

use super::{
    ask,
    input::{Entered, Named},
};
use crate::{error::Refusal, service::Caller, site::Site};

/// All about them.
pub async fn show(State(site): State<Site>, caller: Caller) -> Result<Json<PushOverview>, Refusal> {
    ask(&site, caller, LoadPush {}).await
}

/// Notifies a browser from now on.
pub async fn subscribe(
    State(site): State<Site>,
    caller: Caller,
    Entered(subscribe): Entered<SubscribePush>,
) -> Result<Json<PushSubscription>, Refusal> {
    ask(&site, caller, subscribe).await
}

/// Notifies a browser no longer.
pub async fn unsubscribe(
    State(site): State<Site>,
    caller: Caller,
    Named(subscription): Named<PushId>,
) -> Result<Json<()>, Refusal> {
    ask(&site, caller, UnsubscribePush { subscription }).await
}

/// Pushes something to see whether it arrives.
pub async fn test(
    State(site): State<Site>,
    caller: Caller,
    Named(subscription): Named<PushId>,
) -> Result<Json<()>, Refusal> {
    ask(&site, caller, TestPush { subscription }).await
}

/// Whether nothing of messages is told.
#[derive(Deserialize)]
pub struct Wish {
    hidden: bool,
}

/// Lets notifications tell of messages, or not.
pub async fn hide_content(
    State(site): State<Site>,
    caller: Caller,
    Entered(Wish { hidden }): Entered<Wish>,
) -> Result<Json<()>, Refusal> {
    ask(&site, caller, HidePushContent { hidden }).await
}
