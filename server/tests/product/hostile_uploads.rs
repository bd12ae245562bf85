//! Uploads that are made to do harm: what they are taken for, and that they come out of it harmless. The tables are played
//! through the real addresses, there and back.

use std::io::Write;

use http::{Method, StatusCode, header};
use image::ImageFormat;
use reqwest::Response;
use serde_json::json;
use tidings_protocol::{Attachment, AttachmentKind, ErrorCode, limits};

use super::attachments::{GIF, get, new_id, put};
use crate::{
    bombs,
    engine::Engine,
    support::{Person, TestServer, on_both_engines, refusal, soon},
};

on_both_engines! {
    whatever_is_uploaded_runs_nowhere
    whatever_it_is_called_it_leads_nowhere
    what_calls_itself_a_recording_is_played_as_one_or_not_at_all
    nothing_that_comes_in_is_unpacked
}

/// What would run.
const SCRIPT: &str = "<script>alert('harm')</script>";
/// A part of it that is in nothing that may be shown.
const HARM: &[u8] = b"alert('harm')";

/// What becomes of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// A picture of this type, and nothing else any more; shown in place.
    Picture(&'static str, ImageFormat),
    /// Kept as it came; told as this type, and given to be saved.
    Recording(&'static str),
    /// Kept as it came; given to be saved, without a type.
    File,
    /// Refused, with a sentence that has these words.
    Refused(&'static str),
}

const PNG: Fate = Fate::Picture("image/png", ImageFormat::Png);
const JPEG: Fate = Fate::Picture("image/jpeg", ImageFormat::Jpeg);
const AS_GIF: Fate = Fate::Picture("image/gif", ImageFormat::Gif);
const WEBP: Fate = Fate::Picture("image/webp", ImageFormat::WebP);
const DAMAGED: Fate = Fate::Refused("damaged");
const PIXELS: Fate = Fate::Refused("million pixels");

fn then(start: impl AsRef<[u8]>, end: impl AsRef<[u8]>) -> Vec<u8> {
    [start.as_ref(), end.as_ref()].concat()
}

/// A page that runs something.
fn page() -> Vec<u8> {
    format!("<!DOCTYPE html><html><body>{SCRIPT}</body></html>").into_bytes()
}

/// A drawing that runs something.
fn drawing() -> Vec<u8> {
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert('harm')\">{SCRIPT}</svg>").into_bytes()
}

/// An archive that says its one file has four gigabytes.
fn zip_bomb() -> Vec<u8> {
    let packed = packed(&vec![0; 1 << 20]);
    // Between a head of ten bytes and an end of eight is what both formats call "deflated".
    let packed = &packed[10..packed.len() - 8];
    let length = u32::try_from(packed.len()).expect("short").to_le_bytes();
    let entry = [
        b"\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0".as_slice(),
        &length,
        &u32::MAX.to_le_bytes(),
        b"\x04\0\0\0",
    ]
    .concat();
    let file = [b"PK\x03\x04", &entry[..], b"zero", packed].concat();
    let list = [b"PK\x01\x02\x14\0", &entry[..], &[0; 14], b"zero"].concat();
    let [list_length, list_start] =
        [list.len(), file.len()].map(|n| u32::try_from(n).expect("short").to_le_bytes());
    let end = [
        b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(),
        &list_length,
        &list_start,
        &[0, 0],
    ]
    .concat();
    [file, list, end].concat()
}

/// As gzip, as small as it gets.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).expect("it is written");
    packer.finish().expect("it is written")
}

/// A picture with a script in a part that shows nothing.
fn noted(format: ImageFormat) -> Vec<u8> {
    let plain = bombs::picture(format);
    match format {
        ImageFormat::Png => {
            let note = bombs::png_chunk(b"tEXt", &then(b"Comment\0", page()));
            let (head, rest) = plain.split_at(bombs::PNG_HEADER_END);
            [head, &note, rest].concat()
        }
        ImageFormat::Jpeg => {
            let page = page();
            let length = u16::try_from(page.len() + 2).expect("short").to_be_bytes();
            [&plain[..2], b"\xff\xfe", &length, &page, &plain[2..]].concat()
        }
        ImageFormat::Gif => {
            let length = u8::try_from(SCRIPT.len()).expect("short");
            let note = [b"\x21\xfe", &[length][..], SCRIPT.as_bytes(), b"\0"].concat();
            // After the screen and its two colours.
            [&GIF[..19], &note, &GIF[19..]].concat()
        }
        _ => {
            let page = page();
            let length = u32::try_from(page.len()).expect("short").to_le_bytes();
            let mut bytes = [&plain, &b"XMP "[..], &length, &page].concat();
            bytes.resize(bytes.len().next_multiple_of(2), 0);
            let length = u32::try_from(bytes.len() - 8).expect("short").to_le_bytes();
            bytes[4..8].copy_from_slice(&length);
            bytes
        }
    }
}

/// A GIF that moves for long.
fn endless_gif() -> Vec<u8> {
    let frame = &GIF[19..GIF.len() - 1];
    [&GIF[..19], &frame.repeat(5_000), b"\x3b"].concat()
}

/// A WAVE that says it has hours of sound.
fn hours() -> Vec<u8> {
    [
        b"RIFF".as_slice(),
        &u32::MAX.to_le_bytes(),
        b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data",
        &(u32::MAX - 36).to_le_bytes(),
        &page(),
    ]
    .concat()
}

/// A video's head that is long enough to be known by it, and a page.
fn webm() -> Vec<u8> {
    let mut bytes = b"\x1aE\xdf\xa3\x42\x82\x84webm".to_vec();
    bytes.resize(300, 0);
    then(bytes, page())
}

/// What scanners for viruses agree to find, in two parts so that they don't find it here.
fn eicar() -> Vec<u8> {
    then(
        r"X5O!P%@AP[4\PZX54(P^)7CC)7}$",
        "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
    )
}

/// A script in two bytes a letter, which some programs read without being told.
fn wide_page() -> Vec<u8> {
    let text = String::from_utf8(page()).expect("text");
    text.encode_utf16().fold(b"\xff\xfe".to_vec(), |bytes, letter| {
        then(bytes, letter.to_le_bytes())
    })
}

fn cut(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len() / 2].to_vec()
}

/// Name, bytes, and what becomes of them.
fn table() -> Vec<(&'static str, Vec<u8>, Fate)> {
    let [png, jpeg, gif, webp] = [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Gif,
        ImageFormat::WebP,
    ]
    .map(bombs::picture);
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        // Pictures that are something else as well.
        ("gif-and-page.gif", then(GIF, page()), AS_GIF),
        ("gif-with-note.gif", noted(ImageFormat::Gif), AS_GIF),
        ("gif-and-zip.gif", then(GIF, zip_bomb()), AS_GIF),
        ("gif-called-page.html", then(GIF, SCRIPT), AS_GIF),
        ("gif-of-5000-frames.gif", endless_gif(), AS_GIF),
        ("png-and-page.png", then(&png, page()), PNG),
        ("png-and-zip.zip", then(&png, zip_bomb()), PNG),
        ("png-with-note.svg", noted(ImageFormat::Png), PNG),
        (
            "png-with-endless-colours.png",
            bombs::png_with_colours(8 << 20),
            PNG,
        ),
        ("jpeg-and-page.php", then(&jpeg, page()), JPEG),
        ("jpeg-with-note.jpg", noted(ImageFormat::Jpeg), JPEG),
        ("jpeg-and-java.jar", then(&jpeg, zip_bomb()), JPEG),
        ("photo.jpg.exe", jpeg.clone(), JPEG),
        ("webp-and-page.webp", then(&webp, page()), WEBP),
        ("webp-with-note.hta", noted(ImageFormat::WebP), WEBP),
        // A script that begins like a picture: its letters are a size.
        (
            "script.js",
            text("GIF89a=1;alert('harm');"),
            Fate::Refused("picture"),
        ),
        ("script.gif", text("GIF89a/*\0\0\0\0*/=1;alert('harm');"), DAMAGED),
        // Pictures that announce too much.
        ("bomb.png", bombs::png(), PIXELS),
        ("bomb.gif", bombs::gif(), PIXELS),
        ("bomb.jpg", bombs::jpeg(), PIXELS),
        ("bomb.webp", bombs::webp(), PIXELS),
        ("bomb-without-canvas.webp", bombs::lossless_webp(), PIXELS),
        // Pictures that break off or never begin.
        ("cut.png", cut(&png), DAMAGED),
        ("cut.gif", cut(&gif), DAMAGED),
        ("cut.webp", cut(&webp), DAMAGED),
        ("cut.jpg", jpeg[..30].to_vec(), DAMAGED),
        ("page.png", then(b"\x89PNG\r\n\x1a\n", page()), DAMAGED),
        ("page.jpg", then(b"\xff\xd8\xff\xe0", page()), DAMAGED),
        ("page.webp", then(b"RIFF\x20\0\0\0WEBP", page()), DAMAGED),
        ("nothing.png", Vec::new(), Fate::Refused("empty")),
        // What browsers would run.
        ("page.html", page(), Fate::File),
        ("photo.png", page(), Fate::File),
        ("page-after-a-mark.jpg", then(b"\xef\xbb\xbf", page()), Fate::File),
        ("page-after-space.gif", then(b" \r\n\t\x0c", page()), Fate::File),
        (
            "page-after-a-note.txt",
            then("<!-- a note -->", page()),
            Fate::File,
        ),
        ("wide-page.txt", wide_page(), Fate::File),
        (
            "seven-bit-page.txt",
            text("+ADw-script+AD4-alert('harm')+ADw-/script+AD4-"),
            Fate::File,
        ),
        (
            "mail.mhtml",
            then("MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n", page()),
            Fate::File,
        ),
        ("drawing.svg", drawing(), Fate::File),
        ("drawing.png", drawing(), Fate::File),
        (
            "drawing-with-head.svg",
            then("<?xml version=\"1.0\"?>\n", drawing()),
            Fate::File,
        ),
        ("drawing.svgz", packed(&drawing()), Fate::File),
        (
            "styled.xml",
            text(
                "<?xml version=\"1.0\"?><?xml-stylesheet href=\"x.xsl\"?><x:script xmlns:x=\"http://www.w3.org/1999/xhtml\">alert('harm')</x:script>",
            ),
            Fate::File,
        ),
        ("script.mjs", text("alert('harm')"), Fate::File),
        (
            "worker.json",
            text("{\"a\": \"<script>alert('harm')</script>\"}"),
            Fate::File,
        ),
        // What other programs would.
        (
            "plan.pdf",
            text(
                "%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert('harm'))>>>>endobj\n%%EOF",
            ),
            Fate::File,
        ),
        ("plan.pdf.html", then("%PDF-1.7\n", page()), Fate::File),
        ("eicar.com", eicar(), Fate::File),
        ("eicar.jpg", eicar(), Fate::File),
        ("invoice.pdf.exe", then(b"MZ\x90\0", page()), Fate::File),
        ("run.sh", text("#!/bin/sh\nrm -rf ~\n"), Fate::File),
        ("film.swf", then(b"CWS\x0a", page()), Fate::File),
        ("table.csv", text("=cmd|' /C calc'!A0,1\n"), Fate::File),
        (
            "site.url",
            text("[InternetShortcut]\r\nURL=javascript:alert('harm')\r\n"),
            Fate::File,
        ),
        // What other viewers would unpack or decode.
        ("bomb.zip", zip_bomb(), Fate::File),
        ("bomb.docx", zip_bomb(), Fate::File),
        ("bomb.png.gz", packed(&vec![0; 4 << 20]), Fate::File),
        (
            "bomb.bmp",
            then(
                b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x50\xc3\0\0\x50\xc3\0\0\x01\0\x18\0",
                [0; 40],
            ),
            Fate::File,
        ),
        ("bomb.tiff", then(b"II*\0\x08\0\0\0", [0xff; 40]), Fate::File),
        ("icon.ico", then(b"\0\0\x01\0\x01\0", page()), Fate::File),
        (
            "photo.heic",
            then(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", page()),
            Fate::File,
        ),
        // Sound and pictures that move.
        (
            "song.mp3",
            then(b"ID3\x03\0\0\0\0\0\0", page()),
            Fate::Recording("audio/mpeg"),
        ),
        (
            "song.m4a",
            then(b"\0\0\0\x18ftypM4A \0\0\0\0", page()),
            Fate::Recording("audio/m4a"),
        ),
        (
            "song.ogg",
            then(b"OggS\0\x02", page()),
            Fate::Recording("audio/ogg"),
        ),
        ("hours.wav", hours(), Fate::Recording("audio/x-wav")),
        ("film.webm", webm(), Fate::File),
        (
            "film.mp4",
            then(b"\0\0\0\x18ftypisom\0\0\0\0", page()),
            Fate::File,
        ),
    ]
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn text_of(answer: &Response, name: header::HeaderName) -> String {
    let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// What is so of each file, however it is asked for.
fn is_harmless(name: &str, answer: &Response) {
    assert_eq!(answer.status(), StatusCode::OK, "{name}");
    assert_eq!(
        text_of(answer, header::X_CONTENT_TYPE_OPTIONS),
        "nosniff",
        "{name}"
    );
    let policy = text_of(answer, header::CONTENT_SECURITY_POLICY);
    let parts: Vec<_> = policy.split(';').map(str::trim).collect();
    assert!(
        parts.contains(&"sandbox") && parts.contains(&"default-src 'none'"),
        "{name}: {policy}"
    );
    assert_eq!(answer.headers().get(header::CONTENT_ENCODING), None, "{name}");
}

async fn upload_as(
    server: &TestServer,
    person: &Person,
    name: &str,
    bytes: &[u8],
) -> Result<Attachment, (ErrorCode, String)> {
    let answer = put(server, person, new_id(), name, bytes)
        // What the sender claims is not believed.
        .header(header::CONTENT_TYPE, "text/html")
        .send()
        .await
        .expect("an answer");
    if answer.status() == StatusCode::OK {
        return Ok(answer.json().await.expect("an attachment"));
    }
    let (_, error) = refusal(answer).await;
    Err((error.code, error.message))
}

async fn whatever_is_uploaded_runs_nowhere(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    let table = table();
    assert!(table.len() >= 40);
    for (name, bytes, fate) in table {
        let result = upload_as(&server, &ana, name, &bytes).await;
        let file = match (result, fate) {
            (Err((code, message)), Fate::Refused(words)) => {
                assert_eq!(code, ErrorCode::Invalid, "{name}: {message}");
                assert!(message.contains(words), "{name}: {message}");
                continue;
            }
            (Ok(file), Fate::Picture(..) | Fate::Recording(_) | Fate::File) => file,
            (result, fate) => panic!("{name}: {result:?} instead of {fate:?}"),
        };
        let answer = get(&server, &ana, &file.id.to_string()).await;
        is_harmless(name, &answer);
        let (kind, media_type) = match fate {
            Fate::Picture(media_type, _) => ("inline", media_type),
            Fate::Recording(media_type) => ("attachment", media_type),
            Fate::File | Fate::Refused(_) => ("attachment", "application/octet-stream"),
        };
        let disposition = text_of(&answer, header::CONTENT_DISPOSITION);
        assert!(
            disposition.starts_with(&format!("{kind}; ")),
            "{name}: {disposition}"
        );
        assert_eq!(text_of(&answer, header::CONTENT_TYPE), media_type, "{name}");
        let given = answer.bytes().await.expect("bytes");
        assert_eq!(given.len() as u64, file.size, "{name}");
        if let Fate::Picture(_, format) = fate {
            assert!(matches!(file.kind, AttachmentKind::Image { .. }), "{name}");
            assert!(!holds(&given, HARM) && !holds(&given, b"PK\x03\x04"), "{name}");
            assert_eq!(image::guess_format(&given).ok(), Some(format), "{name}");
            assert!(image::load_from_memory(&given).is_ok(), "{name}");
            let ends = format.extensions_str();
            let end = file.name.extension().unwrap_or_default();
            assert!(ends.contains(&end), "{name} is called {:?}", file.name);
        } else {
            assert_eq!(file.kind, AttachmentKind::File, "{name}");
            assert_eq!(
                given, bytes,
                "{name}: it is what was sent, and nothing was unpacked"
            );
        }
        let saved = get(&server, &ana, &format!("{}?download=1", file.id)).await;
        is_harmless(name, &saved);
        assert!(
            text_of(&saved, header::CONTENT_DISPOSITION).starts_with("attachment; "),
            "{name}"
        );
        assert_eq!(
            text_of(&saved, header::CONTENT_TYPE),
            "application/octet-stream",
            "{name}"
        );
        let small = get(&server, &ana, &format!("{}/thumbnail", file.id)).await;
        match fate {
            Fate::Picture(..) => is_harmless(name, &small),
            Fate::Recording(_) | Fate::File | Fate::Refused(_) => {
                assert_eq!(small.status(), StatusCode::NOT_FOUND, "{name}");
            }
        }
    }
    let incoming = std::fs::read_dir(server.data_dir().join("incoming")).expect("a folder");
    assert_eq!(incoming.count(), 0, "nothing is left lying about");
}

async fn whatever_it_is_called_it_leads_nowhere(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    let before = everything_in(server.data_dir());
    let mut files = 0;
    for (name, expected) in [
        ("../../etc/passwd", "passwd"),
        ("/etc/shadow", "shadow"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\x", "x"),
        ("C:x", "C_x"),
        ("\\\\host\\share\\a.txt", "a.txt"),
        ("file:///etc/passwd", "passwd"),
        (".", "file"),
        ("..", "file"),
        ("......", "file"),
        ("../", "file"),
        (".htaccess", "htaccess"),
        (" . a . ", "a"),
        ("", "file"),
        ("\0", "file"),
        ("a.png\0.exe", "a.png.exe"),
        ("a\r\nSet-Cookie: b=c\r\n\r\n<html>", "aSet-Cookie_ b=c_html_"),
        ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
        ("in\u{200b}voice\u{feff}.pdf.exe", "invoice.pdf.exe"),
        ("a\"; filename=\"b.html", "a_; filename=_b.html"),
        ("a%2f..%2fb.txt", "a%2f..%2fb.txt"),
        ("${jndi:ldap://x/a}", "a}"),
        (
            "<img src=x onerror=alert(1)>.txt",
            "_img src=x onerror=alert(1)_.txt",
        ),
        ("CON", "CON"),
        ("-rf", "-rf"),
        ("🦜 näme.txt", "🦜 näme.txt"),
    ] {
        let file = upload_as(&server, &ana, name, b"Dear all")
            .await
            .expect("it is taken");
        files += 1;
        assert_eq!(file.name.as_str(), expected, "{name:?}");
        let answer = get(&server, &ana, &file.id.to_string()).await;
        is_harmless(name, &answer);
        assert!(answer.headers().get(header::SET_COOKIE).is_none(), "{name:?}");
        let disposition = text_of(&answer, header::CONTENT_DISPOSITION);
        // Two names between quotes and percent signs, and nothing that could end them.
        assert_eq!(disposition.matches('"').count(), 2, "{disposition}");
        assert!(
            disposition.starts_with("attachment; filename=\""),
            "{disposition}"
        );
        assert!(!disposition.contains(['/', '\\']), "{disposition}");
    }
    let long = format!("{}.pdf", "n".repeat(10_000));
    let file = upload_as(&server, &ana, &long, b"Dear all")
        .await
        .expect("it is taken");
    files += 1;
    assert!(file.name.as_str().len() <= limits::FILE_NAME_MAX_BYTES);
    assert!(file.name.as_str().ends_with(".pdf"));
    // What makes the address longer than any is read is not even looked at.
    let longer = format!("{}.pdf", "é".repeat(10_000));
    let answer = put(&server, &ana, new_id(), &longer, b"Dear all").send().await;
    assert_eq!(
        answer.expect("an answer").status(),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    );
    let after = everything_in(server.data_dir());
    let new: Vec<_> = after.iter().filter(|path| !before.contains(path)).collect();
    let kept = server.data_dir().join("files");
    assert!(
        new.iter().all(|path| path.starts_with(&kept)),
        "names decide of no place: {new:?}"
    );
    assert_eq!(new.iter().filter(|path| path.is_file()).count(), files);
}

/// All files below a folder.
fn everything_in(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

async fn what_calls_itself_a_recording_is_played_as_one_or_not_at_all(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    let longest = limits::VOICE_MAX.as_millis();
    for (name, bytes, duration, media_type) in [
        ("page.webm", page(), 1_000, None),
        ("drawing.mp3", drawing(), 1_000, None),
        ("dot.ogg", GIF.to_vec(), 1_000, None),
        ("hours.wav", hours(), longest * 60, None),
        ("hours.wav", hours(), u128::from(u32::MAX), None),
        ("moment.wav", hours(), 1_000, Some("audio/x-wav")),
        ("voice.webm", webm(), 1_000, Some("audio/webm")),
        (
            "voice.m4a",
            then(b"\0\0\0\x18ftypM4A \0\0\0\0", page()),
            1_000,
            Some("audio/mp4"),
        ),
    ] {
        let path = format!("/api/v1/uploads/{}?name={name}&duration_ms={duration}", new_id());
        let answer = server
            .request(Method::PUT, &path)
            .bearer_auth(&ana.access)
            .body(bytes.clone())
            .send()
            .await
            .expect("an answer");
        let Some(media_type) = media_type else {
            let (_, error) = refusal(answer).await;
            assert_eq!(error.code, ErrorCode::Invalid, "{name}: {error}");
            continue;
        };
        assert_eq!(answer.status(), StatusCode::OK, "{name}");
        let file: Attachment = answer.json().await.expect("an attachment");
        assert!(matches!(file.kind, AttachmentKind::Voice { .. }), "{name}");
        let answer = get(&server, &ana, &file.id.to_string()).await;
        is_harmless(name, &answer);
        assert_eq!(text_of(&answer, header::CONTENT_TYPE), media_type, "{name}");
        assert!(
            text_of(&answer, header::CONTENT_DISPOSITION).starts_with("attachment; "),
            "{name}"
        );
        assert_eq!(answer.bytes().await.expect("bytes"), bytes, "{name}");
    }
}

async fn nothing_that_comes_in_is_unpacked(engine: Engine) {
    const TIMES: usize = 1_000;
    let server = TestServer::start(engine).await;
    let mut ana = server.person("ana").await;
    let name = "Ana Torres";
    let wanted = json!({ "display_name": name }).to_string();
    // What it would be unpacked is a request that would be done.
    let whole = then(&wanted, " ".repeat(16 << 20));
    let bomb = packed(&whole);
    assert!(
        bomb.len() * TIMES < whole.len() + whole.len() / 8,
        "{}",
        bomb.len()
    );
    let small = packed(wanted.as_bytes());
    for (encoding, body) in [
        ("gzip", &bomb),
        ("gzip", &small),
        ("x-gzip", &small),
        ("deflate", &small),
        ("gzip, gzip", &bomb),
    ] {
        let request = server
            .request(Method::PUT, "/api/v1/me/name")
            .bearer_auth(&ana.access)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_ENCODING, encoding)
            .body(body.clone());
        let (status, error) = refusal(request.send().await.expect("an answer")).await;
        assert!(status.is_client_error(), "{encoding}: {error}");
    }
    ana.settle().await;
    assert_ne!(ana.device().me().display_name.as_str(), name);
    // A file is what came, as long as what came.
    let answer = put(&server, &ana, new_id(), "a.json", &bomb)
        .header(header::CONTENT_ENCODING, "gzip")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let file: Attachment = answer.json().await.expect("an attachment");
    assert_eq!(file.size, bomb.len() as u64);
    let answer = get(&server, &ana, &file.id.to_string()).await;
    is_harmless("a.json", &answer);
    assert_eq!(answer.bytes().await.expect("bytes"), bomb);
    // A socket offers nothing to unpack, whatever is wanted.
    let upgraded = soon(
        "an answer",
        server
            .request(Method::GET, "/api/v1/socket")
            .bearer_auth(&ana.access)
            .header(header::CONNECTION, "upgrade")
            .header(header::UPGRADE, "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("sec-websocket-protocol", "tidings.v1")
            .header(
                "sec-websocket-extensions",
                "permessage-deflate; client_max_window_bits",
            )
            .send(),
    )
    .await
    .expect("an answer");
    assert_eq!(upgraded.status(), StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(upgraded.headers().get("sec-websocket-extensions"), None);
}
