//! Images: decoded within limits, turned upright, written anew without what a camera notes, and made small.
//!
//! Whoever looks at a picture here runs no decoder on what somebody made by hand: PNG and JPEG are written from their
//! pixels. GIF and WebP may move, so they are copied part by part, and only what is needed to show them ([`gif`],
//! [`webp`]).

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Cursor, Write},
    path::Path,
};

use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
    metadata::Orientation,
};
use tempfile::NamedTempFile;
use thiserror::Error;
use tidings_protocol::limits;

use super::{gif, sniff::Picture, webp};

/// Memory that the pixels of one image may take, in bytes: [`limits::IMAGE_MAX_PIXELS`] with four bytes each, and room
/// for the decoder.
pub const MEMORY_MAX: u64 = 256 * 1024 * 1024;

/// Longest description of colours that is kept, in bytes. In a PNG it is compressed, so that a small file could carry one
/// that fills the memory of whoever looks at it; those of printers, the largest there are, are below.
const COLOURS_MAX_BYTES: usize = 4 * 1024 * 1024;

/// Of the image itself: no difference can be seen.
const QUALITY: u8 = 90;

/// Of the small one.
const SMALL_QUALITY: u8 = 80;

/// Why an image can't be taken as one.
#[derive(Debug, Error)]
pub enum PictureError {
    /// More pixels than [`limits::IMAGE_MAX_PIXELS`], or more memory than [`MEMORY_MAX`].
    #[error("it has too many pixels")]
    TooManyPixels,
    /// It breaks off, or is not what its beginning says.
    #[error("it can't be read: {0}")]
    Damaged(String),
}

/// What was made of an image.
#[derive(Debug)]
pub struct Made {
    /// The image, upright and without anything but what it shows.
    pub file: NamedTempFile,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// A small one, if it is larger than that.
    pub thumbnail: Option<Thumbnail>,
}

/// A small image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// What its bytes are.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Looks at the picture in `source`, and makes what may be shown of it in `folder`.
///
/// # Errors
/// `Ok(Err(…))` for a picture that can't be taken, `Err(…)` when this machine fails.
pub fn make(folder: &Path, source: &Path, picture: Picture) -> io::Result<Result<Made, PictureError>> {
    let mut decoded = match decode(source, picture)? {
        Ok(decoded) => decoded,
        Err(error) => return Ok(Err(error)),
    };
    let is_upright = decoded.orientation == Orientation::NoTransforms;
    decoded.image.apply_orientation(decoded.orientation);
    let mut file = NamedTempFile::new_in(folder)?;
    let written = match picture {
        Picture::Gif => copied(&mut file, gif::copy(&std::fs::read(source)?)),
        Picture::WebP if is_upright => copied(&mut file, webp::copy(&std::fs::read(source)?)),
        Picture::Png | Picture::Jpeg | Picture::WebP => {
            write(&mut file, &decoded.image, picture, decoded.colours)
        }
    };
    match written {
        Ok(()) => {}
        Err(image::ImageError::IoError(error)) => return Err(error),
        Err(error) => return Ok(Err(damaged(&error))),
    }
    Ok(Ok(Made {
        file,
        width: decoded.image.width(),
        height: decoded.image.height(),
        thumbnail: thumbnail(&decoded.image),
    }))
}

struct Decoded {
    image: DynamicImage,
    orientation: Orientation,
    /// What its colours mean.
    colours: Option<Vec<u8>>,
}

fn decode(source: &Path, picture: Picture) -> io::Result<Result<Decoded, PictureError>> {
    let format = match picture {
        Picture::Png => ImageFormat::Png,
        Picture::Jpeg => ImageFormat::Jpeg,
        Picture::Gif => ImageFormat::Gif,
        Picture::WebP => ImageFormat::WebP,
    };
    let mut reader = ImageReader::with_format(BufReader::new(File::open(source)?), format);
    let mut allowed = Limits::default();
    allowed.max_alloc = Some(MEMORY_MAX);
    reader.limits(allowed);
    let mut decoder = match reader.into_decoder() {
        Ok(decoder) => decoder,
        Err(error) => return Ok(Err(damaged(&error))),
    };
    let (width, height) = decoder.dimensions();
    // Before a single pixel is: the file only says how many there will be.
    if u64::from(width) * u64::from(height) > limits::IMAGE_MAX_PIXELS || decoder.total_bytes() > MEMORY_MAX {
        return Ok(Err(PictureError::TooManyPixels));
    }
    // What can't be read of these is as good as not there.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let colours = decoder.icc_profile().ok().flatten();
    let colours = colours.filter(|colours| colours.len() <= COLOURS_MAX_BYTES);
    Ok(match DynamicImage::from_decoder(decoder) {
        Ok(image) => Ok(Decoded {
            image,
            orientation,
            colours,
        }),
        Err(error) => Err(damaged(&error)),
    })
}

fn damaged(error: &image::ImageError) -> PictureError {
    match error {
        image::ImageError::Limits(_) => PictureError::TooManyPixels,
        other => PictureError::Damaged(other.to_string()),
    }
}

fn copied(file: &mut NamedTempFile, bytes: Option<Vec<u8>>) -> image::ImageResult<()> {
    let bytes = bytes.ok_or_else(|| {
        image::ImageError::Decoding(image::error::DecodingError::new(
            image::error::ImageFormatHint::Unknown,
            "its parts can't be told apart",
        ))
    })?;
    Ok(file.write_all(&bytes)?)
}

fn write(
    file: &mut NamedTempFile,
    image: &DynamicImage,
    picture: Picture,
    colours: Option<Vec<u8>>,
) -> image::ImageResult<()> {
    let mut writer = BufWriter::new(file);
    match picture {
        Picture::Jpeg => encode(
            JpegEncoder::new_with_quality(&mut writer, QUALITY),
            &without_alpha(image),
            colours,
        ),
        Picture::WebP => encode(
            WebPEncoder::new_lossless(&mut writer),
            &DynamicImage::ImageRgba8(image.to_rgba8()),
            colours,
        ),
        Picture::Png | Picture::Gif => encode(PngEncoder::new(&mut writer), image, colours),
    }?;
    Ok(writer.flush()?)
}

fn encode(
    mut encoder: impl ImageEncoder,
    image: &DynamicImage,
    colours: Option<Vec<u8>>,
) -> image::ImageResult<()> {
    if let Some(colours) = colours
        && encoder.set_icc_profile(colours).is_err()
    {
        tracing::debug!("the colour profile of an image can't be kept");
    }
    image.write_with_encoder(encoder)
}

fn without_alpha(image: &DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageLuma8(_) => image.clone(),
        _ => DynamicImage::ImageRgb8(image.to_rgb8()),
    }
}

/// A small image, if there is use for one.
fn thumbnail(image: &DynamicImage) -> Option<Thumbnail> {
    let side = limits::THUMBNAIL_SIDE;
    if image.width() <= side && image.height() <= side {
        return None;
    }
    let small = image.thumbnail(side, side);
    let see_through =
        small.color().has_alpha() && small.to_rgba8().pixels().any(|pixel| pixel.0[3] < u8::MAX);
    let mut bytes = Cursor::new(Vec::new());
    let (media_type, written) = if see_through {
        let small = DynamicImage::ImageRgba8(small.to_rgba8());
        ("image/png", small.write_with_encoder(PngEncoder::new(&mut bytes)))
    } else {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, SMALL_QUALITY);
        ("image/jpeg", without_alpha(&small).write_with_encoder(encoder))
    };
    written.ok()?;
    Some(Thumbnail {
        media_type,
        bytes: bytes.into_inner(),
    })
}

#[cfg(test)]
mod tests;
