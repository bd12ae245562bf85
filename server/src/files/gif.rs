//! A GIF, copied part by part: its frames and their timing, and nothing else.
//!
//! What is left out: comments, texts, what programs note (XMP among it), and whatever follows the end.

/// The parts of `bytes` that show something; `None` if it shows nothing.
#[must_use]
pub fn copy(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Rest(bytes);
    let mut copy = Vec::with_capacity(bytes.len());
    let header = rest.take(SCREEN)?;
    copy.extend_from_slice(header);
    copy.extend_from_slice(rest.take(colours(*header.get(10)?))?);
    let mut frames = 0;
    // One that breaks off shows what there is, as browsers do.
    while let Some(part) = rest.part() {
        match part {
            Part::Frame(bytes) => {
                frames += 1;
                copy.extend_from_slice(bytes);
            }
            Part::Timing(bytes) => copy.extend_from_slice(bytes),
            Part::Other => {}
        }
    }
    copy.push(END);
    (frames > 0).then_some(copy)
}

/// Bytes of the header and of the description of the screen.
const SCREEN: usize = 13;
/// Introduces what is not a frame.
const EXTENSION: u8 = 0x21;
/// How long a frame stays.
const CONTROL: u8 = 0xf9;
/// What a program notes.
const APPLICATION: u8 = 0xff;
/// Introduces a frame.
const FRAME: u8 = 0x2c;
/// Ends the file.
const END: u8 = 0x3b;
/// Programs whose notes say how often to repeat.
const REPEATS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

enum Part<'a> {
    Frame(&'a [u8]),
    Timing(&'a [u8]),
    Other,
}

/// Bytes of the table of colours that `flags` announce.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        return 0;
    }
    3 << ((flags & 7) + 1)
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next whole part. Nothing at the end, and at what is no part.
    fn part(&mut self) -> Option<Part<'a>> {
        let start = self.0;
        match *self.take(1)?.first()? {
            EXTENSION => {
                let label = *self.take(1)?.first()?;
                let blocks = self.blocks()?;
                let bytes = start.get(..start.len() - self.0.len())?;
                let repeats = REPEATS.iter().any(|name| blocks.get(1..12) == Some(*name));
                Some(match label {
                    CONTROL => Part::Timing(bytes),
                    // Its name, one block of five bytes, and the end: longer ones would be notes of other kinds.
                    APPLICATION if repeats && blocks.len() <= 18 => Part::Timing(bytes),
                    _ => Part::Other,
                })
            }
            FRAME => {
                let place = self.take(9)?;
                self.take(colours(*place.last()?))?;
                // The size of codes.
                self.take(1)?;
                self.blocks()?;
                start.get(..start.len() - self.0.len()).map(Part::Frame)
            }
            _ => None,
        }
    }

    /// Blocks, each after its length, up to the empty one.
    fn blocks(&mut self) -> Option<&'a [u8]> {
        let start = self.0;
        loop {
            let length = *self.take(1)?.first()?;
            if length == 0 {
                return start.get(..start.len() - self.0.len());
            }
            self.take(length.into())?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00";
    const REPEAT: &[u8] = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00";
    const TIMING: &[u8] = b"\x21\xf9\x04\x00\x0a\x00\x00\x00";
    const PIXEL: &[u8] = b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00";

    #[test]
    fn frames_and_their_timing_stay_and_all_else_goes() {
        let noted = [
            HEAD,
            b"\x21\xfe\x06secret\x00",
            REPEAT,
            b"\x21\xff\x0bXMP DataXMP\x05where\x00",
            TIMING,
            PIXEL,
            TIMING,
            PIXEL,
            b"\x3b<script>alert(1)</script>PK\x03\x04",
        ]
        .concat();
        let plain = [HEAD, REPEAT, TIMING, PIXEL, TIMING, PIXEL, b"\x3b"].concat();
        assert_eq!(copy(&noted), Some(plain.clone()));
        assert_eq!(copy(&plain), Some(plain));
    }

    #[test]
    fn one_that_breaks_off_shows_what_there_is_and_none_breaks_the_copier() {
        let whole = [HEAD, TIMING, PIXEL, PIXEL, b"\x3b"].concat();
        for length in 0..whole.len() {
            let copied = copy(&whole[..length]);
            assert_eq!(
                copied.is_some(),
                length >= HEAD.len() + TIMING.len() + PIXEL.len(),
                "{length}"
            );
        }
        assert_eq!(copy(&[HEAD, b"\x3b"].concat()), None);
    }
}
