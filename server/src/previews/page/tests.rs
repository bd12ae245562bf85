use bolero::check;

use super::*;

fn said(page: &str) -> Option<Said> {
    read(page.as_bytes(), None)
}

fn title(page: &str) -> Option<String> {
    said(page).map(|said| said.title)
}

#[test]
fn what_is_meant_to_be_shared_comes_before_what_browsers_show() {
    let page = "<!doctype html><html><head><title>Room 4 | Rooms</title>\
        <meta name=description content='All about it.'>\
        <meta property=\"og:site_name\" content=\"Rooms\"><META PROPERTY='OG:Title' CONTENT='Room 4'>\
        <meta property=og:description content=\"Twelve seats.\"><meta property='og:title' content='Second'>";
    let expected = Said {
        site: Some("Rooms".to_owned()),
        title: "Room 4".to_owned(),
        description: Some("Twelve seats.".to_owned()),
    };
    assert_eq!(said(page), Some(expected));
    let plain = "<title>\n Room 4 \n</title><meta content='All about it.' name=Description>";
    let expected = Said {
        site: None,
        title: "Room 4".to_owned(),
        description: Some("All about it.".to_owned()),
    };
    assert_eq!(said(plain), Some(expected));
}

#[test]
fn a_page_without_a_title_says_nothing() {
    for page in [
        "",
        "Not a page at all.",
        "<title></title>",
        "<title> \u{200b}\u{202e} </title>",
        "<meta property=og:title content=''>",
        "<meta property=og:title>",
        "<meta name=description content='About.'>",
        // Never ended.
        "<title>Room 4",
        "<title>Room 4<p>and all the rest",
        "<meta property=og:title content=\"Room 4",
        // In what is shown to nobody, or is no head.
        "<script>'<title>Room 4</title>'</script>",
        "<!-- <title>Room 4</title> -->",
        "<style><title>Room 4</title></style>",
        "<noscript><title>Room 4</title></noscript>",
        "<head></head><title>Room 4</title>",
        "<body><svg><title>Room 4</title></svg>",
    ] {
        assert_eq!(said(page), None, "{page}");
    }
}

#[test]
fn markup_in_a_title_is_text_and_character_references_are_read() {
    for (page, expected) in [
        ("<title><b>Room</b> 4</title>", "<b>Room</b> 4"),
        ("<title><title>Room 4</title></title>", "<title>Room 4"),
        (
            "<title>Tea &amp; Caf&eacute; &#8211; &lt;4&gt;</title>",
            "Tea & Café – <4>",
        ),
        ("<meta property=og:title content='&quot;4&quot;'>", "\"4\""),
        ("<title>a&#0;b&#x202e;c&zwnj;</title>", "a\u{fffd}bc\u{200c}"),
        (
            "<title>Room&nbsp;&nbsp;\u{2003}4\r\n\tEast</title>",
            "Room 4 East",
        ),
    ] {
        assert_eq!(title(page).as_deref(), Some(expected), "{page}");
    }
}

#[test]
fn what_is_invisible_or_turns_text_around_is_left_out() {
    let page = "<title>A\u{202e}b\u{2066}c\u{200f}d\u{200b}e\u{feff}f\u{e0041}g\u{7}h\u{1b}[31m</title>";
    assert_eq!(title(page).as_deref(), Some("Abcdefgh[31m"));
}

#[test]
fn texts_are_cut_where_they_are_too_long() {
    let long = "wörter ".repeat(100_000);
    let page = format!(
        "<meta property=og:site_name content='{long}'><title>{long}</title><meta name=description content='{long}'>"
    );
    let said = said(&page).unwrap();
    for (text, limit) in [
        (said.title, limits::PREVIEW_TITLE_MAX_CHARS),
        (said.description.unwrap(), limits::PREVIEW_DESCRIPTION_MAX_CHARS),
        (said.site.unwrap(), limits::PREVIEW_SITE_MAX_CHARS),
    ] {
        let length = text.chars().count();
        assert!(length <= limit && length > limit - 8, "{length} of {limit}");
        assert!(text.ends_with(ELLIPSIS) && text.starts_with("wörter wörter"));
    }
    let exact = "x".repeat(limits::PREVIEW_TITLE_MAX_CHARS);
    assert_eq!(title(&format!("<title>{exact}</title>")), Some(exact));
}

#[test]
fn a_page_is_read_as_it_is_written() {
    let latin = b"<title>M\xfcnchen</title>";
    let read = |bytes: &[u8], charset| read(bytes, charset).map(|said| said.title);
    assert_eq!(read(latin, Some("iso-8859-1")).as_deref(), Some("München"));
    // What nobody knows, and what nobody says, is UTF-8.
    for charset in [None, Some("klingon"), Some("utf-8")] {
        assert_eq!(read(latin, charset).as_deref(), Some("M\u{fffd}nchen"));
    }
    for declared in [
        "<meta charset=windows-1252>",
        "<meta http-equiv=content-type content='text/html; charset=ISO-8859-15'>",
    ] {
        let page = [declared.as_bytes(), latin].concat();
        assert_eq!(read(&page, None).as_deref(), Some("München"), "{declared}");
    }
    // Beyond where that may stand, and of what it can't be.
    let late = [" ".repeat(2000).as_bytes(), b"<meta charset=latin1>", latin].concat();
    assert_eq!(read(&late, None).as_deref(), Some("M\u{fffd}nchen"));
    let wrong = "<meta charset=utf-16><title>München</title>";
    assert_eq!(title(wrong).as_deref(), Some("München"));
    // A mark at the beginning knows better than all others.
    let mut wide = vec![0xff, 0xfe];
    wide.extend("<title>Мост</title>".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(read(&wide, Some("latin1")).as_deref(), Some("Мост"));
}

#[test]
fn pages_that_are_made_to_be_slow_are_not() {
    let size = 128 * 1024;
    for part in [
        "<div>",
        "<",
        "<!--",
        "<meta ",
        "</",
        "&",
        "&#",
        "<title>",
        "<a b=c ",
        "<script>",
        "\0",
        "]]>",
        "<!DOCTYPE ",
    ] {
        let page = part.repeat(size / part.len());
        assert_eq!(said(&page), None, "{part}");
    }
    let attributes: String = (0..10_000).map(|number| format!("a{number}=1 ")).collect();
    assert_eq!(said(&format!("<meta {attributes}>")), None);
}

#[test]
fn whatever_a_page_is_its_texts_have_their_limits() {
    check!()
        .with_type::<(Vec<u8>, u8)>()
        .for_each(|(bytes, charset)| {
            let charset = ["utf-8", "latin1", "shift_jis", "utf-16", "x"][usize::from(charset % 5)];
            let page = [
                b"<meta name=description content='",
                &bytes[..],
                b"'><title>",
                bytes,
            ]
            .concat();
            for page in [&bytes[..], &page] {
                let Some(said) = read(page, Some(charset)) else {
                    continue;
                };
                let texts = [Some(said.title), said.description, said.site];
                for text in texts.into_iter().flatten() {
                    assert!(
                        !text.is_empty() && text.chars().count() <= limits::PREVIEW_DESCRIPTION_MAX_CHARS
                    );
                    assert!(!text.chars().any(is_invisible), "{text:?}");
                }
            }
        });
}
