//! What a page says of itself: its title, its description, and what its site is called.
//!
//! Takes anything for a page. The work is linear in its length, nothing of it is kept but three short texts, and nothing in
//! those is markup, invisible, or changes the direction of what is written around it.

use encoding_rs::{Encoding, UTF_8};
use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};
use tidings_protocol::{limits, text::is_invisible};

/// Where a page has to say how it is written, in bytes (HTML, 4.2.5.4).
const CHARSET_WITHIN: usize = 1024;

/// What is kept of a title while it is read, in bytes: the longest one with four bytes for each character, and as much white
/// space.
const TITLE_KEPT: usize = limits::PREVIEW_TITLE_MAX_CHARS * 4 * 2;

/// What is looked at of a value, in bytes; the same for what is longest.
const VALUE_READ: usize = limits::PREVIEW_DESCRIPTION_MAX_CHARS * 4 * 2;

/// What stands for what was left out.
const ELLIPSIS: char = '…';

/// What a page says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) site: Option<String>,
    pub(super) title: String,
    pub(super) description: Option<String>,
}

/// The values that are looked for, the first of each.
#[derive(Default)]
struct Found {
    shared_title: Option<String>,
    title: Option<String>,
    shared_description: Option<String>,
    description: Option<String>,
    site: Option<String>,
}

/// Reads the beginning of a page. `charset` is what its answer said of how it is written. `None` if it has no title.
pub(super) fn read(bytes: &[u8], charset: Option<&str>) -> Option<Said> {
    let (text, _, _) = encoding(bytes, charset).decode(bytes);
    let found = Found::look(&text);
    Some(Said {
        title: found.shared_title.or(found.title)?,
        description: found.shared_description.or(found.description),
        site: found.site,
    })
}

/// How a page is written: as its mark says (which the decoder looks at), or its answer, or itself, or in UTF-8.
fn encoding(bytes: &[u8], charset: Option<&str>) -> &'static Encoding {
    let said = charset.and_then(|label| Encoding::for_label(label.as_bytes()));
    said.or_else(|| declared(bytes.get(..CHARSET_WITHIN).unwrap_or(bytes)))
        .unwrap_or(UTF_8)
}

/// What a page itself says of how it is written. Whatever that is, this much of it can be read as ASCII.
fn declared(beginning: &[u8]) -> Option<&'static Encoding> {
    let text = String::from_utf8_lossy(beginning);
    let tags = tokens(&text).filter_map(|token| match token {
        Token::StartTag(tag) if *tag.name == b"meta" => Some(tag),
        _ => None,
    });
    tags.filter_map(|tag| {
        let label = value(&tag, b"charset").or_else(|| {
            let content = value(&tag, b"content")?.to_ascii_lowercase();
            let (_, label) = content.split_once("charset=")?;
            let end = label.find([';', ' ', '"', '\'']).unwrap_or(label.len());
            Some(label.get(..end)?.to_owned())
        })?;
        let found = Encoding::for_label(label.as_bytes())?;
        // A page that could be read so far is not written in sixteen bits.
        Some(if found.is_ascii_compatible() { found } else { UTF_8 })
    })
    .next()
}

impl Found {
    fn look(text: &str) -> Self {
        let mut found = Self::default();
        let mut title: Option<Vec<u8>> = None;
        for token in tokens(text) {
            match token {
                Token::StartTag(tag) => match &tag.name[..] {
                    b"meta" => found.note(&tag),
                    b"title" if found.title.is_none() => title = Some(Vec::new()),
                    b"body" => break,
                    _ => {}
                },
                Token::String(part) => {
                    if let Some(title) = &mut title {
                        let room = TITLE_KEPT.saturating_sub(title.len());
                        title.extend_from_slice(part.get(..room).unwrap_or(&part));
                    }
                }
                Token::EndTag(tag) => match &tag.name[..] {
                    // One that never ends is no title: what follows it is the rest of the page.
                    b"title" => {
                        if let Some(title) = title.take() {
                            found.title = line(&title, limits::PREVIEW_TITLE_MAX_CHARS);
                        }
                    }
                    b"head" => break,
                    _ => {}
                },
                Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        found
    }

    /// Notes what a tag says, unless one before it said the same thing.
    fn note(&mut self, tag: &StartTag<()>) {
        let Some(name) = value(tag, b"property").or_else(|| value(tag, b"name")) else {
            return;
        };
        let (place, limit) = match name.trim().to_ascii_lowercase().as_str() {
            "og:title" => (&mut self.shared_title, limits::PREVIEW_TITLE_MAX_CHARS),
            "og:description" => (
                &mut self.shared_description,
                limits::PREVIEW_DESCRIPTION_MAX_CHARS,
            ),
            "description" => (&mut self.description, limits::PREVIEW_DESCRIPTION_MAX_CHARS),
            "og:site_name" => (&mut self.site, limits::PREVIEW_SITE_MAX_CHARS),
            _ => return,
        };
        if place.is_none()
            && let Some(content) = tag.attributes.get(&b"content"[..])
        {
            *place = line(content, limit);
        }
    }
}

/// What stands in a text, where nothing in scripts, styles and titles is a tag.
fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(text, emitter).map(|Ok(token)| token)
}

fn value(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    let value: &HtmlString = tag.attributes.get(name)?;
    let value = value.get(..VALUE_READ).unwrap_or(value);
    Some(String::from_utf8_lossy(value).into_owned())
}

/// A text on one line without what can't be seen, and of so many characters at most; `None` if nothing is left.
fn line(bytes: &[u8], limit: usize) -> Option<String> {
    let bytes = bytes.get(..VALUE_READ).unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    let visible: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_invisible(*c))
        .collect();
    let words: Vec<_> = visible.split_whitespace().collect();
    let whole = words.join(" ");
    match whole.char_indices().nth(limit) {
        None => (!whole.is_empty()).then_some(whole),
        Some(_) => {
            let kept: String = whole.chars().take(limit.saturating_sub(1)).collect();
            Some(format!("{}{ELLIPSIS}", kept.trim_end()))
        }
    }
}

#[cfg(test)]
mod tests;
