//! Files: who may upload them, which message has them, and who may open them.
//!
//! The bytes are [`crate::files`]'s; here is what is known of them.

use std::{collections::HashSet, time::Duration};

use futures_util::FutureExt;
use tidings_protocol::{Attachment, AttachmentId, Content, Message, command::Origin, limits};

use super::{
    Actor, Caller, Error, Service, access,
    error::{Conflict, Thing},
};
use crate::store::{
    Tx,
    attachments::{self, Stored, Usage},
    hidden, sights,
};

/// What was uploaded counts for so long.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// Bytes of an upload that was cut off by a crash are deleted after this long. Storing the largest takes less.
const CUT_OFF_AFTER: Duration = Duration::from_secs(6 * 3600);

/// Rows of one clearing, so that others may write in between.
const CLEARED_AT_ONCE: u32 = 200;

/// A file that has been looked at and stored, and is about to become an attachment.
#[derive(Clone, Debug)]
pub struct Uploaded {
    /// What devices will see.
    pub attachment: Attachment,
    /// What its bytes are stored under.
    pub file: String,
    /// What its small image is, where there is one.
    pub thumbnail: Option<String>,
    /// SHA-256 of what was uploaded, in hexadecimal.
    pub hash: String,
}

impl Actor {
    /// Whether the caller may upload `size` bytes as `id`. Answers what was uploaded as `id` before.
    ///
    /// # Errors
    /// A conflict when somebody else has used the id; a refusal when the caller has uploaded too much.
    pub async fn may_upload(&self, id: AttachmentId, size: u64) -> Result<Option<Stored>, Error> {
        let mut tx = self.service.read().await?;
        access::live(&mut tx, self.caller).await?;
        let first = uploaded_before(&mut tx, self.caller, id).await?;
        if first.is_none() {
            within_quota(&mut tx, self.caller, size).await?;
        }
        Ok(first)
    }

    /// Notes that bytes are about to be stored under `file`, so that they are deleted should nothing come of it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn expect_file(&self, file: String) -> Result<(), Error> {
        self.service
            .write(move |tx| {
                async move {
                    let due_at = tx.now() + CUT_OFF_AFTER;
                    Ok(attachments::expect(tx, &file, due_at).await?)
                }
                .boxed()
            })
            .await
    }

    /// Makes an attachment of what is stored now. The same id again gets the first result, and what was stored the second
    /// time is left over.
    ///
    /// # Errors
    /// As [`Self::may_upload`]; a conflict when the same id was used for other bytes.
    pub async fn keep_upload(&self, uploaded: Uploaded) -> Result<Attachment, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| keep(tx, caller, uploaded).boxed())
            .await
    }

    /// An attachment, for whoever may see the message that has it; before it has one, for whoever uploaded it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for everybody else.
    pub async fn attachment(&self, id: AttachmentId) -> Result<Stored, Error> {
        let mut tx = self.service.read().await?;
        access::live(&mut tx, self.caller).await?;
        let nothing = || Error::NotFound(Thing::File);
        let stored = attachments::get(&mut tx, id).await?.ok_or_else(nothing)?;
        match stored.message {
            Some((thread, seq)) => {
                let user = self.caller.user;
                // Whoever has left a group may still see what was said until then, if its history is kept, and so its
                // files.
                let sight = sights::of(&mut tx, thread, user).await?;
                let is_seen = sight.is_some_and(|sight| sight.contains(seq));
                if is_seen && !hidden::is_hidden(&mut tx, user, thread, seq).await? {
                    Ok(stored)
                } else {
                    Err(nothing())
                }
            }
            None if stored.owner == self.caller.user => Ok(stored),
            None => Err(nothing()),
        }
    }
}

impl Service {
    /// Bytes that may be deleted: of messages that were deleted, and of uploads that no message has had for `unused_for`.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn leftovers(&self, unused_for: Duration) -> Result<Vec<String>, Error> {
        self.write(move |tx| {
            async move {
                let before = tx.now() - unused_for;
                attachments::remove_unused(tx, before, CLEARED_AT_ONCE).await?;
                Ok(attachments::due(tx, CLEARED_AT_ONCE).await?)
            }
            .boxed()
        })
        .await
    }

    /// Bytes that were left over are deleted.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn file_deleted(&self, file: String) -> Result<(), Error> {
        self.write(move |tx| async move { Ok(attachments::forget(tx, &file).await?) }.boxed())
            .await
    }

    /// Bytes that were about to be stored will not be used after all.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn file_unused(&self, file: String) -> Result<(), Error> {
        self.write(move |tx| async move { Ok(attachments::hasten(tx, &file).await?) }.boxed())
            .await
    }
}

/// What the caller uploaded as `id` before.
async fn uploaded_before(tx: &mut Tx, caller: Caller, id: AttachmentId) -> Result<Option<Stored>, Error> {
    match attachments::get(tx, id).await? {
        Some(stored) if stored.owner != caller.user => Err(Error::Conflict(Conflict::AttachmentId)),
        found => Ok(found),
    }
}

async fn within_quota(tx: &mut Tx, caller: Caller, size: u64) -> Result<(), Error> {
    let since = tx.now() - A_DAY;
    let usage = attachments::usage(tx, caller.user, since).await?;
    if let Some(reason) = too_much(usage, size) {
        return Err(Error::Quota { reason });
    }
    if usage.unused >= limits::UPLOADS_UNUSED_MAX {
        return Err(Error::Quota {
            reason: format!(
                "{} files that you uploaded wait to be sent. Send some of them first.",
                usage.unused
            ),
        });
    }
    Ok(())
}

/// Why `size` more bytes are too many for a day, in a sentence.
fn too_much(usage: Usage, size: u64) -> Option<String> {
    let is_over = usage.bytes.saturating_add(size) > limits::UPLOAD_BYTES_A_DAY;
    is_over.then(|| {
        format!(
            "You have uploaded or forwarded {} GB in 24 hours, which is the most. Send this file tomorrow.",
            limits::UPLOAD_BYTES_A_DAY >> 30
        )
    })
}

async fn keep(tx: &mut Tx, caller: Caller, uploaded: Uploaded) -> Result<Attachment, Error> {
    let Uploaded {
        attachment,
        file,
        thumbnail,
        hash,
    } = uploaded;
    access::live(tx, caller).await?;
    if let Some(first) = uploaded_before(tx, caller, attachment.id).await? {
        attachments::hasten(tx, &file).await?;
        return first.same_as(&hash);
    }
    within_quota(tx, caller, attachment.size).await?;
    attachments::forget(tx, &file).await?;
    let stored = Stored {
        attachment,
        owner: caller.user,
        file,
        thumbnail,
        hash,
        message: None,
    };
    attachments::insert(tx, &stored).await?;
    Ok(stored.attachment)
}

impl Stored {
    /// The attachment, if the same bytes are being uploaded again.
    ///
    /// # Errors
    /// A conflict when they are others.
    pub fn same_as(self, hash: &str) -> Result<Attachment, Error> {
        if self.hash == hash {
            Ok(self.attachment)
        } else {
            Err(Error::Conflict(Conflict::AttachmentId))
        }
    }
}

const FIELD: &str = "attachments";

/// The files that a message shall bring, which are the caller's and no message has.
pub(super) async fn to_send(
    tx: &mut Tx,
    caller: Caller,
    ids: &[AttachmentId],
) -> Result<Vec<Attachment>, Error> {
    each_once(ids)?;
    let mut files: Vec<Attachment> = Vec::with_capacity(ids.len());
    for id in ids {
        let stored = attachments::get(tx, *id).await?;
        let mine = stored.filter(|stored| stored.owner == caller.user && stored.message.is_none());
        files.push(mine.ok_or(Error::NotFound(Thing::File))?.attachment);
    }
    Ok(files)
}

/// Copies of the files of a message that the caller may see, under `ids`, for a message that shall bring them.
///
/// A copy has a record of its own and shares the bytes: who may open it follows from the message that brings it, and the
/// bytes are left over once the last record of them is gone.
pub(super) async fn to_copy(
    tx: &mut Tx,
    caller: Caller,
    from: Origin,
    ids: &[AttachmentId],
) -> Result<Vec<Attachment>, Error> {
    each_once(ids)?;
    let mut source = access::message(tx, caller, from.thread, from.seq).await?;
    hidden::cover(tx, caller.user, from.thread, std::slice::from_mut(&mut source)).await?;
    let originals = match &source.content {
        Content::Files { attachments, .. } => attachments,
        Content::Deleted | Content::Hidden => {
            return Err(Error::Invalid {
                field: "files_of",
                reason: "This message was deleted, and its files with it: they can't be forwarded any more."
                    .to_owned(),
            });
        }
        Content::Text { .. } | Content::Notice { .. } | Content::Unknown => {
            return Err(Error::Invalid {
                field: "files_of",
                reason: "This message has no files that could be forwarded.".to_owned(),
            });
        }
    };
    if originals.len() != ids.len() {
        return Err(Error::Invalid {
            field: FIELD,
            reason: format!(
                "Give exactly as many ids as the message has files: {}.",
                originals.len()
            ),
        });
    }
    let since = tx.now() - A_DAY;
    let usage = attachments::usage(tx, caller.user, since).await?;
    if let Some(reason) = too_much(usage, originals.iter().map(|file| file.size).sum()) {
        // Not as an upload is refused: to be asked to wait would hold up all that the device has to send.
        return Err(Error::Invalid { field: FIELD, reason });
    }
    let mut copies = Vec::with_capacity(ids.len());
    for (original, id) in originals.iter().zip(ids) {
        if attachments::get(tx, *id).await?.is_some() {
            return Err(Error::Conflict(Conflict::AttachmentId));
        }
        let original = attachments::get(tx, original.id).await?;
        let mut copy = original.ok_or(Error::NotFound(Thing::File))?;
        copy.attachment.id = *id;
        copy.owner = caller.user;
        copy.message = None;
        attachments::insert(tx, &copy).await?;
        copies.push(copy.attachment);
    }
    Ok(copies)
}

/// A message has few files, and each once.
fn each_once(ids: &[AttachmentId]) -> Result<(), Error> {
    if ids.len() > limits::ATTACHMENTS_MAX {
        return Err(Error::Invalid {
            field: FIELD,
            reason: format!(
                "A message brings at most {} files. Send the others with another one.",
                limits::ATTACHMENTS_MAX
            ),
        });
    }
    let mut seen = HashSet::with_capacity(ids.len());
    if !ids.iter().all(|id| seen.insert(*id)) {
        return Err(Error::Invalid {
            field: FIELD,
            reason: "The same file is attached twice. Attach it once.".to_owned(),
        });
    }
    Ok(())
}

/// Gives the files of a message that was just stored to it.
pub(super) async fn attach(tx: &mut Tx, message: &Message) -> Result<(), Error> {
    if let Content::Files {
        attachments: files, ..
    } = &message.content
    {
        for (place, file) in files.iter().enumerate() {
            if !attachments::attach(tx, message.sender, file.id, message, place).await? {
                return Err(Error::NotFound(Thing::File));
            }
        }
    }
    Ok(())
}
