//! What a file turns out to be.

use std::{fs::File, io::Read, path::Path, time::Duration};

use tempfile::NamedTempFile;
use tidings_protocol::{AttachmentKind, FileName, Peaks, limits, voice};

use super::{
    FileError,
    picture::{self, Thumbnail},
    sniff::{self, Picture},
    staging::Staged,
};

/// What a device says of a recording, which only it can know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// How long it is, in milliseconds; without it, it is no recording.
    pub duration_ms: Option<u32>,
    /// How loud it is along the way.
    pub peaks: Peaks,
}

/// A file that has been looked at, as it is to be kept.
#[derive(Debug)]
pub struct Inspected {
    /// The bytes.
    pub file: NamedTempFile,
    /// How many there are.
    pub size: u64,
    /// SHA-256 of what was uploaded, in hexadecimal.
    pub hash: String,
    /// What it is called.
    pub name: FileName,
    /// What it is.
    pub media_type: String,
    /// How it can be shown.
    pub kind: AttachmentKind,
    /// A small image of it.
    pub thumbnail: Option<Thumbnail>,
}

/// How much longer a recording may be than it should: the last moment is cut off late.
const LENIENCE: Duration = Duration::from_secs(5);

/// Looks at a file that has arrived. Takes as long as it takes: not for an async thread.
///
/// # Errors
/// As [`super::Files::inspect`].
pub fn inspect(folder: &Path, staged: Staged, name: FileName, hints: Hints) -> Result<Inspected, FileError> {
    let Staged { file, size, hash } = staged;
    let mut head = Vec::with_capacity(sniff::LOOKED_AT);
    let most = u64::try_from(sniff::LOOKED_AT).unwrap_or(u64::MAX);
    File::open(file.path())?.take(most).read_to_end(&mut head)?;
    let media_type = sniff::media_type(&head);
    if let Some(waveform) = recorded(file.path(), size)? {
        return Ok(Inspected {
            file,
            size,
            hash,
            name,
            media_type: voice::MEDIA_TYPE.to_owned(),
            kind: AttachmentKind::Voice {
                duration_ms: waveform.duration_ms,
                peaks: Peaks::new(waveform.peaks).unwrap_or_default(),
            },
            thumbnail: None,
        });
    }
    if let Some(duration_ms) = hints.duration_ms {
        let longest = (limits::VOICE_MAX + LENIENCE).as_millis();
        if !sniff::is_recording(media_type) || u128::from(duration_ms) > longest {
            return Err(FileError::NotARecording);
        }
        return Ok(Inspected {
            file,
            size,
            hash,
            name,
            media_type: sniff::as_sound(media_type).to_owned(),
            kind: AttachmentKind::Voice {
                duration_ms,
                peaks: hints.peaks,
            },
            thumbnail: None,
        });
    }
    let Some(picture) = Picture::of(media_type) else {
        return Ok(Inspected {
            file,
            size,
            hash,
            name,
            media_type: media_type.to_owned(),
            kind: AttachmentKind::File,
            thumbnail: None,
        });
    };
    let made = picture::make(folder, file.path(), picture)??;
    Ok(Inspected {
        size: made.file.as_file().metadata()?.len(),
        file: made.file,
        hash,
        name: named(name, picture),
        media_type: media_type.to_owned(),
        kind: AttachmentKind::Image {
            width: made.width,
            height: made.height,
        },
        thumbnail: made.thumbnail,
    })
}

/// What is recorded in a file of the format of voice messages; `None` for every other file. Of ten minutes it takes ten
/// megabytes of memory.
fn recorded(path: &Path, size: u64) -> Result<Option<voice::Waveform>, FileError> {
    if size > voice::LARGEST_BYTES {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let mut file = File::open(path)?;
    file.by_ref()
        .take(voice::MAGIC.len() as u64)
        .read_to_end(&mut bytes)?;
    if bytes != voice::MAGIC {
        return Ok(None);
    }
    file.read_to_end(&mut bytes)?;
    Ok(voice::read(&bytes).ok())
}

/// The name with an end that says what the picture is, so that no system opens it as something else.
fn named(name: FileName, picture: Picture) -> FileName {
    let ends: &[&str] = match picture {
        Picture::Png => &["png"],
        Picture::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
        Picture::Gif => &["gif"],
        Picture::WebP => &["webp"],
    };
    let fits = name
        .extension()
        .is_some_and(|end| ends.iter().any(|known| known.eq_ignore_ascii_case(end)));
    match ends.first() {
        Some(end) if !fits => FileName::tidy(&format!("{}.{end}", name.as_str())),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_called_what_it_is() {
        for (name, picture, expected) in [
            ("a.png", Picture::Png, "a.png"),
            ("a.JPEG", Picture::Jpeg, "a.JPEG"),
            ("a.html", Picture::Png, "a.html.png"),
            ("a", Picture::WebP, "a.webp"),
            ("a.png", Picture::Gif, "a.png.gif"),
        ] {
            assert_eq!(named(FileName::tidy(name), picture).as_str(), expected);
        }
    }
}
