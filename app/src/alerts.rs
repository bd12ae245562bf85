//! Telling the person of messages while the page is in the background: a notification of the system, a quiet sound,
//! and how many wait on the page's title and icon.
//!
//! Which messages notify is the device's to say, by the rule that the server has too. Here is only how: what this
//! browser allows, what the person has chosen for it, and that of several tabs one tells.

pub mod badge;
pub mod choices;
pub mod notification;
pub mod sound;
pub mod tabs;

use std::{cell::RefCell, collections::BTreeMap};

use leptos::{prelude::*, task::spawn_local};
use tidings_protocol::{Message, ThreadId, ThreadKind};

pub use choices::Choices;
pub use notification::Permission;

use crate::{
    live::Live,
    wording::{preview, thread_name},
};
use notification::Shown;

/// A notification says no more of a message than so many characters; systems show even less.
const SHOWN_CHARS: usize = 160;

/// What this browser allows and what the person has chosen for it. A handle: copies are the same.
#[derive(Clone, Copy)]
pub struct Alerts {
    /// Whether the system shows notifications of this page.
    pub permission: RwSignal<Permission>,
    /// What the person has chosen.
    pub choices: RwSignal<Choices>,
}

thread_local! {
    /// Notifications on the screen. They are the browser's, and a page has one thread.
    static SHOWN: RefCell<BTreeMap<ThreadId, Shown>> = const { RefCell::new(BTreeMap::new()) };
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            permission: RwSignal::new(Permission::Unknown),
            choices: RwSignal::new(Choices::default()),
        }
    }
}

/// What the pages tell by.
#[must_use]
pub fn use_alerts() -> Alerts {
    expect_context()
}

impl Alerts {
    /// Looks up what the browser allows and what was chosen. In the browser only.
    pub fn load(self) {
        self.permission.set(notification::permission());
        self.choices.set(Choices::load());
    }

    /// Changes what is chosen, and keeps it for this browser.
    pub fn choose(self, change: impl FnOnce(&mut Choices)) {
        self.choices.update(change);
        self.choices.get_untracked().keep();
    }

    /// Has the browser ask the person, who has just pressed something that says so.
    pub fn ask(self) {
        notification::ask(move || {
            self.permission.try_set(notification::permission());
        });
    }

    /// Tells of a message, unless the person looks at a page of Tidings or another tab tells. `open` is called when they
    /// press the notification.
    pub fn tell(self, live: Live, message: Message, open: Callback<Message>) {
        tabs::if_nobody_looks(message.id, move || {
            spawn_local(self.tell_here(live, message, open));
        });
    }

    /// The same, whoever looks.
    async fn tell_here(self, live: Live, message: Message, open: Callback<Message>) {
        let (thread, seq) = (message.thread, message.seq);
        // A push was quicker, or one about a later message.
        if live.is_told_of(thread, seq).await || !live.is_news_now(thread, seq) {
            return;
        }
        let Some(choices) = self.choices.try_get_untracked() else {
            return;
        };
        // Where the page can't be heard, the notification makes the sound, as that of a push does.
        let silent = !choices.sound || sound::play();
        if !choices.shown || self.permission.try_get_untracked() != Some(Permission::Granted) {
            return;
        }
        let (title, body) = untrack(|| words(live, &message, choices.hides_content));
        if live.show_notification(&title, &body, thread, seq, silent).await {
            return;
        }
        let pressed = move || open.run(message.clone());
        // As pushed ones have it: one for each thread.
        let tag = thread.to_string();
        if let Some(shown) = Shown::show(&title, &body, &tag, silent, seq, pressed) {
            SHOWN.with_borrow_mut(|all| all.insert(thread, shown));
        }
        // It may have been read meanwhile.
        Self::withdraw(live);
    }

    /// Takes notifications back whose messages have been read, on whichever device, or deleted, or whose threads are gone.
    pub fn withdraw(live: Live) {
        // What is dropped goes off the screen.
        SHOWN.with_borrow_mut(|shown| shown.retain(|thread, shown| live.is_news_now(*thread, shown.seq)));
    }
}

/// The title and the text of a notification.
fn words(live: Live, message: &Message, hides_content: bool) -> (String, String) {
    let sender = live.called(message.sender);
    let row = live.thread(message.thread);
    let title = match row.filter(|row| row.kind == ThreadKind::Group) {
        Some(group) => format!("{sender} in {}", thread_name(group.title.as_ref(), &group.others)),
        None => sender,
    };
    let body = if hides_content {
        "New message".to_owned()
    } else {
        shortened(&preview(&message.content, message.sender, |user| {
            live.called(user)
        }))
    };
    (title, body)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = "é".repeat(SHOWN_CHARS + 1);
        let cut = shortened(&long);
        assert_eq!(cut.chars().count(), SHOWN_CHARS + 1);
        assert!(cut.ends_with("é…"));
        assert_eq!(shortened("short"), "short");
    }
}
