//! Unsent messages and amendments in IndexedDB, so that they survive a reload.
//!
//! One database per person, so that people who share a browser never see each other's messages. A write is reported
//! as kept only when its transaction has been written to the disk: a power cut loses nothing that was called kept.
//! Every failure (blocked, full, private mode) is answered with "not kept": the device sends all the same and says so.
//! Each record names the tab that keeps it, for `outbox_sharing`.

use std::{collections::BTreeSet, rc::Rc};

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Shared},
};
use idb::{
    Database, DatabaseEvent, Error, Factory, ObjectStoreParams, Transaction, TransactionMode,
    TransactionResult,
};
use js_sys::{Array, Function, Object, Reflect};
use serde::{Deserialize, Serialize};
use tidings_device::{Amendment, Unsent};
use tidings_protocol::{LocalId, UserId};
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue};

const STORE: &str = "outbox";

/// What is kept under one key.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Kept {
    Amendment(Amendment),
    Message(Unsent),
}

impl Kept {
    /// Its key.
    pub(super) fn id(&self) -> LocalId {
        match self {
            Self::Amendment(amendment) => amendment.id,
            Self::Message(unsent) => unsent.local_id,
        }
    }
}

/// The same with whose it is.
#[derive(Serialize, Deserialize)]
struct Record {
    tab: Uuid,
    #[serde(flatten)]
    kept: Kept,
}

/// An open database, and the browser's own name for it, which can do what `idb` has no function for.
struct Opened {
    database: Database,
    raw: JsValue,
}

fn name(user: UserId) -> String {
    format!("tidings-{user}")
}

/// The outbox of one person in this browser. A handle: clones are the same storage.
#[derive(Clone)]
pub(super) struct OutboxStorage {
    tab: Uuid,
    opening: Shared<LocalBoxFuture<'static, Option<Rc<Opened>>>>,
}

impl OutboxStorage {
    /// Begins to open the database for the tab of this name; everything else waits for it.
    pub(super) fn open(user: UserId, tab: Uuid) -> Self {
        let opening = async move { open(user).await.ok().map(Rc::new) };
        Self {
            tab,
            opening: opening.boxed_local().shared(),
        }
    }

    /// What the tabs that `wanted` names have kept: messages and amendments; none when they can't be read.
    pub(super) async fn load(&self, wanted: impl Fn(Uuid) -> bool) -> (Vec<Unsent>, Vec<Amendment>) {
        let (mut messages, mut amendments) = (Vec::new(), Vec::new());
        for record in self.records().await {
            match record.kept {
                _ if !wanted(record.tab) => {}
                Kept::Message(unsent) => messages.push(unsent),
                Kept::Amendment(amendment) => amendments.push(amendment),
            }
        }
        (messages, amendments)
    }

    /// The tabs that have kept something.
    pub(super) async fn owners(&self) -> BTreeSet<Uuid> {
        self.records()
            .await
            .into_iter()
            .map(|record| record.tab)
            .collect()
    }

    async fn records(&self) -> Vec<Record> {
        let Some(opened) = self.opening.clone().await else {
            return Vec::new();
        };
        let values = load(&opened.database).await.unwrap_or_default();
        values
            .into_iter()
            .filter_map(|value| serde_json::from_str(&value.as_string()?).ok())
            .collect()
    }

    /// Keeps something as this tab's; true once it is stored.
    pub(super) async fn save(&self, kept: Kept) -> bool {
        let Some(opened) = self.opening.clone().await else {
            return false;
        };
        let record = Record { tab: self.tab, kept };
        save(&opened, &record).await.unwrap_or(false)
    }

    /// Forgets what is kept under a key. What can't be forgotten is sent again after a reload, which changes nothing: a
    /// message goes under the same id, and an amendment says what shall be.
    pub(super) async fn forget(&self, local_id: LocalId) {
        if let Some(opened) = self.opening.clone().await {
            forget(&opened.database, local_id).await.ok();
        }
    }

    /// Closes the database, so that it can be deleted.
    pub(super) async fn close(&self) {
        if let Some(opened) = self.opening.clone().await {
            opened.database.close();
        }
    }
}

/// Deletes the outbox of a person. Waits for whoever has it open to close it.
pub(super) async fn erase(user: UserId) {
    if let Ok(deletion) = Factory::new().and_then(|factory| factory.delete(&name(user))) {
        deletion.await.ok();
    }
}

async fn open(user: UserId) -> Result<Opened, Error> {
    let mut request = Factory::new()?.open(&name(user), Some(1))?;
    request.on_upgrade_needed(|event| {
        // A store that could not be made shows as a failed transaction, and so as "not kept".
        if let Ok(database) = event.database() {
            database.create_object_store(STORE, ObjectStoreParams::new()).ok();
        }
    });
    let raw = JsValue::from(request.await?);
    let mut database = Database::try_from(raw.clone())?;
    // Another tab signs out and deletes the database: an open connection would hold it up.
    database.on_version_change(|event| {
        if let Ok(database) = event.database() {
            database.close();
        }
    });
    Ok(Opened { database, raw })
}

async fn load(database: &Database) -> Result<Vec<JsValue>, Error> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadOnly)?;
    transaction.object_store(STORE)?.get_all(None, None)?.await
}

async fn save(opened: &Opened, record: &Record) -> Result<bool, Error> {
    let Ok(text) = serde_json::to_string(record) else {
        return Ok(false);
    };
    let transaction = match durable(&opened.raw) {
        Some(transaction) => transaction,
        None => opened
            .database
            .transaction(&[STORE], TransactionMode::ReadWrite)?,
    };
    let key = JsValue::from_str(&record.kept.id().to_string());
    transaction
        .object_store(STORE)?
        .put(&JsValue::from_str(&text), Some(&key))?;
    let result = transaction.commit()?.await?;
    Ok(result == TransactionResult::Committed)
}

/// A transaction that is complete once it is on disk. Browsers' default is complete as soon as the operating system
/// has it. `None` where they can't be asked for more, or the database is closing.
fn durable(database: &JsValue) -> Option<Transaction> {
    let begin: Function = Reflect::get(database, &"transaction".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let options = Object::new();
    Reflect::set(&options, &"durability".into(), &"strict".into()).ok()?;
    let stores = Array::of1(&STORE.into());
    let transaction = begin
        .call3(database, &stores, &"readwrite".into(), &options)
        .ok()?;
    Transaction::try_from(transaction).ok()
}

async fn forget(database: &Database, local_id: LocalId) -> Result<(), Error> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
    transaction
        .object_store(STORE)?
        .delete(JsValue::from_str(&local_id.to_string()))?;
    transaction.commit()?.await?;
    Ok(())
}
