//! What can be done with a message that was said.

mod deleting;
mod editing;
mod menu;
mod sharing;

use leptos::{
    ev,
    html::{Button, Div},
    prelude::*,
};
use tidings_device::{Act, Input, Which};
use tidings_protocol::{Content, Emoji, LocalId, ThreadId, Timestamp};
use wasm_bindgen::JsCast;
use web_sys::Node;

use self::{
    deleting::Deleting,
    editing::Editing,
    menu::{Entry, Menu},
    sharing::Sharing,
};
use super::{EditLast, Icon};
use crate::live::use_live;

/// What the person is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Nothing,
    /// Looks at the menu, which opens below the message or above it.
    Choosing {
        below: bool,
    },
    /// Edits, having come from the composer or not.
    Editing {
        from_composer: bool,
    },
    Deleting,
}

/// A button beside a message that offers reactions, and to edit or delete one's own.
#[component]
pub fn MessageActions(
    /// Where the message is.
    thread: ThreadId,
    /// Its key for life.
    key: LocalId,
    /// Which.
    #[prop(into)]
    which: Signal<Which>,
    /// When it was sent.
    #[prop(into)]
    at: Signal<Timestamp>,
    /// What it holds; nothing is offered for what nobody wrote.
    #[prop(into)]
    content: Signal<Content>,
    /// Whether it is one's own.
    mine: bool,
    /// Whether its details are shown.
    details: RwSignal<bool>,
) -> impl IntoView {
    let live = use_live();
    let doing = RwSignal::new(Doing::Nothing);
    let opener = NodeRef::<Button>::new();
    let all = NodeRef::<Div>::new();
    let edit_last = expect_context::<EditLast>();
    let is_text = Memo::new(move |_| content.read().is_said());
    let offered = Memo::new(move |_| is_text.get() || *content.read() == Content::Deleted);
    let done = Callback::new(move |()| {
        let before = doing.get_untracked();
        doing.set(Doing::Nothing);
        if before == (Doing::Editing { from_composer: true }) {
            edit_last.back();
        } else if let Some(opener) = opener.get_untracked() {
            // Focus only fails to move for elements that are not shown.
            opener.focus().ok();
        }
    });
    let key_down = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && doing.get_untracked() != Doing::Nothing {
            event.stop_propagation();
            done.run(());
        }
    };
    let toggle = move |_| {
        let below = opener
            .get_untracked()
            .is_some_and(|opener| has_more_below(&opener));
        doing.update(|doing| {
            *doing = match doing {
                Doing::Nothing => Doing::Choosing { below },
                Doing::Choosing { .. } | Doing::Editing { .. } | Doing::Deleting => Doing::Nothing,
            };
        });
    };
    let pressed_elsewhere = move |event: ev::PointerEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
        if let Some(all) = all.get_untracked()
            && !all.contains(target.as_ref())
        {
            doing.set(Doing::Nothing);
        }
    };
    // Only while the menu is open, since each message has one.
    Effect::new(move |_| {
        if let Doing::Choosing { .. } = doing.get() {
            let listener =
                StoredValue::new_local(Some(window_event_listener(ev::pointerdown, pressed_elsewhere)));
            on_cleanup(move || {
                listener
                    .try_update_value(Option::take)
                    .flatten()
                    .into_iter()
                    .for_each(WindowListenerHandle::remove);
            });
        }
    });
    Effect::new(move |_| {
        if edit_last.takes(key) {
            doing.set(Doing::Editing { from_composer: true });
        }
    });
    let may_edit = move || {
        mine && is_text.get_untracked() && live.is_editable(which.get_untracked(), at.get_untracked())
    };
    let is_stored = move || matches!(which.get_untracked(), Which::Stored(_));
    let sharing = Sharing::new(thread);
    let react = Callback::new(move |emoji: Emoji| {
        live.amend(thread, which.get_untracked(), Act::React { emoji, on: true });
    });
    // What the menu offers, one after the other.
    let entries = move || {
        let unread = match which.get_untracked() {
            Which::Stored(seq) if !mine => Some(Entry::new(
                "Mark as unread from here",
                icondata::LuMail,
                move || {
                    live.report(Input::MarkUnread { thread, seq });
                },
            )),
            Which::Stored(_) | Which::Unsent(_) => None,
        };
        let own = [
            unread,
            may_edit().then(|| {
                Entry::new("Edit", icondata::LuPencil, move || {
                    doing.set(Doing::Editing { from_composer: false });
                })
            }),
            (is_stored() && is_text.get_untracked())
                .then(|| Entry::new("Details", icondata::LuInfo, move || details.set(true))),
            Some(Entry::new("Delete", icondata::LuTrash2, move || {
                doing.set(Doing::Deleting)
            })),
        ];
        let mut entries = sharing.entries(which.get_untracked(), content, opener, react);
        entries.extend(own.into_iter().flatten());
        entries
    };
    view! {
        <div class="message-actions" node_ref=all on:keydown=key_down>
            {move || {
                offered
                    .get()
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="actions-opener"
                                aria-label="Actions for this message"
                                aria-expanded=move || (doing.get() != Doing::Nothing).to_string()
                                node_ref=opener
                                on:click=toggle
                            >
                                <Icon drawing=icondata::LuEllipsis />
                            </button>
                        }
                    })
            }}
            {move || match doing.get() {
                Doing::Nothing => None,
                Doing::Choosing { below } => {
                    offered
                        .get()
                        .then(|| {
                            let quick = is_stored() && is_text.get_untracked();
                            view! { <Menu entries=entries() below quick react close=done /> }.into_any()
                        })
                }
                // Also when somebody has deleted the message meanwhile: what is written here must not be lost by that.
                Doing::Editing { .. } => {
                    let text = content.with_untracked(|content| content.text().to_owned());
                    Some(view! { <Editing thread which text done /> }.into_any())
                }
                Doing::Deleting => {
                    let for_everyone = is_text.get_untracked() && (mine || live.rules_in(thread));
                    let which = which.get_untracked();
                    Some(view! { <Deleting thread which for_everyone done /> }.into_any())
                }
            }}
        </div>
    }
}

/// Whether there is more room below an element than above it.
fn has_more_below(element: &web_sys::Element) -> bool {
    let place = element.get_bounding_client_rect();
    let height = window().inner_height().ok().and_then(|height| height.as_f64());
    height.is_some_and(|height| place.top() + place.height() / 2.0 < height / 2.0)
}
