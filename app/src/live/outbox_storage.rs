//! Unsent messages in IndexedDB, so that they survive a reload.
//!
//! One database per person, so that people who share a browser never see each other's messages. A write is reported
//! as kept only when its transaction has committed. Every failure (blocked, full, private mode) is answered with
//! "not kept": the device sends all the same and says so.

use std::rc::Rc;

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Shared},
};
use idb::{Database, DatabaseEvent, Error, Factory, ObjectStoreParams, TransactionMode, TransactionResult};
use tidings_device::Unsent;
use tidings_protocol::{LocalId, UserId};
use wasm_bindgen::JsValue;

const STORE: &str = "outbox";

fn name(user: UserId) -> String {
    format!("tidings-{user}")
}

/// The outbox of one person in this browser. A handle: clones are the same storage.
#[derive(Clone)]
pub(super) struct OutboxStorage {
    opening: Shared<LocalBoxFuture<'static, Option<Rc<Database>>>>,
}

impl OutboxStorage {
    /// Begins to open the database; everything else waits for it.
    pub(super) fn open(user: UserId) -> Self {
        let opening = async move { open(user).await.ok().map(Rc::new) };
        Self {
            opening: opening.boxed_local().shared(),
        }
    }

    /// All kept messages; none when they can't be read.
    pub(super) async fn load(&self) -> Vec<Unsent> {
        let Some(database) = self.opening.clone().await else {
            return Vec::new();
        };
        let values = load(&database).await.unwrap_or_default();
        values
            .into_iter()
            .filter_map(|value| serde_json::from_str(&value.as_string()?).ok())
            .collect()
    }

    /// Keeps a message; true once it is stored.
    pub(super) async fn save(&self, unsent: &Unsent) -> bool {
        let Some(database) = self.opening.clone().await else {
            return false;
        };
        save(&database, unsent).await.unwrap_or(false)
    }

    /// Forgets a message. One that can't be forgotten is sent again after a reload, under the same id, which changes
    /// nothing.
    pub(super) async fn forget(&self, local_id: LocalId) {
        if let Some(database) = self.opening.clone().await {
            forget(&database, local_id).await.ok();
        }
    }

    /// Closes the database, so that it can be deleted.
    pub(super) async fn close(&self) {
        if let Some(database) = self.opening.clone().await {
            database.close();
        }
    }
}

/// Deletes the outbox of a person. Waits for whoever has it open to close it.
pub(super) async fn erase(user: UserId) {
    if let Ok(deletion) = Factory::new().and_then(|factory| factory.delete(&name(user))) {
        deletion.await.ok();
    }
}

async fn open(user: UserId) -> Result<Database, Error> {
    let mut request = Factory::new()?.open(&name(user), Some(1))?;
    request.on_upgrade_needed(|event| {
        // A store that could not be made shows as a failed transaction, and so as "not kept".
        if let Ok(database) = event.database() {
            database.create_object_store(STORE, ObjectStoreParams::new()).ok();
        }
    });
    let mut database = request.await?;
    // Another tab signs out and deletes the database: an open connection would hold it up.
    database.on_version_change(|event| {
        if let Ok(database) = event.database() {
            database.close();
        }
    });
    Ok(database)
}

async fn load(database: &Database) -> Result<Vec<JsValue>, Error> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadOnly)?;
    transaction.object_store(STORE)?.get_all(None, None)?.await
}

async fn save(database: &Database, unsent: &Unsent) -> Result<bool, Error> {
    let Ok(text) = serde_json::to_string(unsent) else {
        return Ok(false);
    };
    let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
    let key = JsValue::from_str(&unsent.local_id.to_string());
    transaction
        .object_store(STORE)?
        .put(&JsValue::from_str(&text), Some(&key))?;
    let result = transaction.commit()?.await?;
    Ok(result == TransactionResult::Committed)
}

async fn forget(database: &Database, local_id: LocalId) -> Result<(), Error> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
    transaction
        .object_store(STORE)?
        .delete(JsValue::from_str(&local_id.to_string()))?;
    transaction.commit()?.await?;
    Ok(())
}
