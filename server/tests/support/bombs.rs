//! Pictures of a few hundred bytes that announce more pixels than any machine has room for.

use std::io::Cursor;

use image::{DynamicImage, ImageEncoder, ImageFormat, codecs::png::PngEncoder};

/// Pixels on each side that a bomb announces, where its format can say so.
pub const SIDE: u32 = 50_000;

/// A small picture in a format.
pub fn picture(format: ImageFormat) -> Vec<u8> {
    picture_of(8, 8, format)
}

/// A picture of a size in a format, not all of it of one colour.
pub fn picture_of(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = image::RgbImage::from_fn(width, height, |x, y| {
        let shade = |n: u32| u8::try_from(n % 251).unwrap_or_default();
        image::Rgb([shade(x * 7), shade(y * 5), shade(x * y)])
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image)
        .write_to(&mut bytes, format)
        .expect("it is written");
    bytes.into_inner()
}

/// One chunk of a PNG.
pub fn png_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("short").to_be_bytes();
    let mut sum = flate2::Crc::new();
    sum.update(name);
    sum.update(body);
    [&length, &name[..], body, &sum.sum().to_be_bytes()].concat()
}

/// Where the first chunk of a PNG ends: after the signature, and a header of 13 bytes.
pub const PNG_HEADER_END: usize = 8 + 12 + 13;

/// A PNG.
pub fn png() -> Vec<u8> {
    let plain = picture(ImageFormat::Png);
    let side = SIDE.to_be_bytes();
    let header = [&side, &side, &plain[24..29]].concat();
    [
        &plain[..8],
        &png_chunk(b"IHDR", &header),
        &plain[PNG_HEADER_END..],
    ]
    .concat()
}

/// A GIF, whose screen and whose one frame are that large.
pub fn gif() -> Vec<u8> {
    let [low, high, ..] = SIDE.to_le_bytes();
    let side = [low, high, low, high];
    [
        b"GIF89a",
        &side[..],
        b"\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0",
        &side,
        b"\0\x02\x02\x44\x01\0\x3b",
    ]
    .concat()
}

/// A JPEG.
pub fn jpeg() -> Vec<u8> {
    let mut bytes = picture(ImageFormat::Jpeg);
    let frame = bytes
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .expect("a frame");
    let [.., high, low] = SIDE.to_be_bytes();
    bytes[frame + 5..frame + 9].copy_from_slice(&[high, low, high, low]);
    bytes
}

fn webp_of(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (name, bytes) in chunks {
        body.extend_from_slice(*name);
        body.extend_from_slice(&u32::try_from(bytes.len()).expect("short").to_le_bytes());
        body.extend_from_slice(bytes);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    let length = u32::try_from(body.len()).expect("short").to_le_bytes();
    [&b"RIFF"[..], &length, &body].concat()
}

/// A WebP whose canvas is that large.
pub fn webp() -> Vec<u8> {
    let [a, b, c, _] = (SIDE - 1).to_le_bytes();
    let small = picture(ImageFormat::WebP);
    webp_of(&[
        (b"VP8X", &[0, 0, 0, 0, a, b, c, a, b, c]),
        (b"VP8L", &small[20..]),
    ])
}

/// A WebP without a canvas of its own, with 16,383 pixels on each side, which is about as much as it can announce.
pub fn lossless_webp() -> Vec<u8> {
    let sides = (16_382_u32 | 16_382 << 14).to_le_bytes();
    webp_of(&[(b"VP8L", &[&[0x2f], &sides[..], &[0; 64]].concat())])
}

/// A small PNG whose description of colours is a thousand times longer than its bytes.
pub fn png_with_colours(length: usize) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(vec![0; length]).expect("it can have one");
    encoder
        .write_image(&[7; 4 * 4 * 3], 4, 4, image::ExtendedColorType::Rgb8)
        .expect("it is written");
    bytes.into_inner()
}
