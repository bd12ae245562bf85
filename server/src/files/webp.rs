//! A WebP, copied chunk by chunk: its pixels, its frames and its colours, and nothing else.
//!
//! What is left out: EXIF, XMP, chunks that nobody knows, and whatever follows the end.

/// The chunks of `bytes` that show something; `None` if it shows nothing.
#[must_use]
pub fn copy(bytes: &[u8]) -> Option<Vec<u8>> {
    let (head, rest) = bytes.split_at_checked(12)?;
    if head.get(..4)? != b"RIFF" || head.get(8..)? != b"WEBP" {
        return None;
    }
    let length = usize::try_from(u32::from_le_bytes(head.get(4..8)?.try_into().ok()?)).ok()?;
    let rest = rest.get(..length.checked_sub(4)?).unwrap_or(rest);
    let mut chunks = Vec::with_capacity(rest.len());
    let shows = copy_chunks(rest, &mut chunks, Level::File);
    if !shows {
        return None;
    }
    let length = u32::try_from(chunks.len() + 4).ok()?;
    Some([b"RIFF".as_slice(), &length.to_le_bytes(), b"WEBP", &chunks].concat())
}

/// Bits of the header that announce EXIF and XMP.
const NOTES: u8 = 0x08 | 0x04;

/// Bytes of a frame before its own chunks.
const FRAME_HEAD: usize = 16;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    File,
    Frame,
}

/// Copies what shows something, and says whether anything did.
fn copy_chunks(mut rest: &[u8], copy: &mut Vec<u8>, level: Level) -> bool {
    let mut shows = false;
    while let Some((name, body, after)) = chunk(rest) {
        rest = after;
        match (name, level) {
            (b"VP8 " | b"VP8L", _) => {
                shows = true;
                push(copy, name, body);
            }
            (b"ALPH", _) | (b"ANIM" | b"ICCP", Level::File) => push(copy, name, body),
            (b"VP8X", Level::File) => {
                let mut body = body.to_vec();
                if let Some(flags) = body.first_mut() {
                    *flags &= !NOTES;
                }
                push(copy, name, &body);
            }
            (b"ANMF", Level::File) => {
                if let Some((head, inner)) = body.split_at_checked(FRAME_HEAD) {
                    let mut frame = head.to_vec();
                    if copy_chunks(inner, &mut frame, Level::Frame) {
                        shows = true;
                        push(copy, name, &frame);
                    }
                }
            }
            _ => {}
        }
    }
    shows
}

/// The next chunk: its name, what it holds, and what follows it.
fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (name, rest) = bytes.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (body, rest) = rest.split_at_checked(length)?;
    // Chunks begin at even places.
    let rest = rest.get(length % 2..).unwrap_or_default();
    Some((name, body, rest))
}

fn push(copy: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    copy.extend_from_slice(name);
    // What was read fitted, and nothing has grown.
    copy.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    copy.extend_from_slice(body);
    if body.len() % 2 == 1 {
        copy.push(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        push(&mut bytes, name, body);
        bytes
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        let chunks = chunks.concat();
        let length = u32::try_from(chunks.len() + 4).expect("small");
        [b"RIFF".as_slice(), &length.to_le_bytes(), b"WEBP", &chunks].concat()
    }

    #[test]
    fn pixels_frames_and_colours_stay_and_all_else_goes() {
        let frame_head = [7; FRAME_HEAD];
        let frame = |inner: &[Vec<u8>]| made(b"ANMF", &[&frame_head[..], &inner.concat()].concat());
        let mut noted = file(&[
            made(b"VP8X", &[0x2e, 0, 0, 0, 1, 0, 0, 1, 0, 0]),
            made(b"ICCP", b"colours"),
            made(b"ANIM", b"012345"),
            frame(&[
                made(b"ALPH", b"a"),
                made(b"VP8 ", b"pixels"),
                made(b"JUNK", b"secret"),
            ]),
            made(b"EXIF", b"where"),
            made(b"XMP ", b"who"),
            made(b"ABCD", b"what"),
        ]);
        noted.extend_from_slice(b"PK\x03\x04 and more");
        let plain = file(&[
            made(b"VP8X", &[0x22, 0, 0, 0, 1, 0, 0, 1, 0, 0]),
            made(b"ICCP", b"colours"),
            made(b"ANIM", b"012345"),
            frame(&[made(b"ALPH", b"a"), made(b"VP8 ", b"pixels")]),
        ]);
        assert_eq!(copy(&noted), Some(plain.clone()));
        assert_eq!(copy(&plain), Some(plain));
    }

    #[test]
    fn what_shows_nothing_is_refused_and_none_breaks_the_copier() {
        let whole = file(&[made(b"VP8L", b"pixels!"), made(b"EXIF", b"where")]);
        for length in 0..whole.len() {
            drop(copy(&whole[..length]));
        }
        assert_eq!(copy(&file(&[made(b"EXIF", b"where")])), None);
        assert_eq!(copy(b"RIFF\xff\xff\xff\xffWEBP"), None);
        assert_eq!(copy(b"RIFF\0\0\0\0WEBP"), None);
    }
}
