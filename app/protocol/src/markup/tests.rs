use bolero::check;

use super::*;

/// Nodes as one line: `b(…)` and so on.
fn shown(text: &str) -> String {
    blocks(&parse(text))
}

fn blocks(blocks: &[Block]) -> String {
    let all = blocks.iter().map(|block| match block {
        Block::Paragraph(inner) => inlines(inner),
        Block::Code { language, text } => format!("pre{}({text})", language.as_deref().unwrap_or_default()),
        Block::Quote(inner) => format!("q({})", self::blocks(inner)),
        Block::List { start, items } => {
            let items: Vec<_> = items.iter().map(|item| self::blocks(item)).collect();
            let start = start.map(|start| start.to_string()).unwrap_or_default();
            format!("l{start}({})", items.join("; "))
        }
    });
    all.collect::<Vec<_>>().join(" | ")
}

fn inlines(inner: &[Inline]) -> String {
    let all = inner.iter().map(|inline| match inline {
        Inline::Text(text) => text.clone(),
        Inline::Strong(inner) => format!("b({})", inlines(inner)),
        Inline::Emphasis(inner) => format!("i({})", inlines(inner)),
        Inline::Struck(inner) => format!("s({})", inlines(inner)),
        Inline::Code(text) => format!("c({text})"),
        Inline::Link { address, label } => format!("a({}={})", inlines(label), address.as_str()),
        Inline::Mention(name) => format!("m({name})"),
    });
    all.collect()
}

#[track_caller]
fn reads(pairs: &[(&str, &str)]) {
    for (text, expected) in pairs {
        assert_eq!(shown(text), *expected, "{text:?}");
    }
}

#[test]
fn marks_around_words_change_how_they_look() {
    reads(&[
        ("**hi** *there* _you_ ~~not~~", "b(hi) i(there) i(you) s(not)"),
        ("***both***", "i(b(both))"),
        ("**a *b* c**", "b(a i(b) c)"),
        ("__bold__", "b(bold)"),
        ("**bold\nover lines**", "b(bold\nover lines)"),
    ]);
}

#[test]
fn marks_that_mean_nothing_stay() {
    reads(&[
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("snake_case_name", "snake_case_name"),
        ("**open", "**open"),
        ("~5 or ~6", "~5 or ~6"),
        ("a ** b **", "a ** b **"),
        ("\\*not\\*", "*not*"),
        ("C:\\new\\*", "C:\\new*"),
        ("\\\\server\\share", "\\\\server\\share"),
        ("# no heading", "# no heading"),
        ("`open", "`open"),
        (">:( <3 ->", ">:( <3 ->"),
        ("-no list", "-no list"),
    ]);
}

#[test]
fn html_is_text() {
    reads(&[
        ("<b>x</b> &amp; <!-- -->", "<b>x</b> &amp; <!-- -->"),
        ("<script>run()</script>", "<script>run()</script>"),
    ]);
}

#[test]
fn code_is_as_it_is() {
    reads(&[
        ("`**a**` ``b`c``", "c(**a**) c(b`c)"),
        ("` a `", "c(a)"),
        (
            "```rust\nlet a = *b;\n\n  c\n```\nafter",
            "prerust(let a = *b;\n\n  c) | after",
        ),
        ("before\n~~~\n```\n~~~", "before | pre(```)"),
        ("```\nopen", "pre(open)"),
        ("```one line```", "c(one line)"),
    ]);
}

#[test]
fn lists_and_quotes_hold_blocks() {
    reads(&[
        ("- a\n- b\n\n- c", "l(a; b; c)"),
        ("3. a\n4. b\n5) c", "l3(a; b) | l5(c)"),
        ("- a\n  - b\n    - c\n- d", "l(a | l(b | l(c)); d)"),
        ("1. a\n   more\n2. b", "l1(a\nmore; b)"),
        ("- a\n\n  b\n\nc", "l(a | b) | c"),
        ("say:\n- a\nafter", "say: | l(a) | after"),
        ("> a\n> > b\n> - c\nd", "q(a | q(b) | l(c)) | d"),
        ("> ```\n> x\n> ```", "q(pre(x))"),
        ("a\n\n\nb", "a | b"),
    ]);
}

#[test]
fn addresses_are_links_and_what_surrounds_them_is_not() {
    reads(&[
        (
            "see https://a.example/b_c_d.",
            "see a(https://a.example/b_c_d=https://a.example/b_c_d).",
        ),
        (
            "(http://a.example/x)",
            "(a(http://a.example/x=http://a.example/x))",
        ),
        (
            "https://a.example/x_(y)!",
            "a(https://a.example/x_(y)=https://a.example/x_(y))!",
        ),
        (
            "**https://a.example**",
            "b(a(https://a.example=https://a.example))",
        ),
        (
            "mailto:ana@a.example?subject=x",
            "a(mailto:ana@a.example?subject=x=mailto:ana@a.example?subject=x)",
        ),
        (
            "[the *site*](https://a.example)",
            "a(the i(site)=https://a.example)",
        ),
        ("[](https://a.example)", "a(https://a.example=https://a.example)"),
        (
            "[https://b.example](https://a.example)",
            "a(https://b.example=https://a.example)",
        ),
        (
            "[a [b](https://b.example) c](https://a.example)",
            "[a a(b=https://b.example) c](a(https://a.example=https://a.example))",
        ),
        ("*[a*](https://a.example)", "*a(a*=https://a.example)"),
        (
            "[x](https://a.example y)",
            "[x](a(https://a.example=https://a.example) y)",
        ),
        ("<https://a.example>", "<a(https://a.example=https://a.example)>"),
        (
            "HTTPS://A.example:8080/?q#f",
            "a(HTTPS://A.example:8080/?q#f=HTTPS://A.example:8080/?q#f)",
        ),
    ]);
}

#[test]
fn nothing_else_is_a_link() {
    for text in [
        "javascript:alert(1)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,x)",
        "[x](vbscript:x)",
        "[x](file:///etc/passwd)",
        "[x](//a.example)",
        "[x](/path)",
        "[x](https://user@a.example)",
        "https://user:pw@a.example/",
        "[x](https://a.example\\@b.example)",
        "[x](https:a.example)",
        "[x](https://)",
        "https://",
        "https://./",
        "[x](https://a.exa%6Dple)",
        "xhttps://a.example",
        "ftp://a.example",
        "mailto:nobody",
        "www.a.example",
        "[x] (https:)",
    ] {
        assert!(!shown(text).contains("a("), "{text:?} gives {:?}", shown(text));
    }
}

#[test]
fn a_label_that_names_another_host_has_its_own_beside_it() {
    let behind = |address: &str, label: &str| {
        let address = Address::new(address).expect("a good address");
        address.host_behind(label).map(str::to_owned)
    };
    assert_eq!(
        behind("https://evil.example/x", "https://bank.example"),
        Some("evil.example".to_owned())
    );
    assert_eq!(
        behind("https://evil.example/x", "bank.example"),
        Some("evil.example".to_owned())
    );
    assert_eq!(behind("https://evil.example/x", "the bank"), None);
    assert_eq!(behind("https://a.example/x", "a.example"), None);
    let typed = "https://bücher.example/x";
    assert_eq!(behind(typed, typed), Some("xn--bcher-kva.example".to_owned()));
    let cyrillic = "https://аррӏе.com";
    assert_eq!(behind(cyrillic, cyrillic), Some("xn--80ak6aa92e.com".to_owned()));
}

#[test]
fn a_text_without_its_marks_reads_as_it_is_shown() {
    let text = "**Hi** @ana:\n- [x](https://a.example)\n- `y`\n\n> 2\n```\nz\n```";
    assert_eq!(plain_text(text), "Hi @ana:\n• x\n• y\n2\nz");
    assert_eq!(plain_text("3. a\n4. b"), "3. a\n4. b");
}

#[test]
fn an_open_fence_is_known() {
    for (text, open) in [
        ("```", true),
        ("```rust\nlet", true),
        ("```\na\n```", false),
        ("a `b", false),
        ("```\n~~~", true),
        ("```a```", false),
    ] {
        assert_eq!(ends_in_code(text), open, "{text:?}");
    }
}

fn depth_of_inlines(inner: &[Inline]) -> usize {
    let depths = inner.iter().map(|inline| match inline {
        Inline::Strong(inner)
        | Inline::Emphasis(inner)
        | Inline::Struck(inner)
        | Inline::Link { label: inner, .. } => 1 + depth_of_inlines(inner),
        Inline::Text(_) | Inline::Code(_) | Inline::Mention(_) => 1,
    });
    depths.max().unwrap_or(0)
}

fn depth(blocks: &[Block]) -> usize {
    let depths = blocks.iter().map(|block| match block {
        Block::Paragraph(inner) => 1 + depth_of_inlines(inner),
        Block::Code { .. } => 1,
        Block::Quote(inner) => 1 + depth(inner),
        Block::List { items, .. } => 1 + items.iter().map(|item| depth(item)).max().unwrap_or(0),
    });
    depths.max().unwrap_or(0)
}

fn nodes(blocks: &[Block]) -> usize {
    let mut inlines = 0;
    visit(blocks, &mut |_| inlines += 1);
    inlines + blocks_in(blocks)
}

fn blocks_in(blocks: &[Block]) -> usize {
    let counts = blocks.iter().map(|block| match block {
        Block::Paragraph(_) | Block::Code { .. } => 1,
        Block::Quote(inner) => 1 + blocks_in(inner),
        Block::List { items, .. } => 1 + items.iter().map(|item| 1 + blocks_in(item)).sum::<usize>(),
    });
    counts.sum()
}

fn is_bounded(text: &str) {
    let read = parse(text);
    assert!(depth(&read) <= 2 * MAX_DEPTH + 4, "too deep");
    assert!(nodes(&read) <= 3 * MAX_NODES, "too many");
}

#[test]
fn hostile_texts_are_read_at_once() {
    let long = crate::limits::BODY_MAX_BYTES;
    let pieces = [
        "*",
        "_",
        "**",
        "~~",
        "[",
        "]",
        "](",
        "[](",
        "[a](",
        "[a](https://a.example)",
        "`",
        "`a``",
        ">",
        "> ",
        "> > ",
        "- ",
        "1. ",
        "- a\n",
        "> a\n\n",
        "```\n",
        "~~~\n\n",
        "*a ",
        " a*",
        "*a **b ",
        "_a *b_ c* ",
        "a**b",
        "http://",
        "http://a@",
        "https://a.example(",
        ")",
        "mailto:",
        "@",
        "@a",
        "@ana ",
        "\\",
        "\n",
        " ",
        "\t",
        "  - a\n",
        "é",
        "\u{202e}",
        "[*",
        "*]",
        "(",
        "***a** b* ",
        "*_",
        "h",
        "`` ` ",
    ];
    for piece in pieces {
        is_bounded(&piece.repeat(long / piece.len()));
    }
    let mut nested = String::new();
    while nested.len() < long {
        nested.push_str(&" ".repeat(nested.lines().count() * 2));
        nested.push_str("- a\n");
    }
    is_bounded(&nested);
    let mut ticks = String::new();
    for length in 1..170 {
        ticks.push_str(&"`".repeat(length));
        ticks.push(' ');
    }
    is_bounded(&ticks);
}

/// Letters of a text that are never markup.
fn letters(text: &str) -> String {
    text.chars().filter(|c| matches!(c, 'a'..='g')).collect()
}

/// What markup is made of, and some letters.
const PIECES: [&str; 25] = [
    "a", "b", "c", "d", "e", "f", "g", "*", "_", "~", "`", ">", "-", "[", "]", "(", ")", "@", "\\", " ",
    "\n", "**", "```\n", "1. ", "- ",
];

#[test]
fn any_text_can_be_read() {
    check!()
        .with_type::<Vec<u8>>()
        .for_each(|bytes| is_bounded(&String::from_utf8_lossy(bytes)));
}

#[test]
fn nothing_that_was_said_is_lost() {
    check!().with_type::<Vec<u8>>().for_each(|picks: &Vec<u8>| {
        let text: String = picks
            .iter()
            .map(|pick| PIECES[usize::from(*pick) % PIECES.len()])
            .collect();
        assert_eq!(
            letters(&plain_text(&text)),
            letters(&without_languages(&text)),
            "{text:?}"
        );
        is_bounded(&text);
    });
}

/// The word after an opening fence is shown beside the code and not in the text.
fn without_languages(text: &str) -> String {
    let mut languages = Vec::new();
    fn collect(blocks: &[Block], languages: &mut Vec<String>) {
        for block in blocks {
            match block {
                Block::Paragraph(_) => {}
                Block::Code { language, .. } => languages.extend(language.clone()),
                Block::Quote(inner) => collect(inner, languages),
                Block::List { items, .. } => items.iter().for_each(|item| collect(item, languages)),
            }
        }
    }
    collect(&parse(text), &mut languages);
    if languages.is_empty() {
        text.to_owned()
    } else {
        plain_text(text)
    }
}

#[test]
fn the_first_link_to_a_page_is_the_first_that_is_read_as_one() {
    for (text, expected) in [
        (
            "a https://a.example b https://b.example",
            Some("https://a.example"),
        ),
        ("`https://a.example` https://b.example", Some("https://b.example")),
        (
            "```\nhttps://a.example\n```\nhttps://b.example",
            Some("https://b.example"),
        ),
        (
            "> [x](https://a.example/1) https://b.example",
            Some("https://a.example/1"),
        ),
        (
            "1. **_HTTP://a.example_**\n2. https://b.example",
            Some("HTTP://a.example"),
        ),
        (
            "mailto:ana@a.example https://b.example",
            Some("https://b.example"),
        ),
        ("[x](mailto:ana@a.example)", None),
        ("https://ana@a.example", None),
        ("ftp://a.example://", None),
        ("", None),
    ] {
        let found = first_link(text);
        assert_eq!(found.as_ref().map(Address::as_str), expected, "{text:?}");
    }
}
