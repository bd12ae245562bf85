//! How many messages are unread.

use leptos::prelude::*;

use crate::wording::counted;

/// Beyond this a badge only says "more".
const SHOWN_AT_MOST: u32 = 99;

/// A count of unread messages; nothing when there are none.
#[component]
pub fn UnreadBadge(
    /// How many.
    #[prop(into)]
    count: Signal<u32>,
    /// How many of them mention the person.
    #[prop(into)]
    mentions: Signal<usize>,
) -> impl IntoView {
    let mentioned = move || {
        let count = mentions.get();
        (count > 0).then(|| {
            let words = counted(count, " mentions you", " mention you");
            view! {
                <span class="unread mentioned">
                    <span aria-hidden="true">"@"</span>
                    <span class="sr-only">{words}</span>
                </span>
            }
        })
    };
    let all = move || {
        let count = count.get();
        (count > 0).then(|| {
            let text = if count > SHOWN_AT_MOST {
                format!("{SHOWN_AT_MOST}+")
            } else {
                count.to_string()
            };
            view! {
                <span class="unread">
                    {text}
                    <span class="sr-only">" unread"</span>
                </span>
            }
        })
    };
    view! {
        {all}
        {mentioned}
    }
}
