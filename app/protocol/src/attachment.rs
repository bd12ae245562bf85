//! Files that messages bring: what each is, and what it is called.

use serde::{Deserialize, Serialize};

use crate::{
    id::AttachmentId,
    limits,
    text::{TextError, is_invisible},
};

/// A file that is stored and can be, or is, part of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its identity, minted by the device that uploaded it.
    pub id: AttachmentId,
    /// What it is called.
    pub name: FileName,
    /// What its bytes are, as the server found out, such as `image/jpeg`; `application/octet-stream` when nothing is
    /// known. For choosing an icon, never for running anything.
    pub media_type: String,
    /// Bytes that a download has.
    pub size: u64,
    /// How it can be shown.
    #[serde(flatten)]
    pub kind: AttachmentKind,
}

/// How an attachment can be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AttachmentKind {
    /// To be downloaded.
    File,
    /// A picture that every browser shows: PNG, JPEG, GIF or WebP. Made by the server of what was uploaded: upright, and
    /// without what a camera notes of place, time and owner.
    Image {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
    },
    /// Something recorded to be listened to.
    Voice {
        /// How long it is, in milliseconds.
        duration_ms: u32,
        /// How loud it is along the way.
        peaks: Peaks,
    },
    /// Something from a newer peer: to be downloaded.
    #[serde(other)]
    Unknown,
}

/// Loudness over equal parts of a recording, 0 to 255: at most [`limits::VOICE_PEAKS_MAX`] values, which is what a row
/// of bars has room for.
///
/// ```
/// use tidings_protocol::Peaks;
/// let peaks: Peaks = "0,120,255".parse().unwrap();
/// assert_eq!(peaks.as_slice(), [0, 120, 255]);
/// assert!("0,256".parse::<Peaks>().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct Peaks(Vec<u8>);

impl Peaks {
    /// Checks the number of `values`.
    ///
    /// # Errors
    /// [`TextError::TooLong`].
    pub fn new(values: Vec<u8>) -> Result<Self, TextError> {
        if values.len() > limits::VOICE_PEAKS_MAX {
            return Err(TextError::TooLong {
                field: PEAKS,
                limit: limits::VOICE_PEAKS_MAX,
                unit: "values",
            });
        }
        Ok(Self(values))
    }

    /// The values from the start to the end.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

const PEAKS: &str = "The list of peaks";

impl TryFrom<Vec<u8>> for Peaks {
    type Error = TextError;
    fn try_from(values: Vec<u8>) -> Result<Self, TextError> {
        Self::new(values)
    }
}

impl From<Peaks> for Vec<u8> {
    fn from(peaks: Peaks) -> Self {
        peaks.0
    }
}

impl std::str::FromStr for Peaks {
    type Err = TextError;

    /// Numbers with commas between them, as addresses carry them.
    fn from_str(text: &str) -> Result<Self, TextError> {
        let parts = text.split(',').filter(|part| !part.is_empty());
        let values = parts.map(|part| part.parse().map_err(|_| TextError::Forbidden { field: PEAKS }));
        Self::new(values.collect::<Result<_, _>>()?)
    }
}

/// What an upload says of itself in the query of its address; its bytes are the body of the request. Nothing in it is
/// believed about what the bytes are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewUpload {
    /// What the file is called where it comes from; see [`FileName::tidy`].
    #[serde(default)]
    pub name: String,
    /// For a recording: how long it is, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u32>,
    /// For a recording: its [`Peaks`], as numbers with commas between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peaks: Option<String>,
}

/// The name of a file, made safe to show and to save under: one component of a path, without control characters or what
/// turns the direction of text, at most [`limits::FILE_NAME_MAX_BYTES`] of UTF-8.
///
/// Any text makes one, so a strange name never keeps a file from being sent:
///
/// ```
/// use tidings_protocol::FileName;
/// assert_eq!(FileName::tidy("../../etc/passwd").as_str(), "passwd");
/// assert_eq!(FileName::tidy("C:\\Users\\ana\\Plan: B?.pdf").as_str(), "Plan_ B_.pdf");
/// assert_eq!(FileName::tidy("").as_str(), "file");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct FileName(String);

/// What a file without a name is called.
const NAMELESS: &str = "file";

impl FileName {
    /// A name as close to `text` as can be.
    #[must_use]
    pub fn tidy(text: &str) -> Self {
        let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
        let shown: String = last
            .chars()
            .filter(|c| !is_invisible(*c))
            .map(|c| if is_reserved(c) { '_' } else { c })
            .collect();
        // Windows drops dots and spaces at the end, so two names that look different would be the same file. A dot at
        // the start hides a file.
        let name = shown
            .trim()
            .trim_start_matches('.')
            .trim_end_matches(['.', ' '])
            .trim_start();
        if name.is_empty() {
            return Self(NAMELESS.to_owned());
        }
        Self(shortened(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the last dot, if it looks like the mark of a kind of file.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        extension(&self.0)
    }
}

impl From<String> for FileName {
    fn from(text: String) -> Self {
        Self::tidy(&text)
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

/// Longest mark of a kind of file, in bytes.
const EXTENSION_MAX_BYTES: usize = 12;

fn extension(name: &str) -> Option<&str> {
    let (stem, extension) = name.rsplit_once('.')?;
    let fits = (1..=EXTENSION_MAX_BYTES).contains(&extension.len());
    let is_plain = extension.chars().all(|c| c.is_ascii_alphanumeric());
    (!stem.is_empty() && fits && is_plain).then_some(extension)
}

/// The name within the limit, with its extension.
fn shortened(name: &str) -> String {
    if name.len() <= limits::FILE_NAME_MAX_BYTES {
        return name.to_owned();
    }
    let end = extension(name).map_or(String::new(), |extension| format!("….{extension}"));
    let room = limits::FILE_NAME_MAX_BYTES.saturating_sub(end.len());
    let stem = name.get(..name.floor_char_boundary(room)).unwrap_or_default();
    format!("{}{end}", stem.trim_end())
}

/// What some file systems don't take in a name.
fn is_reserved(c: char) -> bool {
    matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leads_anywhere_and_shows_what_it_is() {
        for (text, tidy) in [
            ("report.pdf", "report.pdf"),
            ("  Résumé 2026 .docx ", "Résumé 2026 .docx"),
            ("/etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("..", "file"),
            ("a/..", "file"),
            ("folder/", "file"),
            (".htaccess", "htaccess"),
            ("photo.jpg. . ", "photo.jpg"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\0b\r\nc.txt", "abc.txt"),
            ("what?.png", "what_.png"),
            (" \t ", "file"),
            ("日本語.txt", "日本語.txt"),
        ] {
            assert_eq!(FileName::tidy(text).as_str(), tidy, "{text:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_beginning_and_its_extension() {
        for letter in ["a", "é", "💬"] {
            let name = FileName::tidy(&format!("{}.pdf", letter.repeat(10_000)));
            assert!(
                name.as_str().len() <= limits::FILE_NAME_MAX_BYTES,
                "{}",
                name.as_str().len()
            );
            assert!(name.as_str().starts_with(letter) && name.as_str().ends_with("….pdf"));
            assert_eq!(
                FileName::tidy(name.as_str()),
                name,
                "tidying again changes nothing"
            );
        }
        let name = FileName::tidy(&"x.".repeat(5_000));
        assert!(name.as_str().len() <= limits::FILE_NAME_MAX_BYTES);
    }

    #[test]
    fn an_extension_is_a_short_word_after_a_dot() {
        for (name, extension) in [
            ("a.tar.gz", Some("gz")),
            ("README", None),
            ("v1.2 final", None),
            ("x.averylongextension", None),
        ] {
            assert_eq!(FileName::tidy(name).extension(), extension, "{name}");
        }
    }

    #[test]
    fn peaks_are_few() {
        let row = vec!["7"; limits::VOICE_PEAKS_MAX];
        assert!(row.join(",").parse::<Peaks>().is_ok());
        assert!(format!("{},7", row.join(",")).parse::<Peaks>().is_err());
        assert_eq!("".parse::<Peaks>(), Ok(Peaks::default()));
    }
}
