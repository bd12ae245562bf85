//! How large a picture is, by what its file says at its beginning.
//!
//! Only to spare somebody an upload that will be refused: the server looks for itself. So what can't be read here is no
//! error, and nothing is checked that is not needed to find the two numbers.

/// So much of a file is looked at, in bytes. JPEG has its size after what cameras and programs add, which can be several
/// parts of up to 64 KiB each.
pub const HEAD_BYTES: u32 = 256 * 1024;

/// Width and height in pixels; `None` if these are not the first bytes of a PNG, JPEG, GIF or WebP.
#[must_use]
pub fn dimensions(head: &[u8]) -> Option<(u32, u32)> {
    png(head)
        .or_else(|| jpeg(head))
        .or_else(|| gif(head))
        .or_else(|| webp(head))
}

fn png(head: &[u8]) -> Option<(u32, u32)> {
    let rest = head.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let is_header = rest.get(4..8)? == b"IHDR";
    let side = |at: usize| Some(u32::from_be_bytes(bytes(rest, at)?));
    is_header.then_some((side(8)?, side(12)?))
}

fn gif(head: &[u8]) -> Option<(u32, u32)> {
    let rest = head
        .strip_prefix(b"GIF89a")
        .or_else(|| head.strip_prefix(b"GIF87a"))?;
    let side = |at: usize| Some(u32::from(u16::from_le_bytes(bytes(rest, at)?)));
    Some((side(0)?, side(2)?))
}

fn jpeg(head: &[u8]) -> Option<(u32, u32)> {
    let mut rest = head.strip_prefix(b"\xff\xd8")?;
    loop {
        let marker = *rest.strip_prefix(b"\xff")?.first()?;
        match marker {
            // Any number of these may come before a marker.
            0xff => rest = rest.get(1..)?,
            // Markers without anything to them.
            0x01 | 0xd0..=0xd7 => rest = rest.get(2..)?,
            // A frame (ITU T.81, B.2.2); the three are tables, an extension and conditions for arithmetic coding.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let side = |at: usize| Some(u32::from(u16::from_be_bytes(bytes(rest, at)?)));
                return Some((side(7)?, side(5)?));
            }
            // The pixels, or the end: no frame came before them.
            0xd9 | 0xda => return None,
            _ => {
                let length = usize::from(u16::from_be_bytes(bytes(rest, 2)?));
                rest = rest.get(2 + length..)?;
            }
        }
    }
}

fn webp(head: &[u8]) -> Option<(u32, u32)> {
    let rest = head.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WEBP")?;
    let kind: [u8; 4] = bytes(rest, 0)?;
    let part = rest.get(8..)?;
    match &kind {
        // Without the two bits above each side, which say how to scale it (RFC 6386, 9.1).
        b"VP8 " => {
            let side = |at: usize| Some(u32::from(u16::from_le_bytes(bytes(part, at)?) & 0x3fff));
            (part.get(3..6)? == b"\x9d\x01\x2a").then_some((side(6)?, side(8)?))
        }
        // Fourteen bits each, less one (RFC 9649, 3.4).
        b"VP8L" => {
            let sides = u32::from_le_bytes(bytes(part.strip_prefix(b"\x2f")?, 0)?);
            Some(((sides & 0x3fff) + 1, (sides >> 14 & 0x3fff) + 1))
        }
        // Three bytes each, less one (RFC 9649, 2.7).
        b"VP8X" => {
            let side = |at: usize| {
                let [a, b, c] = bytes(part, at)?;
                Some(u32::from_le_bytes([a, b, c, 0]) + 1)
            };
            Some((side(4)?, side(7)?))
        }
        _ => None,
    }
}

fn bytes<const N: usize>(of: &[u8], at: usize) -> Option<[u8; N]> {
    of.get(at..at.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x27\x10\0\0\x17\x70";
    const GIF: &[u8] = b"GIF89a\x10\x27\x70\x17\xf7\0\0";
    /// With what a camera adds, a table, fill bytes, and then the frame.
    const JPEG: &[u8] =
        b"\xff\xd8\xff\xe1\0\x08Exif\0\0\xff\xc4\0\x03\0\xff\xff\xc2\0\x11\x08\x17\x70\x27\x10\x03";
    const LOSSY: &[u8] = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\x30\x01\0\x9d\x01\x2a\x10\x67\x70\x17";
    /// 9999 and 5999, one less than the sides.
    const LOSSLESS: &[u8] = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x0f\xe7\xdb\x05";
    const EXTENDED: &[u8] = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x0f\x27\0\x6f\x17\0";

    #[test]
    fn every_kind_of_picture_says_how_large_it_is() {
        for head in [PNG, GIF, JPEG, LOSSY, LOSSLESS, EXTENDED] {
            assert_eq!(dimensions(head), Some((10_000, 6_000)), "{head:x?}");
        }
    }

    #[test]
    fn what_is_cut_off_or_no_picture_says_nothing() {
        for head in [PNG, GIF, JPEG, LOSSY, LOSSLESS, EXTENDED] {
            let least = head.len() - 4;
            for length in 0..least {
                assert_eq!(dimensions(&head[..length]), None, "{length} of {head:x?}");
            }
        }
        for head in [
            &b"%PDF-1.7"[..],
            b"\xff\xd8\xff\xda\0\x08",
            b"\xff\xd8\xff\xe1\0\0\xff\xe1\0\0",
            b"RIFF\0\0\0\0WAVEfmt ",
        ] {
            assert_eq!(dimensions(head), None, "{head:x?}");
        }
    }
}
