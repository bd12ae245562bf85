//! Taking a message elsewhere: answering, forwarding, copying, and reacting with any emoji.

use leptos::{html::Button, prelude::*};
use tidings_device::Which;
use tidings_protocol::{Content, Emoji, Seq, ThreadId, command::Origin};

use super::{
    super::{
        EmojiPicker, Forwarding, Parcel, Toast, clipboard::copy, use_emoji_picker, use_forwarding, use_toast,
    },
    menu::Entry,
};
use crate::replying::Replying;

/// What takes a message elsewhere, for the messages of one thread.
#[derive(Clone, Copy)]
pub(super) struct Sharing {
    thread: ThreadId,
    replying: Replying,
    picker: EmojiPicker,
    toast: Toast,
    forwarding: Forwarding,
}

impl Sharing {
    pub(super) fn new(thread: ThreadId) -> Self {
        Self {
            thread,
            replying: expect_context(),
            picker: use_emoji_picker(),
            toast: use_toast(),
            forwarding: use_forwarding(),
        }
    }

    /// What there is for a message. One that waits to be sent has no place yet that could be named. The picker opens
    /// beside `opener`, and what is chosen in it goes to `react`.
    pub(super) fn entries(
        self,
        which: Which,
        content: Signal<Content>,
        opener: NodeRef<Button>,
        react: Callback<Emoji>,
    ) -> Vec<Entry> {
        let seq = match which {
            Which::Stored(seq) => Some(seq),
            Which::Unsent(_) => None,
        };
        let text = move || content.with_untracked(|content| content.text().to_owned());
        let from = seq.map(|seq| Origin {
            thread: self.thread,
            seq,
        });
        let parcel = move || content.with_untracked(|content| Parcel::of(content, from));
        let entries = [
            seq.map(|_| self.more_reactions(opener, react)),
            seq.map(|seq| Entry::new("Reply", icondata::LuReply, move || self.replying.choose(seq))),
            parcel().map(|_| {
                Entry::new("Forward", icondata::LuForward, move || {
                    if let Some(parcel) = parcel() {
                        self.forwarding.ask(parcel);
                    }
                })
            }),
            (!text().is_empty()).then(|| {
                Entry::new("Copy text", icondata::LuCopy, move || {
                    copy(&text());
                    self.toast.say("Text copied.");
                })
            }),
            seq.map(|seq| Entry::new("Copy link", icondata::LuLink, move || self.copy_link(seq))),
        ];
        entries.into_iter().flatten().collect()
    }

    fn more_reactions(self, opener: NodeRef<Button>, react: Callback<Emoji>) -> Entry {
        let take = move |emoji: String| {
            if let Ok(emoji) = Emoji::new(&emoji) {
                // The message may have left the page meanwhile.
                react.try_run(emoji);
            }
        };
        Entry::new("More reactions", icondata::LuSmilePlus, move || {
            if let Some(opener) = opener.get_untracked() {
                self.picker.open(&opener, take);
            }
        })
    }

    fn copy_link(self, seq: Seq) {
        if let Ok(origin) = window().location().origin() {
            copy(&format!("{origin}/threads/{}?at={}", self.thread, seq.0));
            self.toast.say("Link copied.");
        }
    }
}
