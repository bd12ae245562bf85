//! Files on their way out: only for who may see the message, in parts if asked, and never as anything that runs.

use std::ops::{Bound, Range};

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use axum_extra::headers::{ETag, HeaderMapExt, IfNoneMatch, IfRange, Range as RangeHeader};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use tidings_protocol::AttachmentId;

use super::input::{Asked, Named};
use crate::{
    error::Refusal,
    files::{FileError, sniff, storage::Object},
    service::{self, Caller},
    site::Site,
    store::attachments::Stored,
};

/// Nothing in a file is to run, whatever a browser takes it for.
const SANDBOX: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'; sandbox",
);

/// Kept by the person's browser, which asks each time whether it may still show it.
const ASK_EACH_TIME: HeaderValue = HeaderValue::from_static("private, no-cache");

/// How a file is wanted.
#[derive(Deserialize)]
pub struct Way {
    /// Present: to be saved, never shown.
    download: Option<String>,
}

/// A file.
pub async fn whole(
    State(site): State<Site>,
    caller: Caller,
    Named(id): Named<AttachmentId>,
    Asked(way): Asked<Way>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let stored = site.service.actor(caller).attachment(id).await?;
    let media_type = stored.attachment.media_type.clone();
    let sent = Sent {
        object: Object::Whole,
        size: stored.attachment.size,
        in_place: sniff::Picture::of(&media_type).is_some() && way.download.is_none(),
        is_told: sniff::is_shown_or_played(&media_type) && way.download.is_none(),
        media_type,
        etag: format!("\"{id}\""),
    };
    answer(&site, &stored, sent, &headers).await
}

/// The small image of a picture; of a picture that is small itself, that.
pub async fn thumbnail(
    State(site): State<Site>,
    caller: Caller,
    Named(id): Named<AttachmentId>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let stored = site.service.actor(caller).attachment(id).await?;
    let media_type = stored.attachment.media_type.clone();
    let sent = match &stored.thumbnail {
        Some(media_type) => Sent {
            object: Object::Thumbnail,
            size: site
                .files
                .storage
                .size(&stored.file, Object::Thumbnail)
                .await
                .map_err(|error| lost(&error))?,
            in_place: true,
            is_told: true,
            media_type: media_type.clone(),
            etag: format!("\"{id}-small\""),
        },
        None if sniff::Picture::of(&media_type).is_some() => Sent {
            object: Object::Whole,
            size: stored.attachment.size,
            in_place: true,
            is_told: true,
            media_type,
            etag: format!("\"{id}\""),
        },
        None => return Err(service::Error::NotFound(service::error::Thing::File).into()),
    };
    answer(&site, &stored, sent, &headers).await
}

/// What is sent.
struct Sent {
    object: Object,
    size: u64,
    /// Whether a browser that is led to it shows it, and does not save it. Pages play recordings all the same.
    in_place: bool,
    /// Whether it is said what it is.
    is_told: bool,
    media_type: String,
    etag: String,
}

async fn answer(site: &Site, stored: &Stored, sent: Sent, asked: &HeaderMap) -> Result<Response, Refusal> {
    let etag: ETag = sent.etag.parse().map_err(|_| Refusal::internal())?;
    let mut headers = HeaderMap::new();
    headers.typed_insert(etag.clone());
    headers.insert(header::CACHE_CONTROL, ASK_EACH_TIME);
    let known = asked.typed_get::<IfNoneMatch>();
    if known.is_some_and(|known| !known.precondition_passes(&etag)) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // Whatever is neither shown nor played is given without saying what it is: no browser or helper opens it by itself.
    let media_type = if sent.is_told {
        &sent.media_type
    } else {
        sniff::UNKNOWN
    };
    let media_type = HeaderValue::try_from(media_type).map_err(|_| Refusal::internal())?;
    headers.insert(header::CONTENT_TYPE, media_type);
    let disposition = disposition(stored.attachment.name.as_str(), sent.in_place);
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::try_from(disposition).map_err(|_| Refusal::internal())?,
    );
    let may_be_part = asked
        .typed_get::<IfRange>()
        .is_none_or(|known| !known.is_modified(Some(&etag), None));
    let wanted = asked.typed_get::<RangeHeader>().filter(|_| may_be_part);
    let (status, part) = match wanted.map_or(Part::Whole, |wanted| part(&wanted, sent.size)) {
        Part::Whole => (StatusCode::OK, None),
        Part::Of(range) => {
            let place = format!("bytes {}-{}/{}", range.start, range.end - 1, sent.size);
            headers.insert(
                header::CONTENT_RANGE,
                HeaderValue::try_from(place).map_err(|_| Refusal::internal())?,
            );
            (StatusCode::PARTIAL_CONTENT, Some(range))
        }
        Part::Nowhere => {
            let place = HeaderValue::try_from(format!("bytes */{}", sent.size));
            headers.insert(header::CONTENT_RANGE, place.map_err(|_| Refusal::internal())?);
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
    };
    let length = part.as_ref().map_or(sent.size, |range| range.end - range.start);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let bytes = site.files.storage.get(&stored.file, sent.object, part).await;
    let bytes = bytes.map_err(|error| lost(&error))?;
    Ok((status, headers, Body::from_stream(bytes)).into_response())
}

/// The storage does not give what it was given to keep.
fn lost(error: &FileError) -> Refusal {
    tracing::error!(%error, "a file can't be read from the storage");
    Refusal::internal()
}

/// Which part of a file is sent.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Of(Range<u64>),
    Nowhere,
}

/// One part is sent as it was asked for. Several are answered with all, as is allowed (RFC 9110, 14.2).
fn part(wanted: &RangeHeader, size: u64) -> Part {
    let mut parts = wanted.satisfiable_ranges(size);
    let (first, second) = (parts.next(), parts.next());
    let Some((from, to)) = first else {
        return Part::Nowhere;
    };
    if second.is_some() {
        return Part::Whole;
    }
    let start = match from {
        Bound::Included(start) => start,
        Bound::Excluded(before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match to {
        Bound::Included(last) => last.saturating_add(1),
        Bound::Excluded(end) => end,
        Bound::Unbounded => size,
    };
    let end = end.min(size);
    if start < end {
        Part::Of(start..end)
    } else {
        Part::Nowhere
    }
}

/// How a file is to be treated and called (RFC 6266): the name twice, for those that read only ASCII and for the others.
fn disposition(name: &str, in_place: bool) -> String {
    let kind = if in_place { "inline" } else { "attachment" };
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' => '_',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '_',
        })
        .collect();
    let mut whole = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                whole.push(char::from(byte))
            }
            _ => whole.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &'static str, size: u64) -> Part {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static(value));
        let wanted = headers.typed_get::<RangeHeader>();
        wanted.map_or(Part::Whole, |wanted| part(&wanted, size))
    }

    #[test]
    fn a_part_is_what_was_asked_for_and_is_there() {
        assert_eq!(asked("bytes=0-0", 10), Part::Of(0..1));
        assert_eq!(asked("bytes=2-", 10), Part::Of(2..10));
        assert_eq!(asked("bytes=-3", 10), Part::Of(7..10));
        assert_eq!(asked("bytes=5-99", 10), Part::Of(5..10));
        assert_eq!(asked("bytes=10-", 10), Part::Nowhere);
        assert_eq!(asked("bytes=0-1,4-5", 10), Part::Whole);
        assert_eq!(asked("pages=1-2", 10), Part::Whole);
    }

    #[test]
    fn a_name_can_not_leave_its_header() {
        assert_eq!(
            disposition("a\"; x=\"b\r\n.pdf", false),
            "attachment; filename=\"a_; x=_b__.pdf\"; filename*=UTF-8''a%22%3B%20x%3D%22b%0D%0A.pdf"
        );
        assert_eq!(
            disposition("é.png", true),
            "inline; filename=\"_.png\"; filename*=UTF-8''%C3%A9.png"
        );
    }
}
