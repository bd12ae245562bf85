//! Asking for a page, and reading its beginning.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::outbound::{Destination, Outbound};

/// Redirects that are followed, at most: shorteners lead to a page over two, and it over one more to its own name.
const REDIRECTS_MAX: usize = 3;

/// What is read of a page, at most, in bytes: the head of a page is at its beginning, and few have one that is longer.
const READ_MAX: usize = 512 * 1024;

/// What says that it is longer is no page that people read.
const LENGTH_MAX: u64 = 32 * 1024 * 1024;

/// What nothing that is looked for comes after, in lower case.
const END_OF_HEAD: &[u8] = b"</head";

/// The beginning of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fetched {
    /// Where it came from in the end.
    pub(super) host: String,
    pub(super) bytes: Vec<u8>,
    /// What the answer says of how it is written.
    pub(super) charset: Option<String>,
}

/// Asks for a page, where it leads to too. `loopback` as for [`Destination::new`].
pub(super) async fn fetch(
    outbound: &Outbound,
    mut destination: Destination,
    loopback: bool,
) -> Option<Fetched> {
    for _ in 0..=REDIRECTS_MAX {
        let asked = outbound.ask(Method::GET, &destination, wishes(), Vec::new());
        let response = asked.await.ok()?;
        match response.status() {
            StatusCode::OK => return read(response, destination.host().to_owned()).await,
            status if status.is_redirection() => {
                let to = response.headers().get(header::LOCATION)?.to_str().ok()?;
                destination = destination.leading_to(to, loopback).ok()?;
            }
            _ => return None,
        }
    }
    None
}

fn wishes() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("text/html"));
    headers
}

async fn read(mut response: reqwest::Response, host: String) -> Option<Fetched> {
    let charset = charset_of_page(response.headers())?;
    if response
        .content_length()
        .is_some_and(|length| length > LENGTH_MAX)
    {
        return None;
    }
    let mut bytes = Vec::new();
    while bytes.len() < READ_MAX {
        let Some(chunk) = response.chunk().await.ok()? else {
            break;
        };
        let seen = bytes.len().saturating_sub(END_OF_HEAD.len() - 1);
        let room = READ_MAX - bytes.len();
        bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if ends_head(&bytes[seen..]) {
            break;
        }
    }
    Some(Fetched { host, bytes, charset })
}

/// How an answer says that its page is written; `None` if it is no page, or packed, which was not asked for.
fn charset_of_page(headers: &HeaderMap) -> Option<Option<String>> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return None;
    }
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let mut parts = kind.split(';');
    let is_page = parts.next()?.trim().eq_ignore_ascii_case("text/html");
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"').to_owned())
    });
    is_page.then_some(charset)
}

fn ends_head(bytes: &[u8]) -> bool {
    bytes
        .windows(END_OF_HEAD.len())
        .any(|window| window.eq_ignore_ascii_case(END_OF_HEAD))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charset(kind: &str) -> Option<Option<String>> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
        charset_of_page(&headers)
    }

    #[test]
    fn only_what_is_said_to_be_a_page_is_one() {
        assert_eq!(charset("text/html"), Some(None));
        for kind in [
            "text/html; charset=ISO-8859-1",
            "Text/HTML;charset=\"ISO-8859-1\"",
            "text/html; profile=x; Charset = ISO-8859-1",
        ] {
            assert_eq!(charset(kind), Some(Some("ISO-8859-1".to_owned())), "{kind}");
        }
        for kind in [
            "",
            "text/plain",
            "application/xhtml+xml",
            "image/svg+xml",
            "text/html-x",
            "application/json; x=text/html",
        ] {
            assert_eq!(charset(kind), None, "{kind}");
        }
        assert_eq!(charset_of_page(&HeaderMap::new()), None);
        let mut packed = HeaderMap::new();
        packed.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
        packed.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(charset_of_page(&packed), None);
    }

    #[test]
    fn the_end_of_the_head_is_found_however_it_is_written() {
        assert!(ends_head(b"<title>x</title></HEAD><body>"));
        assert!(!ends_head(b"<head><title>x</title>"));
        assert!(!ends_head(b""));
    }
}
