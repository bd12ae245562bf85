use image::{GenericImageView, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

const SECRET: &[u8] = b"N 52.3702 E 4.8952";

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).expect("it is written");
    bytes.into_inner()
}

/// Left half red, right half blue.
fn two_halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 {
            Rgb([250, 0, 0])
        } else {
            Rgb([0, 0, 250])
        }
    })
}

/// A photo whose camera was held upright (orientation 6) and notes where it was.
fn photo(width: u32, height: u32) -> Vec<u8> {
    let plain = encoded(two_halves(width, height), ImageFormat::Jpeg);
    let mut notes = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    notes.extend_from_slice(SECRET);
    let length = u16::try_from(notes.len() + 2).expect("short").to_be_bytes();
    [&plain[..2], b"\xff\xe1", &length, &notes, &plain[2..]].concat()
}

fn made(bytes: &[u8], picture: Picture) -> (tempfile::TempDir, Result<Made, PictureError>) {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source");
    std::fs::write(&source, bytes).expect("it is written");
    let made = make(folder.path(), &source, picture).expect("the disk works");
    (folder, made)
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_photo_stands_upright_and_tells_nothing_of_where_it_was_taken() {
    let photo = photo(60, 30);
    assert!(holds(&photo, SECRET) && holds(&photo, b"Exif"));
    let (_folder, made) = made(&photo, Picture::Jpeg);
    let made = made.expect("a picture");
    let bytes = std::fs::read(made.file.path()).expect("it is there");
    assert!(!holds(&bytes, SECRET) && !holds(&bytes, b"Exif"));
    assert_eq!((made.width, made.height), (30, 60));
    let shown = image::load_from_memory(&bytes).expect("a picture");
    assert_eq!(shown.dimensions(), (30, 60));
    // What was left is at the top when the camera is turned to the right.
    let [top, bottom] = [5, 55].map(|y| shown.get_pixel(15, y).0);
    assert!(top[0] > 200 && bottom[2] > 200, "{top:?} {bottom:?}");
}

#[test]
fn a_picture_that_is_something_else_too_is_only_a_picture_afterwards() {
    let hidden = b"<script>alert(1)</script>PK\x03\x04";
    for (format, picture) in [
        (ImageFormat::Png, Picture::Png),
        (ImageFormat::Jpeg, Picture::Jpeg),
        (ImageFormat::Gif, Picture::Gif),
        (ImageFormat::WebP, Picture::WebP),
    ] {
        let bytes = [encoded(two_halves(8, 8), format), hidden.to_vec()].concat();
        let (_folder, made) = made(&bytes, picture);
        let made = made.expect("a picture");
        let bytes = std::fs::read(made.file.path()).expect("it is there");
        assert!(
            !holds(&bytes, b"script") && !holds(&bytes, b"PK\x03\x04"),
            "{format:?}"
        );
        assert_eq!(image::guess_format(&bytes).expect("a picture"), format);
        assert_eq!(
            image::load_from_memory(&bytes).expect("a picture").dimensions(),
            (8, 8)
        );
    }
}

#[test]
fn what_would_need_too_much_memory_is_refused_by_what_it_says_of_itself() {
    // A few bytes that announce 65 535 × 65 535 pixels.
    let gif = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0\x3b";
    let (_folder, refused) = made(gif, Picture::Gif);
    assert!(matches!(refused, Err(PictureError::TooManyPixels)), "{refused:?}");
    let mut jpeg = encoded(two_halves(8, 8), ImageFormat::Jpeg);
    let frame = jpeg
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .expect("a frame");
    jpeg[frame + 5..frame + 9].fill(0xff);
    let (_folder, refused) = made(&jpeg, Picture::Jpeg);
    assert!(matches!(refused, Err(PictureError::TooManyPixels)), "{refused:?}");
}

#[test]
fn what_breaks_off_or_is_no_picture_is_refused() {
    let whole = encoded(two_halves(64, 64), ImageFormat::Png);
    for (bytes, picture) in [
        (&whole[..whole.len() / 2], Picture::Png),
        (&b"\x89PNG\r\n\x1a\n"[..], Picture::Png),
        (b"\xff\xd8\xff\xe0", Picture::Jpeg),
        (b"GIF89a", Picture::Gif),
        (b"RIFF\x04\0\0\0WEBP", Picture::WebP),
    ] {
        let (_folder, refused) = made(bytes, picture);
        assert!(
            matches!(refused, Err(PictureError::Damaged(_))),
            "{picture:?}: {refused:?}"
        );
    }
}

#[test]
fn a_large_picture_gets_a_small_one_of_the_kind_it_needs() {
    let (_folder, large) = made(&encoded(two_halves(1300, 700), ImageFormat::Png), Picture::Png);
    let small = large.expect("a picture").thumbnail.expect("a small one");
    assert_eq!(small.media_type, "image/jpeg");
    let shown = image::load_from_memory(&small.bytes).expect("a picture");
    assert_eq!(shown.width(), limits::THUMBNAIL_SIDE);
    let glass = RgbaImage::from_pixel(700, 10, Rgba([1, 2, 3, 100]));
    let (_folder, glass) = made(&encoded(glass, ImageFormat::Png), Picture::Png);
    let small = glass.expect("a picture").thumbnail.expect("a small one");
    assert_eq!(small.media_type, "image/png");
    let (_folder, small) = made(&encoded(two_halves(640, 640), ImageFormat::Png), Picture::Png);
    assert_eq!(small.expect("a picture").thumbnail, None);
}
