//! A paragraph to inlines.
//!
//! First the text is cut into pieces: what stands for itself, and marks that may open or close something. Then marks are
//! paired, by the rules of CommonMark 0.31 (6.2) as far as they go. Last the pieces become a tree. Each step looks at each
//! piece a bounded number of times.

use std::collections::HashMap;

use super::{
    Inline, MAX_DEPTH,
    address::{Address, Scheme, is_out_of_place, scheme_of},
};
use crate::limits;

/// What a backslash takes the meaning from. Not all punctuation, or paths on Windows would lose their backslashes.
const ESCAPED: &[char] = &['*', '_', '~', '`', '[', '@'];

/// What ends a sentence around an address rather than the address.
const TRAILING: &[char] = &[
    '.', ',', ';', ':', '!', '?', '\'', '*', '_', '~', ']', '|', '’', '”', '“', '»',
];

/// Reads a paragraph, and takes the nodes made from `left`. One that would be more than is left is text.
pub(super) fn parse(text: &str, left: &mut usize) -> Vec<Inline> {
    let pieces = Cutter::new(text).cut();
    let Some(rest) = left.checked_sub(pieces.len()) else {
        *left = 0;
        return vec![Inline::Text(text.to_owned())];
    };
    *left = rest;
    build(pieces)
}

enum Piece {
    Text(String),
    Node(Inline),
    Marks(Marks),
    /// Where a label may begin.
    Bracket {
        /// Where the link leads, once it is known to be one.
        link: Option<Address>,
    },
    /// Where the label of that bracket ends.
    LinkEnd,
}

/// A run of one mark.
struct Marks {
    mark: char,
    length: usize,
    opens: bool,
    closes: bool,
    /// Not paired yet.
    count: usize,
    /// Pairs that begin here, innermost first: how many marks, and the pair's number.
    begun: Vec<(usize, usize)>,
    /// Pairs that end here, innermost first.
    ended: Vec<(usize, usize)>,
}

struct Cutter<'t> {
    text: &'t str,
    at: usize,
    pieces: Vec<Piece>,
    /// Text that is not in a piece yet.
    plain: String,
    /// Runs of backticks by their length: where each begins.
    ticks: HashMap<usize, Vec<usize>>,
    /// Pieces that are brackets and may still open a link, and how many open marks there were before each.
    brackets: Vec<(usize, usize)>,
    /// Pieces that are marks and not paired up yet.
    marks: Vec<usize>,
    pairs: usize,
}

impl<'t> Cutter<'t> {
    fn new(text: &'t str) -> Self {
        let mut ticks: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut at = 0;
        while let Some(found) = text.get(at..).and_then(|rest| rest.find('`')) {
            let start = at + found;
            let length = run(text, start, '`');
            ticks.entry(length).or_default().push(start);
            at = start + length;
        }
        Self {
            text,
            at: 0,
            pieces: Vec::new(),
            plain: String::new(),
            ticks,
            brackets: Vec::new(),
            marks: Vec::new(),
            pairs: 0,
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn before(&self) -> Option<char> {
        self.text.get(..self.at).and_then(|text| text.chars().next_back())
    }

    /// Takes the next `length` bytes as plain text.
    fn take(&mut self, length: usize) {
        self.plain.push_str(self.rest().get(..length).unwrap_or_default());
        self.at += length;
    }

    fn push(&mut self, piece: Piece) {
        self.settle();
        self.pieces.push(piece);
    }

    fn settle(&mut self) {
        if !self.plain.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.plain)));
        }
    }

    fn cut(mut self) -> Vec<Piece> {
        while let Some(c) = self.rest().chars().next() {
            match c {
                '\\' => self.escape(),
                '`' => self.code(),
                '*' | '_' | '~' => self.run_of(c),
                '[' => {
                    self.at += 1;
                    self.push(Piece::Bracket { link: None });
                    self.brackets.push((self.pieces.len() - 1, self.marks.len()));
                }
                ']' => self.bracket_closed(),
                '@' => self.mention(),
                'h' | 'H' | 'm' | 'M' => self.address(c),
                _ => self.take(c.len_utf8()),
            }
        }
        self.settle();
        self.pair(0);
        self.pieces
    }

    fn escape(&mut self) {
        let escaped = self.rest().chars().nth(1).filter(|c| ESCAPED.contains(c));
        if escaped.is_some() {
            self.at += 1;
        }
        self.take(1);
    }

    fn code(&mut self) {
        let length = run(self.text, self.at, '`');
        let inside = self.at + length;
        let end = self.ticks.get(&length).and_then(|starts| {
            let next = starts.partition_point(|start| *start < inside);
            starts.get(next).copied()
        });
        let Some(end) = end else {
            self.take(length);
            return;
        };
        let code = self.text.get(inside..end).unwrap_or_default();
        let padded = code
            .strip_prefix(' ')
            .and_then(|code| code.strip_suffix(' '))
            .filter(|code| !code.trim().is_empty());
        self.push(Piece::Node(Inline::Code(padded.unwrap_or(code).to_owned())));
        self.at = end + length;
    }

    fn run_of(&mut self, mark: char) {
        let length = run(self.text, self.at, mark);
        let before = self.before().unwrap_or(' ');
        let after = self
            .text
            .get(self.at + length..)
            .and_then(|rest| rest.chars().next())
            .unwrap_or(' ');
        let is_word = |c: char| c.is_alphanumeric();
        let leans = |to: char, from: char| {
            !to.is_whitespace() && (is_word(to) || from.is_whitespace() || !is_word(from))
        };
        let (left, right) = (leans(after, before), leans(before, after));
        // Underscores inside words are names of things; one tilde is "about".
        let (opens, closes) = match mark {
            '_' => (left && !is_word(before), right && !is_word(after)),
            '~' if length != 2 => (false, false),
            _ => (left, right),
        };
        if !opens && !closes {
            self.take(length);
            return;
        }
        self.at += length;
        self.push(Piece::Marks(Marks {
            mark,
            length,
            opens,
            closes,
            count: length,
            begun: Vec::new(),
            ended: Vec::new(),
        }));
        self.marks.push(self.pieces.len() - 1);
    }

    fn bracket_closed(&mut self) {
        let Some((bracket, bottom)) = self.brackets.pop() else {
            self.take(1);
            return;
        };
        let target = self.rest().strip_prefix("](").and_then(target);
        let Some((address, length)) = target else {
            self.take(1);
            return;
        };
        self.settle();
        self.pair(bottom);
        self.pieces.push(Piece::LinkEnd);
        if let Some(Piece::Bracket { link }) = self.pieces.get_mut(bracket) {
            *link = Some(address);
        }
        // No links in links.
        self.brackets.clear();
        self.at += "](".len() + length + ")".len();
    }

    fn mention(&mut self) {
        let begins = match self.before() {
            Some('@' | '/' | '.' | '-' | '+' | '=') => false,
            Some(c) => !c.is_ascii_alphanumeric(),
            None => true,
        };
        let (_, after) = self.rest().split_at(1);
        let name: &str = after
            .split_once(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')))
            .map_or(after, |(name, _)| name);
        let next = after.get(name.len()..).and_then(|rest| rest.chars().next());
        let ends = !next.is_some_and(|c| c == '@' || c.is_lowercase() || c.is_uppercase());
        let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && (limits::USERNAME_MIN_CHARS..=limits::USERNAME_MAX_CHARS).contains(&name.len());
        if !(begins && ends && is_name) {
            self.take(1 + if begins { 0 } else { name.len() });
            return;
        }
        self.push(Piece::Node(Inline::Mention(name.to_owned())));
        self.at += 1 + name.len();
    }

    /// An address that stands in the text.
    fn address(&mut self, first: char) {
        let begins = !self.before().is_some_and(char::is_alphanumeric);
        let rest = self.rest();
        let Some(scheme) = scheme_of(rest).filter(|_| begins) else {
            self.take(first.len_utf8());
            return;
        };
        let end = rest.find(is_out_of_place).unwrap_or(rest.len());
        let whole = rest.get(..end).unwrap_or_default();
        let mut address = whole;
        loop {
            let shorter = address.trim_end_matches(TRAILING);
            let shorter = match shorter.strip_suffix(')') {
                Some(inside) if unbalanced(shorter) => inside,
                _ => shorter,
            };
            if shorter.len() == address.len() {
                break;
            }
            address = shorter;
        }
        // The label's end, or what a link leads to.
        if !self.brackets.is_empty()
            && let Some(end) = address.find(']')
        {
            address = address.get(..end).unwrap_or_default();
        }
        let least = match scheme {
            Scheme::Web(length) => length,
            Scheme::Mail => "mailto:".len(),
        };
        match Address::new(address) {
            Some(checked) => {
                let label = vec![Inline::Text(address.to_owned())];
                self.push(Piece::Node(Inline::Link {
                    address: checked,
                    label,
                }));
                self.at += address.len();
            }
            // All of it at once: looking at its inside again and again would take too long.
            None => self.take(address.len().max(least).min(whole.len())),
        }
    }

    /// Pairs the marks after the first `bottom` that are open, and gives up those that are left.
    fn pair(&mut self, bottom: usize) {
        let mut open: Vec<usize> = Vec::new();
        // Where looking for an opener was in vain, by mark, by whether the closer opens too, and by its length.
        let mut vain: HashMap<(char, bool, usize), usize> = HashMap::new();
        for index in self.marks.split_off(bottom) {
            while let Some(Piece::Marks(closer)) = self.pieces.get(index) {
                if !closer.closes || closer.count == 0 {
                    break;
                }
                let key = (closer.mark, closer.opens, closer.length % 3);
                let floor = vain.get(&key).copied().unwrap_or(0).min(open.len());
                let found = open
                    .iter()
                    .enumerate()
                    .skip(floor)
                    .rev()
                    .find(|(_, opener)| match self.pieces.get(**opener) {
                        Some(Piece::Marks(opener)) => opener.may_pair(closer),
                        _ => false,
                    })
                    .map(|(place, opener)| (place, *opener));
                let Some((place, opener)) = found else {
                    vain.insert(key, open.len());
                    break;
                };
                let left = self.join(opener, index);
                open.truncate(place);
                if left > 0 {
                    open.push(opener);
                }
            }
            if let Some(Piece::Marks(marks)) = self.pieces.get(index)
                && marks.opens
                && marks.count > 0
            {
                open.push(index);
            }
        }
    }

    /// Makes a pair of two runs, and says how much is left of the first.
    fn join(&mut self, opener: usize, closer: usize) -> usize {
        self.pairs += 1;
        let count = |piece: Option<&Piece>| match piece {
            Some(Piece::Marks(marks)) => marks.count,
            _ => 0,
        };
        let both = count(self.pieces.get(opener)).min(count(self.pieces.get(closer)));
        let length = both.min(2);
        if let Some(Piece::Marks(marks)) = self.pieces.get_mut(closer) {
            marks.count -= length;
            marks.ended.push((length, self.pairs));
        }
        match self.pieces.get_mut(opener) {
            Some(Piece::Marks(marks)) => {
                marks.count -= length;
                marks.begun.push((length, self.pairs));
                marks.count
            }
            _ => 0,
        }
    }
}

impl Marks {
    fn may_pair(&self, closer: &Self) -> bool {
        let odd = (self.closes || closer.opens)
            && (self.length + closer.length).is_multiple_of(3)
            && !(self.length.is_multiple_of(3) && closer.length.is_multiple_of(3));
        self.mark == closer.mark && !odd
    }

    fn written(&self, length: usize) -> String {
        std::iter::repeat_n(self.mark, length).collect()
    }
}

/// How many of this character there are in a row.
fn run(text: &str, start: usize, of: char) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    rest.len() - rest.trim_start_matches(of).len()
}

/// The address in the parentheses of a link, and its length.
fn target(rest: &str) -> Option<(Address, usize)> {
    let mut depth = 0_usize;
    let end = rest.char_indices().find_map(|(at, c)| match c {
        '(' => {
            depth += 1;
            None
        }
        ')' if depth == 0 => Some(Some(at)),
        ')' => {
            depth -= 1;
            None
        }
        '[' | ']' => Some(None),
        c if is_out_of_place(c) => Some(None),
        _ => None,
    })??;
    let address = Address::new(rest.get(..end)?)?;
    Some((address, end))
}

/// Whether more parentheses are closed than opened.
fn unbalanced(text: &str) -> bool {
    let count = |of: u8| text.bytes().filter(|c| *c == of).count();
    count(b')') > count(b'(')
}

/// What is being built: a node and what is in it.
struct Level {
    kind: Kind,
    inner: Vec<Inline>,
}

enum Kind {
    Root,
    /// The number of the pair and how many marks it has.
    Pair {
        mark: char,
        length: usize,
        pair: usize,
    },
    Link {
        address: Address,
    },
}

fn build(pieces: Vec<Piece>) -> Vec<Inline> {
    let mut levels = vec![Level {
        kind: Kind::Root,
        inner: Vec::new(),
    }];
    for piece in pieces {
        match piece {
            Piece::Text(text) => add_text(&mut levels, &text),
            Piece::Node(node) => add(&mut levels, node),
            Piece::Bracket { link: None } => add_text(&mut levels, "["),
            Piece::Bracket { link: Some(address) } => levels.push(Level {
                kind: Kind::Link { address },
                inner: Vec::new(),
            }),
            Piece::LinkEnd => close(&mut levels),
            Piece::Marks(marks) => {
                for (length, pair) in &marks.ended {
                    let open = matches!(
                        levels.last(),
                        Some(Level { kind: Kind::Pair { pair: other, .. }, .. }) if other == pair
                    );
                    if open {
                        close(&mut levels);
                    } else {
                        add_text(&mut levels, &marks.written(*length));
                    }
                }
                add_text(&mut levels, &marks.written(marks.count));
                for (length, pair) in marks.begun.iter().rev() {
                    if levels.len() > MAX_DEPTH {
                        add_text(&mut levels, &marks.written(*length));
                    } else {
                        levels.push(Level {
                            kind: Kind::Pair {
                                mark: marks.mark,
                                length: *length,
                                pair: *pair,
                            },
                            inner: Vec::new(),
                        });
                    }
                }
            }
        }
    }
    while levels.len() > 1 {
        close(&mut levels);
    }
    levels.pop().map(|root| root.inner).unwrap_or_default()
}

fn add(levels: &mut [Level], node: Inline) {
    let in_link = levels.iter().any(|level| matches!(level.kind, Kind::Link { .. }));
    match node {
        // No links in links, and a mention in one is not one.
        Inline::Link { address, .. } if in_link => add_text(levels, address.as_str()),
        Inline::Mention(name) if in_link => add_text(levels, &format!("@{name}")),
        node => {
            if let Some(level) = levels.last_mut() {
                level.inner.push(node);
            }
        }
    }
}

fn add_text(levels: &mut [Level], text: &str) {
    let Some(level) = levels.last_mut().filter(|_| !text.is_empty()) else {
        return;
    };
    match level.inner.last_mut() {
        Some(Inline::Text(before)) => before.push_str(text),
        _ => level.inner.push(Inline::Text(text.to_owned())),
    }
}

/// Ends what is innermost.
fn close(levels: &mut Vec<Level>) {
    let Some(Level { kind, inner }) = levels.pop() else {
        return;
    };
    let node = match kind {
        Kind::Link { address } => {
            let label = if inner.is_empty() {
                vec![Inline::Text(address.as_str().to_owned())]
            } else {
                inner
            };
            Inline::Link { address, label }
        }
        Kind::Pair { mark: '~', .. } => Inline::Struck(inner),
        Kind::Pair { length: 2, .. } => Inline::Strong(inner),
        Kind::Pair { .. } => Inline::Emphasis(inner),
        Kind::Root => return levels.push(Level { kind, inner }),
    };
    if let Some(level) = levels.last_mut() {
        level.inner.push(node);
    }
}
