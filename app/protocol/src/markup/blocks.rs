//! Lines to blocks.
//!
//! Each container takes its marks off its lines and reads the rest in the same way, so a line is looked at once for
//! each level, of which there are at most [`MAX_DEPTH`].

use super::{Block, Inline, MAX_DEPTH, MAX_NODES, inlines};

/// Spaces before a mark that don't make it text.
const INDENT_MAX: usize = 3;
/// A line with so many spaces more than its item's belongs to the item.
const ITEM_INDENT: usize = 2;
/// Longest label of a language, in bytes.
const LANGUAGE_MAX: usize = 32;

pub(super) fn parse(text: &str) -> Vec<Block> {
    let lines: Vec<&str> = lines(text).collect();
    Reader { left: MAX_NODES }.blocks(&lines, 0)
}

pub(super) fn ends_in_code(text: &str) -> bool {
    let mut open: Option<Fence<'_>> = None;
    for line in lines(text) {
        open = match open {
            Some(fence) if fence.closes(line) => None,
            Some(fence) => Some(fence),
            None => Fence::opens(line),
        };
    }
    open.is_some()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
}

struct Reader {
    /// Nodes that may still be made.
    left: usize,
}

impl Reader {
    fn blocks(&mut self, lines: &[&str], depth: usize) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut rest = lines;
        while let [line, after @ ..] = rest {
            if line.trim().is_empty() {
                rest = after;
                continue;
            }
            if self.left == 0 {
                blocks.push(Block::Paragraph(vec![Inline::Text(rest.join("\n"))]));
                break;
            }
            self.left -= 1;
            let (block, after) = self.block(rest, depth);
            blocks.push(block);
            rest = after;
        }
        blocks
    }

    /// Reads the block that begins with the first of `lines`, and says what comes after it.
    fn block<'a, 't>(&mut self, lines: &'a [&'t str], depth: usize) -> (Block, &'a [&'t str]) {
        if let Some(fence) = lines.first().and_then(|line| Fence::opens(line)) {
            return fence.read(lines);
        }
        if depth < MAX_DEPTH {
            let quoted: Vec<&str> = lines.iter().map_while(|line| unquoted(line)).collect();
            if !quoted.is_empty() {
                let (_, after) = lines.split_at(quoted.len());
                return (Block::Quote(self.blocks(&quoted, depth + 1)), after);
            }
            if let Some(mark) = lines.first().and_then(|line| Mark::of(line)) {
                return self.list(lines, &mark, depth);
            }
        }
        let count = 1 + lines
            .iter()
            .skip(1)
            .take_while(|line| !line.trim().is_empty() && !begins_block(line, depth))
            .count();
        let (paragraph, after) = lines.split_at(count);
        let text = paragraph.join("\n");
        (
            Block::Paragraph(inlines::parse(text.trim(), &mut self.left)),
            after,
        )
    }

    fn list<'a, 't>(
        &mut self,
        lines: &'a [&'t str],
        first: &Mark<'t>,
        depth: usize,
    ) -> (Block, &'a [&'t str]) {
        let mut items = Vec::new();
        let mut rest = lines;
        while self.left > 0
            && let [line, after @ ..] = rest
            && let Some(mark) = Mark::of(line)
            && mark.kind == first.kind
        {
            self.left -= 1;
            let mut item = vec![mark.text];
            rest = after;
            // Blank lines belong to an item if something of it comes after them.
            loop {
                let blank = rest.iter().take_while(|line| line.trim().is_empty()).count();
                let (gap, beyond) = rest.split_at(blank);
                let [line, after @ ..] = beyond else { break };
                if indent(line) < ITEM_INDENT {
                    break;
                }
                item.extend(gap);
                item.push(outdented(line, mark.width));
                rest = after;
            }
            items.push(self.blocks(&item, depth + 1));
            let blank = rest.iter().take_while(|line| line.trim().is_empty()).count();
            let (_, beyond) = rest.split_at(blank);
            let goes_on = beyond
                .first()
                .and_then(|line| Mark::of(line))
                .is_some_and(|mark| mark.kind == first.kind);
            if goes_on {
                rest = beyond;
            }
        }
        let start = first.number;
        (Block::List { start, items }, rest)
    }
}

fn begins_block(line: &str, depth: usize) -> bool {
    Fence::opens(line).is_some()
        || (depth < MAX_DEPTH && (unquoted(line).is_some() || Mark::of(line).is_some()))
}

fn indent(line: &str) -> usize {
    let mut width = 0;
    for c in line.bytes() {
        match c {
            b' ' => width += 1,
            b'\t' => width += 4,
            _ => break,
        }
    }
    width
}

/// A line without its indent, or without `width` of it.
fn outdented(line: &str, width: usize) -> &str {
    let mut left = width;
    let mut rest = line;
    while left > 0 {
        rest = match rest.strip_prefix(' ') {
            Some(after) => {
                left -= 1;
                after
            }
            None => match rest.strip_prefix('\t') {
                Some(after) => {
                    left = left.saturating_sub(4);
                    after
                }
                None => break,
            },
        };
    }
    rest
}

/// What a quoting line quotes. A `>` that touches its text is a face or an arrow, unless it is another `>`.
fn unquoted(line: &str) -> Option<&str> {
    if indent(line) > INDENT_MAX {
        return None;
    }
    let rest = line.trim_start_matches(' ').strip_prefix('>')?;
    match rest.chars().next() {
        None => Some(rest),
        Some(' ') => Some(rest.split_at(1).1),
        Some('>') => Some(rest),
        Some(_) => None,
    }
}

/// The mark of a list's item, and what comes after it.
struct Mark<'t> {
    /// The bullet, or what ends the number: a list goes on as it began.
    kind: char,
    number: Option<u32>,
    /// How far the item's text is from the margin.
    width: usize,
    text: &'t str,
}

impl<'t> Mark<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let before = indent(line);
        if before > INDENT_MAX {
            return None;
        }
        let trimmed = line.trim_start_matches([' ', '\t']);
        let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = trimmed.split_at(digits);
        let kind = rest.chars().next()?;
        let number = match (digits.len(), kind) {
            (0, '-' | '*' | '+') => None,
            // As many digits as browsers count with.
            (1..=9, '.' | ')') => Some(digits.parse().ok()?),
            _ => return None,
        };
        let text = rest.split_at(1).1.strip_prefix(' ')?;
        Some(Self {
            kind,
            number,
            width: before + digits.len() + 2,
            text,
        })
    }
}

/// The line that opens a code block.
struct Fence<'t> {
    mark: char,
    length: usize,
    language: &'t str,
}

impl<'t> Fence<'t> {
    fn opens(line: &'t str) -> Option<Self> {
        if indent(line) > INDENT_MAX {
            return None;
        }
        let line = line.trim();
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let language = line.trim_start_matches(mark);
        let length = line.len() - language.len();
        (length >= 3 && !language.contains('`')).then_some(Self {
            mark,
            length,
            language: language.trim(),
        })
    }

    fn closes(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }

    /// Reads the block that this fence opens in the first of `lines`: to its end, or to the end of all.
    fn read<'a>(&self, lines: &'a [&'t str]) -> (Block, &'a [&'t str]) {
        let (_, inside) = lines.split_at(1);
        let count = inside.iter().take_while(|line| !self.closes(line)).count();
        let (code, after) = inside.split_at(count);
        let word = self.language.split_whitespace().next();
        let block = Block::Code {
            language: word.filter(|word| word.len() <= LANGUAGE_MAX).map(str::to_owned),
            text: code.join("\n"),
        };
        (block, after.split_first().map_or(after, |(_, after)| after))
    }
}
