//! Pictures that announce more pixels than there is memory for are refused by what they say of themselves, before any of
//! it is taken.
//!
//! One test in a program of its own, because it looks at what the whole process has ever taken.

#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "what a test relies on is part of the test"
)]

#[path = "support/bombs.rs"]
mod bombs;

use image::ImageFormat;
use tidings_server::files::{
    picture::{self, PictureError},
    sniff::Picture,
};

/// What looking at one may add to the most that the process has ever taken: a thousandth of what the pixels would.
const MORE_MAX: u64 = 16 * 1024 * 1024;

/// The most that this process has ever had: of addresses, and of memory behind them.
fn most() -> [u64; 2] {
    let status = std::fs::read_to_string("/proc/self/status").expect("the kernel says");
    ["VmPeak:", "VmHWM:"].map(|name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kibibytes: u64 = kibibytes.expect("a number").trim().parse().expect("a number");
        kibibytes * 1024
    })
}

/// What is made of a picture, and its bytes.
fn look_at(bytes: &[u8], picture: Picture) -> Result<Vec<u8>, PictureError> {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source");
    std::fs::write(&source, bytes).expect("it is written");
    let made = picture::make(folder.path(), &source, picture).expect("the disk works")?;
    Ok(std::fs::read(made.file.path()).expect("it is there"))
}

#[test]
fn a_picture_that_announces_too_much_costs_nothing() {
    // What is needed to look at any picture is taken once.
    for (format, picture) in [
        (ImageFormat::Png, Picture::Png),
        (ImageFormat::Jpeg, Picture::Jpeg),
        (ImageFormat::Gif, Picture::Gif),
        (ImageFormat::WebP, Picture::WebP),
    ] {
        look_at(&bombs::picture(format), picture).expect("a picture");
    }
    for (name, bytes, picture) in [
        ("png", bombs::png(), Picture::Png),
        ("gif", bombs::gif(), Picture::Gif),
        ("jpeg", bombs::jpeg(), Picture::Jpeg),
        ("webp", bombs::webp(), Picture::WebP),
        ("lossless webp", bombs::lossless_webp(), Picture::WebP),
    ] {
        let before = most();
        let refused = look_at(&bytes, picture);
        let after = most();
        assert!(
            matches!(refused, Err(PictureError::TooManyPixels)),
            "{name}: {refused:?}"
        );
        for (before, after) in before.into_iter().zip(after) {
            assert!(after - before < MORE_MAX, "{name}: {} bytes more", after - before);
        }
    }
    nobody_gets_endless_colours();
    // It is the measure that could be wrong: a picture that is within the limit is seen by it.
    let before = most();
    look_at(&bombs::picture_of(6_000, 6_000, ImageFormat::Png), Picture::Png).expect("a picture");
    let more = most()
        .into_iter()
        .zip(before)
        .map(|(after, before)| after - before);
    assert!(more.into_iter().all(|more| more > MORE_MAX));
}

/// A description of colours that fills the memory of whoever reads it is not passed on, and one that is not is.
fn nobody_gets_endless_colours() {
    let bomb = bombs::png_with_colours(48 * 1024 * 1024);
    assert!(bomb.len() < 256 * 1024, "{}", bomb.len());
    let [_, before] = most();
    let made = look_at(&bomb, Picture::Png).expect("a picture");
    let [_, after] = most();
    assert!(made.len() < 1024, "{}", made.len());
    assert!(
        after - before < picture::MEMORY_MAX,
        "{} bytes more",
        after - before
    );
    let usual = look_at(&bombs::png_with_colours(3_000), Picture::Png).expect("a picture");
    assert!(usual.windows(4).any(|name| name == b"iCCP"));
}
