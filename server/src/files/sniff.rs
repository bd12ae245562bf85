//! What bytes are, told by the bytes alone.

/// How many of the first bytes are looked at.
pub const LOOKED_AT: usize = 8 * 1024;

/// What nothing is known of.
pub const UNKNOWN: &str = "application/octet-stream";

/// The media type of a file that begins with `head`.
#[must_use]
pub fn media_type(head: &[u8]) -> &'static str {
    match infer::get(head) {
        // It takes any text that begins with some tags for a page. No such thing is ever shown as what it is.
        Some(kind) => kind.mime_type(),
        None if is_text(head) => "text/plain",
        None => UNKNOWN,
    }
}

/// The pictures that every browser shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// Lossless.
    Png,
    /// Of cameras.
    Jpeg,
    /// Often moving.
    Gif,
    /// All of these.
    WebP,
}

impl Picture {
    /// The picture of that media type.
    #[must_use]
    pub fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "image/png" => Some(Self::Png),
            "image/jpeg" => Some(Self::Jpeg),
            "image/gif" => Some(Self::Gif),
            "image/webp" => Some(Self::WebP),
            _ => None,
        }
    }
}

/// What a browser plays without anything in it being run.
#[must_use]
pub fn is_recording(media_type: &str) -> bool {
    matches!(
        media_type,
        "audio/mpeg"
            | "audio/m4a"
            | "audio/mp4"
            | "audio/aac"
            | "audio/ogg"
            | "audio/opus"
            | "audio/webm"
            | "audio/x-wav"
            | "audio/wav"
            // Containers that hold sound as well as pictures, and don't say which at their beginning.
            | "video/webm"
            | "video/mp4"
            | "application/ogg"
            | "video/ogg"
    )
}

/// What the sound of a recording is, whose container may be one of pictures too.
#[must_use]
pub fn as_sound(media_type: &str) -> &str {
    match media_type {
        "audio/m4a" | "video/mp4" => "audio/mp4",
        "video/webm" => "audio/webm",
        "application/ogg" | "video/ogg" => "audio/ogg",
        other => other,
    }
}

/// Whether a page may show or play this, so that it needs to know what it is.
#[must_use]
pub fn is_shown_or_played(media_type: &str) -> bool {
    Picture::of(media_type).is_some() || (media_type.starts_with("audio/") && is_recording(media_type))
}

/// UTF-8 without control characters other than those of lines. The last character may be cut.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && head.len() >= LOOKED_AT => {
            std::str::from_utf8(head.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_say_what_a_file_is_whatever_it_is_called() {
        for (head, expected) in [
            (&b"\x89PNG\r\n\x1a\n"[..], "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"GIF89a", "image/gif"),
            (b"%PDF-1.7", "application/pdf"),
            (b"PK\x03\x04", "application/zip"),
            (b"MZ\x90\x00", "application/vnd.microsoft.portable-executable"),
            (b"Dear all,\n\tthis is a letter.", "text/plain"),
            ("Grüße".as_bytes(), "text/plain"),
            (b"\x00\x01\x02", UNKNOWN),
            (b"caf\xe9", UNKNOWN),
        ] {
            assert_eq!(media_type(head), expected, "{head:?}");
        }
    }

    #[test]
    fn nothing_that_runs_is_shown_or_played() {
        for head in [
            &b"<!DOCTYPE html><script>alert(1)</script>"[..],
            b"<html><body onload=alert(1)>",
            b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
            b"<svg onload=alert(1)>",
            b"%PDF-1.7",
            b"#!/bin/sh\n",
        ] {
            let media_type = media_type(head);
            assert!(!is_shown_or_played(media_type), "{media_type}");
        }
        assert!(is_shown_or_played("image/png") && is_shown_or_played("audio/mp4"));
        assert!(!is_shown_or_played("image/svg+xml") && !is_shown_or_played("video/mp4"));
    }

    #[test]
    fn a_text_may_be_cut_within_a_character() {
        let mut head = "x".repeat(LOOKED_AT - 1).into_bytes();
        head.push("é".as_bytes()[0]);
        assert_eq!(media_type(&head), "text/plain");
        assert_eq!(media_type(&head[LOOKED_AT - 3..]), UNKNOWN);
    }
}
