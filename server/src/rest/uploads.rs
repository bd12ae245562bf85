//! Files on their way in: the body of a request becomes an attachment.

use axum::{
    Json,
    body::BodyDataStream,
    extract::{Request, State},
};
use futures_util::{StreamExt, TryStreamExt};
use http::{HeaderMap, header};
use tidings_protocol::{
    ApiError, Attachment, AttachmentId, ErrorCode, FileName, NewUpload, Peaks, TextError, limits,
};
use tokio::time::timeout;
use uuid::Uuid;

use super::input::{Asked, Named};
use crate::{
    error::{Refusal, tell},
    files::{FileError, inspect::Hints, picture::PictureError, staging::Staged},
    service::{Caller, Uploaded},
    site::Site,
};

/// Takes a file in, whole. The same id with the same bytes again gets the first result, so that a device that missed the
/// answer asks again.
pub async fn put(
    State(site): State<Site>,
    caller: Caller,
    Named(id): Named<AttachmentId>,
    Asked(new): Asked<NewUpload>,
    request: Request,
) -> Result<Json<Attachment>, Refusal> {
    let announced = announced(request.headers());
    let mut body = request.into_body().into_data_stream();
    match begin(&site, caller, id, &new, announced).await {
        Ok(begun) => {
            let staged = site.files.receive(body.by_ref()).await;
            drop(begun.slot);
            let staged = match staged {
                Ok(staged) => staged,
                Err(error) => return Err(refuse(&mut body, site.files.max_bytes, refusal(&error)).await),
            };
            if let Some(first) = begun.first {
                return Ok(Json(first.same_as(&staged.hash)?));
            }
            let name = FileName::tidy(&new.name);
            // Whoever goes away now finds it done when they ask again.
            let keeping = tokio::spawn(keep(site, caller, id, staged, name, begun.hints));
            keeping.await.map_err(|_| Refusal::internal())?.map(Json)
        }
        Err(error) => Err(refuse(&mut body, site.files.max_bytes, error).await),
    }
}

/// What is known before the first byte.
struct Begun {
    first: Option<crate::store::attachments::Stored>,
    hints: Hints,
    slot: crate::files::Slot,
}

async fn begin(
    site: &Site,
    caller: Caller,
    id: AttachmentId,
    new: &NewUpload,
    announced: Option<u64>,
) -> Result<Begun, Refusal> {
    site.rate_limits.command(caller.user)?;
    let hints = hints(new).map_err(|error| Refusal(ApiError::from(error).about("peaks")))?;
    let size = announced.unwrap_or(0);
    if size > site.files.max_bytes {
        return Err(refusal(&FileError::TooLarge));
    }
    let first = site.service.actor(caller).may_upload(id, size).await?;
    let slot = site.files.slot(caller.user).map_err(|error| refusal(&error))?;
    Ok(Begun { first, hints, slot })
}

async fn keep(
    site: Site,
    caller: Caller,
    id: AttachmentId,
    staged: Staged,
    name: FileName,
    hints: Hints,
) -> Result<Attachment, Refusal> {
    let inspected = site.files.inspect(staged, name, hints).await;
    let inspected = inspected.map_err(|error| refusal(&error))?;
    let actor = site.service.actor(caller);
    let file = Uuid::now_v7().simple().to_string();
    actor.expect_file(file.clone()).await?;
    let thumbnail = inspected
        .thumbnail
        .as_ref()
        .map(|small| small.media_type.to_owned());
    let stored = async {
        site.files.storage.put(&file, inspected.file.path()).await?;
        match inspected.thumbnail {
            Some(small) => site.files.storage.put_thumbnail(&file, small.bytes).await,
            None => Ok(()),
        }
    };
    let kept = match stored.await {
        Ok(()) => {
            let attachment = Attachment {
                id,
                name: inspected.name,
                media_type: inspected.media_type,
                size: inspected.size,
                kind: inspected.kind,
            };
            let uploaded = Uploaded {
                attachment,
                file: file.clone(),
                thumbnail,
                hash: inspected.hash,
            };
            actor.keep_upload(uploaded).await.map_err(Refusal::from)
        }
        Err(error) => Err(refusal(&error)),
    };
    if kept.is_err()
        && let Err(error) = site.service.file_unused(file).await
    {
        tracing::debug!(%error, "a file that is not used will be deleted later");
    }
    kept
}

fn hints(new: &NewUpload) -> Result<Hints, TextError> {
    Ok(Hints {
        duration_ms: new.duration_ms,
        peaks: new.peaks.as_deref().map_or(Ok(Peaks::default()), str::parse)?,
    })
}

/// How many bytes are said to come.
fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads what still comes, up to `most`, so that the refusal is heard: browsers report a broken line instead when they
/// are answered while they speak.
async fn refuse(body: &mut BodyDataStream, most: u64, refusal: Refusal) -> Refusal {
    let mut left = most;
    while let Ok(Ok(Some(chunk))) = timeout(limits::UPLOAD_STALLS_AFTER, body.try_next()).await {
        left = left.saturating_sub(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if left == 0 {
            break;
        }
    }
    refusal
}

/// What the outside is told of a file that was not taken.
fn refusal(error: &FileError) -> Refusal {
    let megabytes = limits::FILE_MAX_BYTES >> 20;
    let (code, message) = match error {
        FileError::BrokenOff => (
            ErrorCode::BadRequest,
            "The file did not arrive whole. Send it again.".to_owned(),
        ),
        FileError::TooLarge => (
            ErrorCode::TooLarge,
            format!("The file is too large: at most {megabytes} MB."),
        ),
        FileError::Empty => (
            ErrorCode::Invalid,
            "The file is empty. Choose one that has something in it.".to_owned(),
        ),
        FileError::Picture(PictureError::TooManyPixels) => (
            ErrorCode::Invalid,
            format!(
                "The picture has more than {} million pixels. Make it smaller, or send it in a ZIP file.",
                limits::IMAGE_MAX_PIXELS / 1_000_000
            ),
        ),
        FileError::Picture(PictureError::Damaged(cause)) => {
            tracing::debug!(cause, "a picture can't be read");
            (
                ErrorCode::Invalid,
                "The picture is damaged. Send it in a ZIP file to send it as it is.".to_owned(),
            )
        }
        FileError::NotARecording => (
            ErrorCode::Invalid,
            format!(
                "This is no recording of at most {} minutes.",
                limits::VOICE_MAX.as_secs() / 60
            ),
        ),
        FileError::TooMany => {
            let error = ApiError::new(
                ErrorCode::RateLimited,
                format!("{} files are being uploaded already.", limits::UPLOADS_AT_ONCE),
            );
            return Refusal(error.retry_after(1));
        }
        FileError::Full => return crate::service::Error::Store(crate::store::Error::Full).into(),
        FileError::Storage(cause) => {
            return Refusal(tell(&crate::service::Error::Internal(format!(
                "the storage of files failed: {cause}"
            ))));
        }
    };
    Refusal(ApiError::new(code, message).about("file"))
}
