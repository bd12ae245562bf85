//! A text's nodes as elements. Nothing of a text ever becomes markup itself.

use leptos::prelude::*;
use tidings_protocol::{
    ThreadKind, User, UserId,
    markup::{Address, Block, Inline, label_text},
    mention::{EVERYBODY, readings},
};

use super::{Icon, clipboard::copy};

/// Who can be mentioned where a text stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// Who looks at it.
    pub me: UserId,
    /// The members of the thread.
    pub members: Vec<User>,
    /// What kind of thread it is.
    pub kind: ThreadKind,
}

/// The blocks of a text.
#[must_use]
pub fn blocks(blocks: &[Block], audience: &Audience) -> Vec<AnyView> {
    blocks.iter().map(|block| one(block, audience)).collect()
}

fn one(block: &Block, audience: &Audience) -> AnyView {
    match block {
        Block::Paragraph(inner) => view! { <p dir="auto">{inlines(inner, audience)}</p> }.into_any(),
        Block::Quote(inner) => {
            view! { <blockquote dir="auto">{self::blocks(inner, audience)}</blockquote> }.into_any()
        }
        Block::List { start, items } => {
            let items: Vec<_> = items
                .iter()
                .map(|item| view! { <li dir="auto">{self::blocks(item, audience)}</li> })
                .collect();
            match start {
                Some(start) => view! { <ol start=start.to_string()>{items}</ol> }.into_any(),
                None => view! { <ul>{items}</ul> }.into_any(),
            }
        }
        Block::Code { language, text } => {
            view! { <Code language=language.clone() text=text.clone() /> }.into_any()
        }
    }
}

/// The inlines of a paragraph.
#[must_use]
pub fn inlines(inlines: &[Inline], audience: &Audience) -> Vec<AnyView> {
    let each = inlines.iter().map(|inline| match inline {
        Inline::Text(text) => text.clone().into_any(),
        Inline::Strong(inner) => view! { <strong>{self::inlines(inner, audience)}</strong> }.into_any(),
        Inline::Emphasis(inner) => view! { <em>{self::inlines(inner, audience)}</em> }.into_any(),
        Inline::Struck(inner) => view! { <s>{self::inlines(inner, audience)}</s> }.into_any(),
        Inline::Code(text) => view! { <code dir="auto">{text.clone()}</code> }.into_any(),
        Inline::Link { address, label } => link(address, label, audience),
        Inline::Mention(name) => mention(name, audience),
    });
    each.collect()
}

fn link(address: &Address, label: &[Inline], audience: &Audience) -> AnyView {
    let behind = address
        .host_behind(&label_text(label))
        .map(|host| view! { <span class="link-host">{format!(" ({host})")}</span> });
    let to = address.as_str().to_owned();
    view! {
        <a href=to.clone() target="_blank" rel="noopener noreferrer nofollow" dir="auto" title=to>
            {inlines(label, audience)}
        </a>
        {behind}
    }
    .into_any()
}

/// The name of who is meant, if they are a member; the text as it was written otherwise.
fn mention(written: &str, audience: &Audience) -> AnyView {
    let name = written.to_ascii_lowercase();
    let meant = readings(&name).find_map(|name| {
        let user = audience
            .members
            .iter()
            .find(|user| user.username.as_str() == name);
        let all = audience.kind == ThreadKind::Group && EVERYBODY.contains(&name);
        match user {
            Some(user) => Some((name.len(), Some(user))),
            None => all.then_some((name.len(), None)),
        }
    });
    let Some((length, user)) = meant else {
        return format!("@{written}").into_any();
    };
    let (said, rest) = written.split_at(length);
    let (shown, mine) = match user {
        Some(user) => (user.display_name.as_str().to_owned(), user.id == audience.me),
        None => (said.to_lowercase(), true),
    };
    view! {
        <span class="mention" class:mine=mine dir="auto" title=format!("@{said}")>
            {format!("@{shown}")}
        </span>
        {rest.to_owned()}
    }
    .into_any()
}

/// A block of code.
#[component]
fn Code(
    /// What language it is said to be.
    language: Option<String>,
    /// The lines.
    text: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let kept = StoredValue::new(text.clone());
    let copy = move |_| {
        kept.with_value(|text| copy(text));
        copied.set(true);
    };
    let name = move || if copied.get() { "Copied" } else { "Copy code" };
    view! {
        <div class="code-block">
            <div class="code-head">
                {language.map(|language| view! { <span class="code-language">{language}</span> })}
                <button type="button" class="code-copy" aria-label=name title=name on:click=copy>
                    {move || {
                        let drawing = if copied.get() { icondata::LuCheck } else { icondata::LuCopy };
                        view! { <Icon drawing /> }
                    }}
                </button>
            </div>
            <pre tabindex="0" dir="ltr" aria-label="Code">
                <code>{text}</code>
            </pre>
        </div>
    }
}
