//! Files in IndexedDB until the server has them, so that a message in the outbox, or a draft, finds them after a reload.
//!
//! One database per person, as for the outbox, and for [`limits::UPLOAD_KEPT_FOR`] at most. Files larger than
//! [`limits::FILE_KEPT_MAX_BYTES`] and what the browser refuses are not kept: they are uploaded while the page is open, or
//! attached again.

use std::rc::Rc;

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Shared},
};
use idb::{Database, DatabaseEvent, Error, Factory, ObjectStoreParams, TransactionMode, TransactionResult};
use js_sys::{Array, JsString};
use tidings_protocol::{AttachmentId, Timestamp, UserId, limits};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::whole;
use crate::attaching::is_expired;

const STORE: &str = "files";

fn name(user: UserId) -> String {
    format!("tidings-files-{user}")
}

/// The files of one person in this browser. A handle: clones are the same storage.
#[derive(Clone)]
pub(super) struct FileStorage {
    opening: Shared<LocalBoxFuture<'static, Option<Rc<Database>>>>,
}

impl FileStorage {
    /// Begins to open the database; everything else waits for it.
    pub(super) fn open(user: UserId) -> Self {
        let opening = async move {
            let database = open(user).await.ok()?;
            // What can't be cleared away is tried again with the next page.
            sweep(&database).await.ok();
            Some(Rc::new(database))
        };
        Self {
            opening: opening.boxed_local().shared(),
        }
    }

    /// Keeps a file, if it is small enough and the browser agrees; true once it is stored.
    pub(super) async fn keep(&self, id: AttachmentId, name: &str, blob: &Blob) -> bool {
        if whole(blob.size()) > limits::FILE_KEPT_MAX_BYTES {
            return false;
        }
        match self.opening.clone().await {
            Some(database) => keep(&database, id, name, blob).await.unwrap_or(false),
            None => false,
        }
    }

    /// A kept file and its name.
    pub(super) async fn load(&self, id: AttachmentId) -> Option<(String, Blob)> {
        let database = self.opening.clone().await?;
        let value = load(&database, id).await.ok().flatten()?;
        let pair: Array = value.dyn_into().ok()?;
        let name = String::from(pair.get(0).dyn_into::<JsString>().ok()?);
        Some((name, pair.get(1).dyn_into().ok()?))
    }

    /// Forgets a file.
    pub(super) async fn forget(&self, id: AttachmentId) {
        if let Some(database) = self.opening.clone().await {
            forget(&database, id).await.ok();
        }
    }

    /// Closes the database, so that it can be deleted.
    pub(super) async fn close(&self) {
        if let Some(database) = self.opening.clone().await {
            database.close();
        }
    }
}

/// Deletes the files of a person. Waits for whoever has them open to close them.
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

/// Forgets files of so long ago that the server would not have them any more either: of tabs that were closed before
/// anything was sent.
async fn sweep(database: &Database) -> Result<(), Error> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
    let store = transaction.object_store(STORE)?;
    let now = Timestamp(i64::try_from(whole(js_sys::Date::now())).unwrap_or(i64::MAX));
    for key in store.get_all_keys(None, None)?.await? {
        let id = key.as_string().and_then(|text| text.parse::<AttachmentId>().ok());
        if id.is_none_or(|id| is_expired(id, now)) {
            store.delete(key)?;
        }
    }
    transaction.commit()?.await?;
    Ok(())
}

fn key(id: AttachmentId) -> JsValue {
    JsValue::from_str(&id.to_string())
}

async fn keep(database: &Database, id: AttachmentId, name: &str, blob: &Blob) -> Result<bool, Error> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
    let value = Array::of2(&name.into(), blob);
    transaction.object_store(STORE)?.put(&value, Some(&key(id)))?;
    let result = transaction.commit()?.await?;
    Ok(result == TransactionResult::Committed)
}

async fn load(database: &Database, id: AttachmentId) -> Result<Option<JsValue>, Error> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadOnly)?;
    transaction.object_store(STORE)?.get(key(id))?.await
}

async fn forget(database: &Database, id: AttachmentId) -> Result<(), Error> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
    transaction.object_store(STORE)?.delete(key(id))?;
    transaction.commit()?.await?;
    Ok(())
}
