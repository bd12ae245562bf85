//! What a text says beyond its letters: paragraphs, lists, code, links, mentions, as typed nodes.
//!
//! A subset of Markdown, as people write it in messages. There is no HTML in it, neither read nor made: a tag is text
//! like any other, and a screen builds elements from the nodes. It stands in the contract because both ends read the same
//! text: whom the server counts as mentioned is whom a screen shows as mentioned.
//!
//! For any text: the work is linear in its length, nodes nest at most [`MAX_DEPTH`] deep, there are about
//! [`MAX_NODES`] at most, and every letter that is not markup is still there. What can't be read is shown as it was
//! written.

mod address;
mod blocks;
mod inlines;

pub use address::{Address, looks_like_address};

/// Blocks inside blocks, and inlines inside inlines, at most: more is text. Nobody reads a quote in the eighth quote.
pub const MAX_DEPTH: usize = 8;

/// Nodes of one text, about: what comes after is plain text. Each is an element on every reader's screen.
pub const MAX_NODES: usize = 2_000;

/// A part of a text that stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Running text. Line breaks in it are line feeds.
    Paragraph(Vec<Inline>),
    /// Lines to be shown as they are.
    Code {
        /// What language it is said to be.
        language: Option<String>,
        /// The lines, without a line feed at the end.
        text: String,
    },
    /// Items, each of some blocks.
    List {
        /// The number of the first item; `None` for bullets.
        start: Option<u32>,
        /// The items.
        items: Vec<Vec<Block>>,
    },
    /// What somebody else said.
    Quote(Vec<Block>),
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Text, line feeds included.
    Text(String),
    /// Bold.
    Strong(Vec<Inline>),
    /// Italic.
    Emphasis(Vec<Inline>),
    /// Struck through.
    Struck(Vec<Inline>),
    /// To be shown as it is.
    Code(String),
    /// A way out.
    Link {
        /// Where to.
        address: Address,
        /// What is shown for it. No links in it.
        label: Vec<Inline>,
    },
    /// A name after an `@`, without it and as it was written; see [`crate::mention`] for whose it may be.
    Mention(String),
}

/// Reads a text.
///
/// ```
/// use tidings_protocol::markup::{Block, Inline, parse};
/// let hi = Inline::Strong(vec![Inline::Text("hi".to_owned())]);
/// assert_eq!(parse("**hi**"), [Block::Paragraph(vec![hi])]);
/// assert_eq!(parse("<b>"), [Block::Paragraph(vec![Inline::Text("<b>".to_owned())])]);
/// ```
#[must_use]
pub fn parse(text: &str) -> Vec<Block> {
    blocks::parse(text)
}

/// A text without its markup, one line for each of its lines.
#[must_use]
pub fn plain_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    write_blocks(&mut out, &parse(text));
    out
}

/// Whether there is an open code block at the end of this text: what is written next belongs to it.
#[must_use]
pub fn ends_in_code(text: &str) -> bool {
    blocks::ends_in_code(text)
}

/// Calls `see` with each inline of these blocks, outer ones first.
pub fn visit(blocks: &[Block], see: &mut impl FnMut(&Inline)) {
    for block in blocks {
        match block {
            Block::Paragraph(inlines) => visit_inlines(inlines, see),
            Block::Code { .. } => {}
            Block::List { items, .. } => items.iter().for_each(|item| visit(item, see)),
            Block::Quote(blocks) => visit(blocks, see),
        }
    }
}

/// The first link of a text that leads to a page, if any does. What stands in code is no link.
///
/// ```
/// use tidings_protocol::markup::first_link;
/// let link = first_link("`https://a.example` or https://b.example/room?").unwrap();
/// assert_eq!(link.as_str(), "https://b.example/room");
/// ```
#[must_use]
pub fn first_link(text: &str) -> Option<Address> {
    // Most texts have none, and need not be read.
    if !text.contains("://") {
        return None;
    }
    let mut first = None;
    visit(&parse(text), &mut |inline| {
        if let Inline::Link { address, .. } = inline
            && first.is_none()
            && address.host().is_some()
        {
            first = Some(address.clone());
        }
    });
    first
}

fn visit_inlines(inlines: &[Inline], see: &mut impl FnMut(&Inline)) {
    for inline in inlines {
        see(inline);
        match inline {
            Inline::Strong(inner)
            | Inline::Emphasis(inner)
            | Inline::Struck(inner)
            | Inline::Link { label: inner, .. } => visit_inlines(inner, see),
            Inline::Text(_) | Inline::Code(_) | Inline::Mention(_) => {}
        }
    }
}

/// What a label says, without its markup.
#[must_use]
pub fn label_text(inlines: &[Inline]) -> String {
    let mut out = String::new();
    write_inlines(&mut out, inlines);
    out
}

fn write_blocks(out: &mut String, blocks: &[Block]) {
    for (number, block) in blocks.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        match block {
            Block::Paragraph(inlines) => write_inlines(out, inlines),
            Block::Code { text, .. } => out.push_str(text),
            Block::Quote(blocks) => write_blocks(out, blocks),
            Block::List { start, items } => {
                for (place, item) in (0_u32..).zip(items) {
                    if place > 0 {
                        out.push('\n');
                    }
                    match start {
                        Some(start) => out.push_str(&format!("{}. ", start.saturating_add(place))),
                        None => out.push_str("• "),
                    }
                    write_blocks(out, item);
                }
            }
        }
    }
}

fn write_inlines(out: &mut String, inlines: &[Inline]) {
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => out.push_str(text),
            Inline::Strong(inner)
            | Inline::Emphasis(inner)
            | Inline::Struck(inner)
            | Inline::Link { label: inner, .. } => write_inlines(out, inner),
            Inline::Mention(name) => {
                out.push('@');
                out.push_str(name);
            }
        }
    }
}

#[cfg(test)]
mod tests;
