//! The one format of voice messages, and what a player shows of them before they are fetched.
//!
//! A WAVE file of 8-bit µ-law (ITU-T G.711), mono, 16,000 samples a second. Browsers record in formats that other
//! browsers can't play; each can decode its own, and all of them play this. It takes a megabyte a minute, as much as
//! speech needs to sound well, and duration and waveform can be read from it without a codec.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits;

/// Samples a second.
pub const SAMPLE_RATE: u32 = 16_000;

/// Bars of a waveform.
pub const PEAKS: usize = 64;

/// Media type that voice messages are stored and served under.
pub const MEDIA_TYPE: &str = "audio/wav";

/// How a file of it begins, as those of other formats may as well.
pub const MAGIC: &[u8] = b"RIFF";

/// Bytes of the longest voice message, and of a moment more.
pub const LARGEST_BYTES: u64 = (limits::VOICE_MAX.as_secs() + 1) * SAMPLE_RATE as u64 + HEADER_BYTES as u64;

/// Bytes before the samples.
const HEADER_BYTES: usize = 58;

/// Registered WAVE format of µ-law (RFC 2361, A.6).
const MU_LAW: u16 = 7;

/// G.711: added before the logarithm is taken, and the loudest that still fits after it.
const BIAS: i32 = 0x84;
const CLIP: i32 = 32_635;

/// Silence, as G.711 writes it.
const SILENCE: u8 = 0xff;

/// What is known of a recording without playing it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waveform {
    /// How long it plays, in milliseconds.
    pub duration_ms: u32,
    /// The loudest of each [`PEAKS`]-th part of it, from 0 to 255.
    pub peaks: Vec<u8>,
}

/// Why something is no voice message. The sentences are fit to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotVoice {
    /// It is in another format, or cut off.
    #[error("This is not a recording that Tidings made. Record it again")]
    Format,
    /// There is nothing to hear.
    #[error("The recording is empty. Check the microphone and record it again")]
    Empty,
    /// It is longer than [`limits::VOICE_MAX`].
    #[error("The recording is longer than 10 minutes. Send it in parts")]
    TooLong,
}

/// The file of a recording. Samples beyond −1 and 1 are cut off there.
#[must_use]
pub fn encode(samples: &[f32]) -> Vec<u8> {
    let length = u32::try_from(samples.len()).unwrap_or(u32::MAX);
    let mut file = Vec::with_capacity(HEADER_BYTES + samples.len());
    file.extend(header(length));
    file.extend(samples.iter().map(|sample| compressed(*sample)));
    file
}

/// What a file of [`encode`] holds.
///
/// # Errors
/// [`NotVoice`] for anything else.
pub fn read(file: &[u8]) -> Result<Waveform, NotVoice> {
    let (start, samples) = file.split_at_checked(HEADER_BYTES).ok_or(NotVoice::Format)?;
    let length = u32::try_from(samples.len()).map_err(|_| NotVoice::TooLong)?;
    if start != header(length) {
        return Err(NotVoice::Format);
    }
    if samples.is_empty() {
        return Err(NotVoice::Empty);
    }
    let duration = Duration::from_millis(u64::from(length) * 1000 / u64::from(SAMPLE_RATE));
    if duration > limits::VOICE_MAX {
        return Err(NotVoice::TooLong);
    }
    let part = |number: usize| number * samples.len() / PEAKS;
    let peak = |number| {
        let end = part(number + 1).max(part(number) + 1).min(samples.len());
        let samples = samples.get(part(number)..end).unwrap_or_default();
        let loudest = samples.iter().map(|sample| loudness(*sample)).max();
        loudest.unwrap_or(0)
    };
    Ok(Waveform {
        duration_ms: u32::try_from(duration.as_millis()).unwrap_or(u32::MAX),
        peaks: (0..PEAKS).map(peak).collect(),
    })
}

/// The header for so many samples: there is no other, so a file is ours if it begins with it.
fn header(length: u32) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        if let Some(place) = header.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
        at += bytes.len();
    };
    put(b"RIFF");
    put(&length.saturating_add(HEADER_BYTES as u32 - 8).to_le_bytes());
    put(b"WAVEfmt ");
    put(&18_u32.to_le_bytes());
    put(&MU_LAW.to_le_bytes());
    put(&1_u16.to_le_bytes());
    put(&SAMPLE_RATE.to_le_bytes());
    put(&SAMPLE_RATE.to_le_bytes());
    put(&1_u16.to_le_bytes());
    put(&8_u16.to_le_bytes());
    put(&0_u16.to_le_bytes());
    put(b"fact");
    put(&4_u32.to_le_bytes());
    put(&length.to_le_bytes());
    put(b"data");
    put(&length.to_le_bytes());
    header
}

/// A sample in µ-law: sign, three bits of exponent and four of mantissa, all inverted.
fn compressed(sample: f32) -> u8 {
    if sample.is_nan() {
        return SILENCE;
    }
    let level = (sample.clamp(-1.0, 1.0) * 32_767.0) as i32;
    let sign = if level < 0 { 0x80 } else { 0 };
    let biased = level.abs().min(CLIP) + BIAS;
    // Between 7 and 14, since the bias is in it.
    let exponent = biased.ilog2().saturating_sub(7);
    let mantissa = (biased >> (exponent + 3)) & 0x0f;
    !(sign | (exponent as u8) << 4 | mantissa as u8)
}

/// How loud a sample is, on a scale that looks as it sounds: µ-law's own is logarithmic.
fn loudness(sample: u8) -> u8 {
    (!sample & 0x7f) << 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(seconds: f32, level: f32) -> Vec<f32> {
        let samples = (seconds * SAMPLE_RATE as f32) as usize;
        (0..samples)
            .map(|at| level * (at as f32 * 440.0 * std::f32::consts::TAU / SAMPLE_RATE as f32).sin())
            .collect()
    }

    #[test]
    fn samples_are_compressed_as_g711_says() {
        let cases = [
            (0.0, 0xff),
            (1.0, 0x80),
            (-1.0, 0x00),
            (2.0, 0x80),
            (f32::NAN, 0xff),
            (0.25, 0x9f),
            (-0.25, 0x1f),
        ];
        for (sample, expected) in cases {
            assert_eq!(compressed(sample), expected, "{sample}");
        }
    }

    #[test]
    fn what_was_recorded_can_be_read() {
        let mut samples = tone(1.0, 0.5);
        samples.extend(tone(1.0, 0.0));
        let waveform = read(&encode(&samples)).unwrap();
        assert_eq!(waveform.duration_ms, 2_000);
        assert_eq!(waveform.peaks.len(), PEAKS);
        assert!(
            waveform.peaks[..PEAKS / 2].iter().all(|peak| *peak > 200),
            "{waveform:?}"
        );
        assert!(
            waveform.peaks[PEAKS / 2..].iter().all(|peak| *peak == 0),
            "{waveform:?}"
        );
    }

    #[test]
    fn a_blink_has_all_its_bars() {
        assert_eq!(read(&encode(&[0.9])).unwrap().peaks.len(), PEAKS);
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        let good = encode(&tone(0.1, 0.5));
        assert_eq!(read(&[]), Err(NotVoice::Format));
        assert_eq!(read(&good[..HEADER_BYTES - 1]), Err(NotVoice::Format));
        assert_eq!(read(&good[..good.len() - 1]), Err(NotVoice::Format), "cut off");
        assert_eq!(read(&encode(&[])), Err(NotVoice::Empty));
        for at in 0..HEADER_BYTES {
            let mut broken = good.clone();
            broken[at] ^= 1;
            assert_eq!(read(&broken), Err(NotVoice::Format), "byte {at}");
        }
    }

    #[test]
    fn ten_minutes_are_the_most() {
        let most = limits::VOICE_MAX.as_secs() as usize * SAMPLE_RATE as usize;
        let file = |length: usize| {
            let mut file = header(length as u32).to_vec();
            file.resize(HEADER_BYTES + length, SILENCE);
            file
        };
        assert!(read(&file(most)).is_ok());
        assert_eq!(read(&file(most + SAMPLE_RATE as usize)), Err(NotVoice::TooLong));
    }
}
