//! The messages of a thread.

mod reading;
mod scrolling;

use std::{collections::HashMap, time::Duration};

use leptos::{ev, html::Div, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use tidings_device::{Input, Timeline};
use tidings_protocol::{Content, LocalId, Seq, ThreadId, ThreadKind, UserId};

use self::{reading::Reading, scrolling::Anchor};
use super::{
    DaySeparator, EmptyState, Icon, Lightbox, MessageRow, NoticeLine, Viewing, message_content::InThread,
    message_row::Placed,
};
use crate::{
    live::use_live,
    transcript::{Item, transcript},
    wording::{counted, preview},
};

/// How long what was announced can be read. Screen readers take it at once; a message that is deleted later must not be
/// left there.
const ANNOUNCED_FOR: Duration = Duration::from_secs(5);

/// Where the view belongs once the rows have changed.
enum Then {
    /// What the reader saw stays where it was.
    Hold(Anchor),
    /// The newest row.
    End,
    /// The message that the reader asked to see.
    Message(Seq),
    /// Where it is: the reader is at the end, and the end stays in view by itself.
    Stay,
}

/// The messages of a thread: newest at the end, older ones loaded as they come near, nothing ever jumps.
#[component]
pub fn MessageList(
    /// Which thread.
    thread: ThreadId,
) -> impl IntoView {
    let live = use_live();
    provide_context(InThread::new(live, thread));
    let viewing = Viewing::new();
    provide_context(viewing);
    let timeline = Memo::new(move |_| live.timeline(thread));
    // What is painted. It follows the timeline one step behind, so that the view can be held first.
    let shown = RwSignal::new(timeline.get_untracked());
    let list = NodeRef::<Div>::new();
    let reading = Reading::new(live, thread, list);
    let away = RwSignal::new(false);
    let arrived = RwSignal::new(0_usize);
    let announcement = RwSignal::new(String::new());
    let next = StoredValue::new(None::<Then>);
    let to_end_next = StoredValue::new(false);
    // Opened from within the page, a thread begins at its unread divider. On a page that has just come from the
    // server nothing may move.
    let focused = StoredValue::new(0_u32);
    let to_divider_next = StoredValue::new(live.is_awake());

    let look_around = move || {
        // A list that is taken away scrolls once more.
        let Some(list) = list.try_get_untracked().flatten() else {
            return;
        };
        let Some((has_older, has_newer, loading)) =
            shown.try_with_untracked(|shown| (shown.has_older, shown.has_newer, shown.loading))
        else {
            return;
        };
        let at_end = scrolling::at_end(&list) && !has_newer;
        away.set(!at_end);
        if at_end {
            arrived.set(0);
        }
        if !loading && has_older && scrolling::near_start(&list) {
            live.report(Input::LoadOlder(thread));
        } else if !loading && has_newer && scrolling::near_end(&list) {
            live.report(Input::LoadNewer(thread));
        }
        reading.look();
    };
    let settle = move || {
        let (Some(Some(then)), Some(list)) = (
            next.try_update_value(Option::take),
            list.try_get_untracked().flatten(),
        ) else {
            return;
        };
        match then {
            Then::Hold(anchor) => scrolling::restore(&list, &anchor),
            Then::End => scrolling::to_end(&list),
            Then::Message(seq) => {
                to_divider_next.set_value(false);
                if let Some(row) = scrolling::to_message(&list, seq) {
                    scrolling::point_out(row);
                }
            }
            Then::Stay => {}
        }
        if to_divider_next.get_value() && shown.try_with_untracked(|shown| shown.loaded) == Some(true) {
            to_divider_next.set_value(false);
            scrolling::to_divider(&list);
        }
        look_around();
    };
    Effect::new(move |_| {
        let timeline = timeline.get();
        let Some(list) = list.get() else {
            return;
        };
        let change = shown.with_untracked(|before| Arrivals::between(before, &timeline));
        let had_newer = shown.with_untracked(|shown| shown.has_newer);
        let to_end = to_end_next.get_value() && !timeline.has_newer;
        let sought = timeline.focus.filter(|_| focused.get_value() != timeline.focused);
        if sought.is_some() {
            focused.set_value(timeline.focused);
        }
        let then = if let Some(seq) = sought {
            Then::Message(seq)
        } else if change.mine || to_end {
            to_end_next.set_value(false);
            Then::End
        } else if scrolling::at_end(&list) && !had_newer {
            Then::Stay
        } else {
            arrived.update(|count| *count += change.others.len());
            scrolling::hold(&list).map_or(Then::Stay, Then::Hold)
        };
        if let Some((sender, content)) = change.others.last() {
            let called = |user| untrack(|| live.called(user));
            let text = preview(content, *sender, called);
            announcement.set(match content {
                Content::Text { .. } | Content::Files { .. } => format!("{}: {text}", called(*sender)),
                Content::Notice { .. } | Content::Deleted | Content::Hidden | Content::Unknown => text,
            });
            set_timeout(move || drop(announcement.try_set(String::new())), ANNOUNCED_FOR);
        }
        // A view that is already held, in a tab that paints nothing, stays held by its first anchor.
        next.update_value(|next| match then {
            Then::Message(_) => *next = Some(then),
            Then::Hold(_) | Then::End | Then::Stay => {
                next.get_or_insert(then);
            }
        });
        shown.set(timeline);
        request_animation_frame(settle);
    });
    let connected = Memo::new(move |_| live.is_live());
    Effect::new(move |_| {
        connected.track();
        look_around();
    });
    Effect::new(move |_| {
        let listeners = [
            window_event_listener(ev::focus, move |_| reading.look()),
            window_event_listener(ev::visibilitychange, move |_| reading.look()),
            window_event_listener(ev::resize, move |_| look_around()),
        ];
        let listeners = StoredValue::new_local(Some(listeners));
        on_cleanup(move || {
            let listeners = listeners.try_update_value(Option::take).flatten();
            listeners
                .into_iter()
                .flatten()
                .for_each(WindowListenerHandle::remove);
        });
    });
    let address = use_query_map();
    let navigate = use_navigate();
    let jump = move |_| {
        arrived.set(0);
        // The address no longer says which message is shown, so that the same one can be asked for again.
        if address.with_untracked(|address| address.get("at").is_some()) {
            let options = NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&format!("/threads/{thread}"), options);
        }
        if shown.with_untracked(|shown| shown.has_newer) {
            to_end_next.set_value(true);
            live.report(Input::JumpToLatest(thread));
        } else if let Some(list) = list.get_untracked() {
            scrolling::to_end(&list);
        }
    };

    let items = Memo::new(move |_| {
        shown.with(|shown| transcript(&shown.rows, shown.divider, |at| live.moment(at).day))
    });
    let placed = Memo::new(move |_| {
        items.with(|(_, places)| {
            shown.with(|shown| {
                let rows = shown.rows.iter().cloned().zip(places.iter().copied());
                rows.map(|(row, place)| (row.key, Placed { row, place }))
                    .collect::<HashMap<LocalId, Placed>>()
            })
        })
    });
    let group = Memo::new(move |_| {
        live.thread(thread)
            .is_some_and(|row| row.kind == ThreadKind::Group)
    });
    let message = move |key: LocalId| {
        let first = placed.with_untracked(|placed| placed.get(&key).cloned())?;
        let first_content = first.row.content.clone();
        let message = Memo::new(move |before: Option<&Placed>| {
            // A row that has just left keeps its last look until it is taken away.
            let now = placed.with(|placed| placed.get(&key).cloned());
            now.or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
        });
        // What a message is never turns into a notice, or the other way.
        Some(match &first_content {
            Content::Notice { .. } => view! { <NoticeLine message /> }.into_any(),
            Content::Text { .. }
            | Content::Files { .. }
            | Content::Deleted
            | Content::Hidden
            | Content::Unknown => view! { <MessageRow message names=group thread /> }.into_any(),
        })
    };
    let state =
        Memo::new(move |_| shown.with(|shown| (shown.loaded, shown.rows.is_empty(), shown.has_older)));

    view! {
        <div class="messages-box">
            <div
                class="messages"
                role="log"
                aria-label="Messages"
                aria-live="off"
                tabindex="0"
                node_ref=list
                on:scroll=move |_| look_around()
            >
                <div class="messages-inner">
                    {move || match state.get() {
                        (false, ..) => view! { <p class="messages-note">"Loading messages…"</p> }.into_any(),
                        (true, true, _) => {
                            view! {
                                <EmptyState drawing=icondata::LuMessageSquare title="No messages yet">
                                    <p>"Write the first one below."</p>
                                </EmptyState>
                            }
                                .into_any()
                        }
                        (true, false, true) => {
                            view! { <p class="messages-note">"Loading older messages…"</p> }.into_any()
                        }
                        (true, false, false) => {
                            view! { <p class="messages-note">"This is the beginning of the thread."</p> }.into_any()
                        }
                    }}
                    <For
                        each=move || items.get().0
                        key=|item| *item
                        children=move |item| match item {
                            Item::Day(day, _) => view! { <DaySeparator day /> }.into_any(),
                            Item::Unread => {
                                view! {
                                    <p class="unread-divider">
                                        <span>"New"</span>
                                    </p>
                                }
                                    .into_any()
                            }
                            Item::Message(key) => message(key).into_any(),
                        }
                    />
                </div>
            </div>
            {move || {
                away.get()
                    .then(|| {
                        view! {
                            <button type="button" class="jump" on:click=jump.clone()>
                                <Icon drawing=icondata::LuArrowDown />
                                "Jump to latest"
                                {move || {
                                    let count = arrived.get();
                                    (count > 0)
                                        .then(|| {
                                            view! { <b>{counted(count, "new message", "new messages")}</b> }
                                        })
                                }}
                            </button>
                        }
                    })
            }}
            <div class="sr-only" aria-live="polite">
                {announcement}
            </div>
            <Lightbox thread viewing />
        </div>
    }
}

/// What came at the end of a timeline.
struct Arrivals {
    /// The newest row is a new one of one's own.
    mine: bool,
    /// New messages of others.
    others: Vec<(UserId, Content)>,
}

impl Arrivals {
    fn between(before: &Timeline, now: &Timeline) -> Self {
        let newest = before.rows.iter().rev().find_map(|row| row.seq);
        // Rows that only came into the page, because the reader went down to them, have not arrived just now.
        let comparable = before.loaded && !before.has_newer && !now.has_newer;
        let others = now
            .rows
            .iter()
            .filter(|row| comparable && !row.mine && row.seq.is_some() && row.seq > newest);
        let last_key = before.rows.last().map(|row| row.key);
        Self {
            mine: now
                .rows
                .last()
                .is_some_and(|row| row.mine && row.seq.is_none() && Some(row.key) != last_key),
            others: others.map(|row| (row.sender, row.content.clone())).collect(),
        }
    }
}
