//! Files that a person is about to send: what is refused before it is uploaded, and how far each has got.

mod dimensions;

use std::{collections::BTreeMap, time::Duration};

use tidings_protocol::{ApiError, Attachment, AttachmentId, AttachmentKind, FileName, Timestamp, limits};

pub use dimensions::{HEAD_BYTES, dimensions};

/// How far a file has got on its way to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upload {
    /// So many of its bytes are there. None while it waits for its turn or for the connection.
    Going(u64),
    /// It does not get on for this reason, and is tried again by itself.
    Stalled(ApiError),
    /// The server has it, and this is what it made of it.
    Done(Attachment),
    /// It was refused.
    Failed(ApiError),
}

/// All files that are on their way, or were since the page was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uploads(BTreeMap<AttachmentId, Upload>);

impl Uploads {
    /// How far a file has got; `None` if this page knows nothing of it.
    #[must_use]
    pub fn of(&self, id: AttachmentId) -> Option<&Upload> {
        self.0.get(&id)
    }

    /// Whether a file is still on its way.
    #[must_use]
    pub fn is_going(&self, id: AttachmentId) -> bool {
        matches!(self.of(id), Some(Upload::Going(_) | Upload::Stalled(_)))
    }

    /// A file has got further. What is done stays done.
    pub fn note(&mut self, id: AttachmentId, upload: Upload) {
        let is_done = matches!(self.of(id), Some(Upload::Done(_)));
        if !is_done {
            self.0.insert(id, upload);
        }
    }

    /// A file is not to be sent after all.
    pub fn forget(&mut self, id: AttachmentId) {
        self.0.remove(&id);
    }

    /// The files as the server made them, where it has; which it doesn't have yet, of those in `absent`; and how many were
    /// refused.
    #[must_use]
    pub fn sorted(
        &self,
        files: &[Attachment],
        absent: &[AttachmentId],
    ) -> (Vec<Attachment>, Vec<AttachmentId>, usize) {
        let mut waiting = Vec::new();
        let mut refused = 0;
        let known = files.iter().map(|file| match self.of(file.id) {
            Some(Upload::Done(made)) => made.clone(),
            Some(Upload::Failed(_)) => {
                refused += 1;
                file.clone()
            }
            Some(Upload::Going(_) | Upload::Stalled(_)) | None => {
                if absent.contains(&file.id) {
                    waiting.push(file.id);
                }
                file.clone()
            }
        });
        let known = known.collect();
        (known, waiting, refused)
    }

    /// Why some of these files do not get on, if the first that doesn't says so.
    #[must_use]
    pub fn stalled(&self, files: &[Attachment]) -> Option<&ApiError> {
        files.iter().find_map(|file| match self.of(file.id) {
            Some(Upload::Stalled(error)) => Some(error),
            _ => None,
        })
    }

    /// How much of these files is there, in percent; `None` when nothing of them is on its way.
    #[must_use]
    pub fn percent(&self, files: &[Attachment]) -> Option<u64> {
        let mut sent = 0;
        let mut whole = 0;
        let mut going = false;
        for file in files {
            whole += file.size;
            sent += match self.of(file.id) {
                Some(Upload::Going(sent)) => {
                    going = true;
                    (*sent).min(file.size)
                }
                Some(Upload::Stalled(_)) => {
                    going = true;
                    0
                }
                Some(Upload::Done(_)) => file.size,
                Some(Upload::Failed(_)) | None => 0,
            };
        }
        going.then(|| (sent * 100).checked_div(whole).unwrap_or(0))
    }
}

/// What can be said of a file before the server has seen it.
#[must_use]
pub fn guessed(id: AttachmentId, name: &str, media_type: &str, size: u64) -> Attachment {
    Attachment {
        id,
        name: FileName::tidy(name),
        media_type: media_type.to_owned(),
        size,
        // What it can be shown as is the server's to find out.
        kind: AttachmentKind::File,
    }
}

/// Why a file is not even uploaded, in a sentence; `sides` are those of a picture that says them, `already` are attached.
#[must_use]
pub fn refusal(name: &str, size: u64, sides: Option<(u32, u32)>, already: usize) -> Option<String> {
    let name = FileName::tidy(name);
    let name = name.as_str();
    if already >= limits::ATTACHMENTS_MAX {
        return Some(format!(
            "A message brings at most {} files. Send “{name}” with another one.",
            limits::ATTACHMENTS_MAX
        ));
    }
    if size == 0 {
        return Some(format!(
            "“{name}” is empty, or a folder. Choose a file that has something in it."
        ));
    }
    if size > limits::FILE_MAX_BYTES {
        return Some(format!(
            "“{name}” has {}. A file can have {} at most.",
            size_text(size),
            size_text(limits::FILE_MAX_BYTES)
        ));
    }
    let pixels = sides.map_or(0, |(width, height)| u64::from(width) * u64::from(height));
    if pixels > limits::IMAGE_MAX_PIXELS {
        return Some(format!(
            "“{name}” has more than {} million pixels. Make it smaller, or send it in a ZIP file.",
            limits::IMAGE_MAX_PIXELS / 1_000_000
        ));
    }
    None
}

/// Whether a file that was chosen under `id` is no longer kept at `now`, neither here nor by the server. An id says when it
/// was minted; one that does not is of nobody.
#[must_use]
pub fn is_expired(id: AttachmentId, now: Timestamp) -> bool {
    let minted = id.0.get_timestamp().map(|at| Duration::from_secs(at.to_unix().0));
    let now = Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
    minted.is_none_or(|minted| minted + limits::UPLOAD_KEPT_FOR < now)
}

/// Why a file is gone from the tray after a reload, in a sentence.
#[must_use]
pub fn lost(file: &Attachment) -> String {
    let name = file.name.as_str();
    if file.size > limits::FILE_KEPT_MAX_BYTES {
        return format!(
            "“{name}” was not uploaded yet, and is too large to be kept until it is: only files of up to {} are. Attach it \
             again.",
            size_text(limits::FILE_KEPT_MAX_BYTES)
        );
    }
    format!("“{name}” was not uploaded yet, and is no longer on this device. Attach it again.")
}

/// Why a file that waited for too long is gone from the tray, in a sentence.
#[must_use]
pub fn expired(file: &Attachment) -> String {
    let days = limits::UPLOAD_KEPT_FOR.as_secs() / (24 * 3600);
    format!(
        "“{}” was attached more than {days} days ago and is no longer kept. Attach it again.",
        file.name.as_str()
    )
}

/// What a reload would do to a file that this browser does not keep, in a sentence.
#[must_use]
pub fn unkept(file: &Attachment) -> String {
    let name = file.name.as_str();
    if file.size > limits::FILE_KEPT_MAX_BYTES {
        return format!(
            "“{name}” is larger than {}: don’t close this page before it is uploaded.",
            size_text(limits::FILE_KEPT_MAX_BYTES)
        );
    }
    format!("This browser does not keep “{name}”: don’t close this page before it is uploaded.")
}

/// What others learn from a photo or a video that is sent as it is, in a sentence; `None` for everything else. The server
/// takes what cameras note out of the pictures that it knows how to write.
#[must_use]
pub fn keeps_metadata(uploaded: &Attachment) -> Option<String> {
    let is_written_anew = matches!(
        uploaded.media_type.as_str(),
        "image/png" | "image/jpeg" | "image/gif" | "image/webp"
    );
    let by_camera = ["image/", "video/"]
        .iter()
        .any(|kind| uploaded.media_type.starts_with(kind));
    (by_camera && !is_written_anew && uploaded.kind == AttachmentKind::File).then(|| {
        let advice = if uploaded.media_type.starts_with("image/") {
            " A JPEG doesn’t."
        } else {
            ""
        };
        format!(
            "“{}” is sent as it is, and may tell where and when it was taken.{advice}",
            uploaded.name.as_str()
        )
    })
}

/// A size as people say it: `512 bytes`, `3 KB`, `1.4 MB`.
#[must_use]
pub fn size_text(bytes: u64) -> String {
    const KB: u64 = 1024;
    const MB: u64 = KB * KB;
    if bytes < KB {
        return format!("{bytes} bytes");
    }
    if bytes < MB {
        return format!("{} KB", bytes / KB);
    }
    let tenths = bytes * 10 / MB;
    if tenths >= 100 || tenths.is_multiple_of(10) {
        return format!("{} MB", tenths / 10);
    }
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// Longest side of an image among messages, in CSS pixels.
const SHOWN_SIDE: u32 = 320;

/// How large an image is shown among messages: known before it is loaded, so that nothing moves when it is.
#[must_use]
pub fn shown_size(width: u32, height: u32) -> (u32, u32) {
    let longer = width.max(height).max(1);
    if longer <= SHOWN_SIDE {
        return (width.max(1), height.max(1));
    }
    let scaled = |side: u32| {
        let side = u64::from(side) * u64::from(SHOWN_SIDE) / u64::from(longer);
        u32::try_from(side).unwrap_or(SHOWN_SIDE).max(1)
    };
    (scaled(width), scaled(height))
}

/// Where a file is.
#[must_use]
pub fn address(id: AttachmentId) -> String {
    format!("/api/v1/files/{id}")
}

#[cfg(test)]
mod tests {
    use tidings_protocol::ErrorCode;
    use uuid::Uuid;

    use super::*;

    fn file(number: u128, size: u64) -> Attachment {
        guessed(
            AttachmentId(Uuid::from_u128(number)),
            "a.pdf",
            "application/pdf",
            size,
        )
    }

    #[test]
    fn what_can_not_be_sent_is_said_before_it_is_uploaded() {
        assert_eq!(refusal("a.pdf", 1, None, 0), None);
        assert_eq!(
            refusal("a.pdf", limits::FILE_MAX_BYTES, None, limits::ATTACHMENTS_MAX - 1),
            None
        );
        assert_eq!(refusal("a.png", 1, Some((10_000, 5_000)), 0), None);
        let too_many = refusal("a.png", 1, Some((u32::MAX, u32::MAX)), 0).expect("a refusal");
        assert!(too_many.contains("“a.png” has more than 50 million pixels"));
        assert!(refusal("a.png", 1, Some((10_000, 5_001)), 0).is_some());
        let refused = |size, already| refusal("../a.pdf", size, None, already).expect("a refusal");
        assert!(refused(0, 0).contains("“a.pdf” is empty"));
        assert!(refused(limits::FILE_MAX_BYTES + 1, 0).contains("100 MB"));
        assert!(refused(1, limits::ATTACHMENTS_MAX).contains("at most 10 files"));
    }

    #[test]
    fn a_photo_that_is_not_written_anew_may_tell_of_its_making() {
        let of = |media_type: &str| guessed(AttachmentId(Uuid::from_u128(1)), "a", media_type, 1);
        assert!(keeps_metadata(&of("image/heif")).is_some());
        assert!(keeps_metadata(&of("video/quicktime")).is_some());
        assert_eq!(keeps_metadata(&of("application/pdf")), None);
        assert_eq!(keeps_metadata(&of("image/png")), None);
    }

    #[test]
    fn what_is_not_kept_is_named_with_the_reason() {
        let (small, large) = (file(1, 7), file(2, limits::FILE_KEPT_MAX_BYTES + 1));
        for (sentence, reason) in [
            (lost(&small), "no longer on this device"),
            (lost(&large), "up to 25 MB"),
            (unkept(&small), "does not keep"),
            (unkept(&large), "larger than 25 MB"),
            (expired(&small), "more than 3 days ago"),
        ] {
            assert!(
                sentence.contains("“a.pdf”") && sentence.contains(reason),
                "{sentence}"
            );
        }
    }

    #[test]
    fn sizes_read_as_people_say_them() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1024, "1 KB"),
            (1024 * 1024 - 1, "1023 KB"),
            (1024 * 1024, "1 MB"),
            (1_500_000, "1.4 MB"),
            (100 * 1024 * 1024, "100 MB"),
        ] {
            assert_eq!(size_text(bytes), text);
        }
    }

    #[test]
    fn an_image_keeps_its_shape_however_large_it_is() {
        assert_eq!(shown_size(100, 50), (100, 50));
        assert_eq!(shown_size(4000, 3000), (320, 240));
        assert_eq!(shown_size(3000, 4000), (240, 320));
        assert_eq!(shown_size(50_000, 1), (320, 1));
        assert_eq!(shown_size(u32::MAX, u32::MAX), (320, 320));
        assert_eq!(shown_size(0, 0), (1, 1));
    }

    #[test]
    fn files_are_sorted_by_how_far_they_have_got() {
        let files = [file(1, 100), file(2, 100), file(3, 200)];
        let mut uploads = Uploads::default();
        assert_eq!(uploads.percent(&files), None);
        let made = Attachment {
            media_type: "image/png".to_owned(),
            ..files[0].clone()
        };
        uploads.note(files[0].id, Upload::Going(60));
        uploads.note(files[0].id, Upload::Done(made.clone()));
        uploads.note(files[0].id, Upload::Going(10));
        uploads.note(files[1].id, Upload::Going(20));
        assert_eq!(uploads.percent(&files), Some(30));
        let (known, waiting, refused) = uploads.sorted(&files, &[files[1].id, files[2].id]);
        assert_eq!((known[0].clone(), refused), (made, 0));
        assert_eq!(waiting, [files[1].id, files[2].id]);
        uploads.note(
            files[1].id,
            Upload::Failed(ApiError::new(ErrorCode::TooLarge, "")),
        );
        assert_eq!(uploads.sorted(&files, &[]).2, 1);
        assert_eq!(uploads.sorted(&files, &[]).1, [], "what is there needs no upload");
        uploads.forget(files[1].id);
        assert_eq!(uploads.of(files[1].id), None);
    }
}
