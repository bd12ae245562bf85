//! What can be done with a thread: one menu for its row and its header.

mod entries;
mod place;

use std::cell::RefCell;

use leptos::{ev, html::Div, prelude::*};
use tidings_device::{Input, SettingsChange};
use tidings_protocol::{ThreadId, ThreadSettings};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use self::entries::{Entries, Leaf};
use super::focus_walk::FocusWalk;
use crate::{live::use_live, wording::thread_name};

const ENTRIES: &str = "button";

/// The thread whose menu is open, and where. A handle: copies are the same menu.
#[derive(Clone, Copy)]
pub struct ThreadMenus {
    open: RwSignal<Option<Opened>>,
}

thread_local! {
    /// What had the focus before a menu opened, and gets it back.
    static BEFORE: RefCell<Option<HtmlElement>> = const { RefCell::new(None) };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Opened {
    thread: ThreadId,
    x: i32,
    y: i32,
}

impl Default for ThreadMenus {
    fn default() -> Self {
        Self {
            open: RwSignal::new(None),
        }
    }
}

impl ThreadMenus {
    /// Opens the menu of a thread where the person pressed, or below `opener` if they used the keyboard.
    pub fn open(self, thread: ThreadId, event: &ev::MouseEvent, opener: &HtmlElement) {
        let (x, y) = place::asked_at(event, opener);
        self.open_at(thread, opener, (x, y));
    }

    /// Opens the menu of a thread at a place of the window.
    pub fn open_at(self, thread: ThreadId, opener: &HtmlElement, (x, y): (i32, i32)) {
        BEFORE.set(Some(opener.clone()));
        self.open.set(Some(Opened { thread, x, y }));
    }

    /// Whether this thread's menu is open.
    #[must_use]
    pub fn is_open(self, thread: ThreadId) -> bool {
        self.open.read().is_some_and(|open| open.thread == thread)
    }

    fn close(self) {
        self.open.set(None);
        if let Some(before) = BEFORE.take() {
            // Focus only fails to move for elements that are not shown.
            before.focus().ok();
        }
    }
}

/// The menus of this page.
#[must_use]
pub fn use_thread_menus() -> ThreadMenus {
    expect_context()
}

/// The menu of whichever thread was asked for.
#[component]
pub fn ThreadMenu() -> impl IntoView {
    let menus = use_thread_menus();
    move || menus.open.get().map(|opened| view! { <Menu menus opened /> })
}

#[component]
fn Menu(menus: ThreadMenus, opened: Opened) -> impl IntoView {
    let live = use_live();
    let thread = opened.thread;
    let leaf = RwSignal::new(Leaf::All);
    let menu = NodeRef::<Div>::new();
    let name = untrack(|| live.thread(thread))
        .map_or_else(String::new, |row| thread_name(row.title.as_ref(), &row.others));
    Effect::new(move |_| {
        leaf.track();
        if let Some(menu) = menu.get() {
            // Keys that come before the first entry has the focus are the menu's too.
            menu.focus().ok();
            // The entries of a leaf are there once what follows from it is rendered.
            request_animation_frame(move || {
                place::keep_inside(&menu, (opened.x, opened.y));
                let entries = FocusWalk::through(&menu, ENTRIES);
                // Unless a key was quicker.
                if entries.at().is_none() {
                    entries.to_first();
                }
            });
        }
    });
    let close = Callback::new(move |()| menus.close());
    let change = Callback::new(move |change: SettingsChange| {
        live.report(Input::ChangeSettings { thread, change });
        menus.close();
    });
    let row = untrack(|| live.thread(thread));
    let settings = row
        .as_ref()
        .map_or_else(ThreadSettings::default, |row| row.settings);
    let left = row.is_none_or(|row| row.role.is_none());
    let key_down = move |event: ev::KeyboardEvent| {
        let Some(menu) = menu.get_untracked() else {
            return;
        };
        let entries = FocusWalk::through(&menu, ENTRIES);
        match event.key().as_str() {
            "Escape" | "ArrowLeft" if leaf.get_untracked() != Leaf::All => leaf.set(Leaf::All),
            "Escape" | "Tab" => menus.close(),
            "ArrowDown" => entries.round(1),
            "ArrowUp" => entries.round(-1),
            "Home" => entries.to_first(),
            "End" => entries.to_last(),
            // An entry that has the focus hears these itself.
            "Enter" | " " if entries.at().is_none() => {
                if let Some(first) = entries.first() {
                    first.click();
                }
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <div
            class="menu-behind"
            on:click=move |_| menus.close()
            on:contextmenu=move |event| {
                event.prevent_default();
                menus.close();
            }
        ></div>
        <div
            class="menu"
            role="menu"
            tabindex="-1"
            aria-label=format!("Options for {name}")
            node_ref=menu
            on:keydown=key_down
            on:contextmenu=|event: ev::MouseEvent| event.prevent_default()
        >
            <Entries thread settings left leaf change close />
        </div>
    }
}

/// The element that an event is about.
pub(super) fn element_of(event: &web_sys::Event) -> Option<HtmlElement> {
    event.current_target()?.dyn_into().ok()
}
