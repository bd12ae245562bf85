//! In how many parts a message comes.
//!
//! The library puts a message together and says nothing of its parts, and each costs work however small it is. So they
//! are counted below it, by their headers (RFC 6455, 5.2), as their bytes are read.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use thiserror::Error;
use tidings_protocol::limits;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Longest header of a frame, in bytes: two, eight for the length, four for the mask.
const HEADER_MAX_BYTES: usize = 14;

/// A message has more parts than [`limits::MESSAGE_MAX_PARTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a message in too many parts")]
pub(super) struct TooManyParts;

impl TooManyParts {
    /// Whether this is why reading failed.
    pub(super) fn is_in(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|error| error.is::<Self>())
    }
}

/// A stream of frames whose parts are counted as they are read. Reading fails with [`TooManyParts`] where one too many
/// begins, and not before: what came ahead of it counts.
#[derive(Debug)]
pub(in super::super) struct Counted<S> {
    stream: S,
    counter: Counter,
}

impl<S> Counted<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            counter: Counter::default(),
        }
    }

    /// The stream itself, for what is no frame any more.
    pub(super) fn uncounted(&mut self) -> &mut S {
        &mut self.stream
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.counter.is_exceeded {
            return Poll::Ready(Err(io::Error::other(TooManyParts)));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        let fit = self.counter.read(read);
        if fit == 0 && self.counter.is_exceeded {
            // Nothing at all would look like the end of the stream.
            return Poll::Ready(Err(io::Error::other(TooManyParts)));
        }
        buffer.set_filled(before + fit);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Follows a stream of frames. What is no frame is the library's to refuse.
#[derive(Debug, Default)]
struct Counter {
    /// The header that is being read.
    header: [u8; HEADER_MAX_BYTES],
    known: usize,
    /// Bytes of the payload that are still to come.
    payload: u64,
    /// Parts so far of the message that is being read.
    parts: u32,
    /// A message has had too many, and what follows is not looked at.
    is_exceeded: bool,
}

impl Counter {
    /// How many of these bytes come before a part too many: all, as long as there is none.
    fn read(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..)
            && let Some(first) = rest.first()
        {
            if self.payload > 0 {
                let skipped = usize::try_from(self.payload)
                    .unwrap_or(usize::MAX)
                    .min(rest.len());
                self.payload -= skipped as u64;
                at += skipped;
                continue;
            }
            self.header[self.known] = *first;
            self.known += 1;
            if self.known >= 2 && self.known == header_bytes(self.header[1]) {
                self.frame_begins();
                if self.is_exceeded {
                    return at;
                }
            }
            at += 1;
        }
        at
    }

    /// A header is complete.
    fn frame_begins(&mut self) {
        const LAST: u8 = 0x80;
        const CONTROL: u8 = 0x08;
        let header = std::mem::take(&mut self.header);
        self.known = 0;
        self.payload = payload_bytes(&header);
        if header[0] & CONTROL != 0 {
            return;
        }
        self.parts += 1;
        self.is_exceeded = self.parts > limits::MESSAGE_MAX_PARTS;
        if header[0] & LAST != 0 {
            self.parts = 0;
        }
    }
}

/// How long a header is, by its second byte.
fn header_bytes(second: u8) -> usize {
    const MASKED: u8 = 0x80;
    let length = match second & !MASKED {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    2 + length + if second & MASKED == 0 { 0 } else { 4 }
}

/// How long the payload after a header is.
fn payload_bytes(header: &[u8; HEADER_MAX_BYTES]) -> u64 {
    let [_, second, length @ .., _, _, _, _] = *header;
    match second & 0x7f {
        126 => u16::from_be_bytes([length[0], length[1]]).into(),
        127 => u64::from_be_bytes(length),
        short => short.into(),
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::limits::MESSAGE_MAX_PARTS;

    use super::*;

    /// A masked frame, as a device would send it.
    fn frame(first: u8, payload: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload {
            0..126 => bytes.push(0x80 | payload as u8),
            126..0x1_0000 => {
                bytes.push(0x80 | 126);
                bytes.extend((payload as u16).to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend((payload as u64).to_be_bytes());
            }
        }
        // A payload that looks like headers must not be taken for some.
        bytes.extend([0; 4]);
        bytes.extend(std::iter::repeat_n(0, payload));
        bytes
    }

    fn message(parts: u32, payload: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in 1..=parts {
            let first = if number == 1 { 1 } else { 0 };
            let last = if number == parts { 0x80 } else { 0 };
            bytes.extend(frame(first | last, payload));
            // A ping between two parts is none.
            bytes.extend(frame(0x89, 5));
        }
        bytes
    }

    /// Reads it in pieces of a size, and says whether all of it fits.
    fn fits(bytes: &[u8], size: usize) -> bool {
        let mut counter = Counter::default();
        bytes.chunks(size).all(|piece| counter.read(piece) == piece.len())
    }

    #[test]
    fn a_message_may_have_so_many_parts_however_they_are_cut_up() {
        for payload in [0, 1, 125, 126, 300, 70_000] {
            let good = message(MESSAGE_MAX_PARTS, payload);
            let twice = [good.clone(), good].concat();
            let bad = message(MESSAGE_MAX_PARTS + 1, payload);
            for size in [1, 2, 3, 7, 4096, usize::MAX] {
                if payload > 1_000 && size < 7 {
                    continue;
                }
                assert!(fits(&twice, size), "{payload} bytes, {size} at once");
                assert!(!fits(&bad, size), "{payload} bytes, {size} at once");
            }
        }
    }

    #[test]
    fn what_comes_before_a_part_too_many_is_read() {
        let good = message(3, 10);
        let bad = message(MESSAGE_MAX_PARTS + 1, 0);
        let mut counter = Counter::default();
        let fit = counter.read(&[good.clone(), bad].concat());
        assert!(counter.is_exceeded);
        assert!(fit > good.len(), "{fit}");
    }

    #[test]
    fn a_length_that_no_memory_has_is_only_counted() {
        let mut counter = Counter::default();
        let endless = [&[0x81, 0xff][..], &[0xff; 8], &[0; 4], &[1; 1000]].concat();
        assert_eq!(counter.read(&endless), endless.len());
        assert_eq!(counter.payload, u64::MAX - 1000);
    }
}
