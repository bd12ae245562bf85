//! What is written and not sent, as components see it.

use leptos::prelude::*;
use tidings_protocol::{Attachment, AttachmentId, Seq, ThreadId};

use super::Live;
#[cfg(feature = "hydrate")]
use super::drafts;
use crate::{
    attaching::{expired, is_expired},
    draft::Draft,
};

impl Live {
    /// What was written into a thread's composer and not sent.
    #[must_use]
    pub fn draft(self, thread: ThreadId) -> Draft {
        #[cfg(feature = "hydrate")]
        if !self.is_stranded(thread) {
            if let Some(draft) = drafts::load(self.person(), thread) {
                return draft;
            }
            // Another tab may have sent it, and this one has not heard of it yet.
            if self.is_awake() {
                return Draft::default();
            }
        }
        let drafts = self.drafts.try_read_untracked();
        drafts
            .and_then(|drafts| drafts.get(&thread).cloned())
            .unwrap_or_default()
    }

    /// Keeps the text of a draft across reloads.
    pub fn keep_draft(self, thread: ThreadId, text: &str) {
        self.change_draft(thread, |draft| text.clone_into(&mut draft.text));
    }

    /// Keeps which message the draft of a thread answers.
    pub fn keep_reply_target(self, thread: ThreadId, reply_to: Option<Seq>) {
        self.change_draft(thread, |draft| draft.reply_to = reply_to);
    }

    /// The files in the tray of a thread, in whichever tab they were put there.
    #[must_use]
    pub fn tray(self, thread: ThreadId) -> Vec<Attachment> {
        self.drafts.with(|drafts| {
            let draft = drafts.get(&thread);
            draft.map_or_else(Vec::new, |draft| draft.files.clone())
        })
    }

    /// Keeps a file in the tray of a thread across reloads.
    pub fn put_in_tray(self, thread: ThreadId, file: Attachment) {
        self.change_draft(thread, |draft| draft.attach(file));
    }

    /// Takes a file out of the tray of a thread.
    pub fn take_from_tray(self, thread: ThreadId, id: AttachmentId) {
        self.change_draft(thread, |draft| draft.detach(id));
    }

    /// Empties the tray of a thread: its files go with a message.
    pub fn empty_tray(self, thread: ThreadId) {
        self.change_draft(thread, |draft| drop(draft.take_files()));
    }

    /// Goes on with the files that an earlier page left in the tray of a thread. Those that nobody has any more are
    /// taken out, and `missing` is told why, in a sentence each.
    pub fn restore_tray(self, thread: ThreadId, missing: Callback<String>) {
        let mut gone = Vec::new();
        let now = self.now();
        if self
            .draft(thread)
            .files
            .iter()
            .any(|file| is_expired(file.id, now))
        {
            self.change_draft(thread, |draft| gone = draft.take_expired(now));
        }
        for file in gone {
            missing.run(expired(&file));
        }
        #[cfg(feature = "hydrate")]
        {
            let draft = self.draft(thread);
            for file in draft.files {
                if draft.uploads.contains(&file.id) {
                    super::browser::restore_upload(self, thread, file, missing);
                }
            }
        }
    }

    /// The server has a file: the draft that holds it needs nothing of this browser any more.
    #[cfg(feature = "hydrate")]
    pub(super) fn note_arrival(self, made: &Attachment) {
        let drafts = self.drafts.try_with_untracked(|drafts| {
            let holding = drafts
                .iter()
                .filter(|(_, draft)| draft.files.iter().any(|file| file.id == made.id));
            holding.map(|(thread, _)| *thread).collect::<Vec<_>>()
        });
        for thread in drafts.unwrap_or_default() {
            self.change_draft(thread, |draft| {
                draft.arrived(made);
            });
        }
    }

    fn change_draft(self, thread: ThreadId, change: impl FnOnce(&mut Draft)) {
        let mut draft = self.draft(thread);
        change(&mut draft);
        #[cfg(feature = "hydrate")]
        {
            let is_kept = drafts::keep(self.person(), thread, &draft);
            self.stranded.try_update_value(|stranded| match is_kept {
                true => stranded.remove(&thread),
                false => stranded.insert(thread),
            });
        }
        let is_known = self
            .drafts
            .try_with_untracked(|drafts| drafts.get(&thread).cloned().unwrap_or_default() == draft);
        if is_known == Some(false) {
            self.drafts.try_update(|drafts| drafts.insert(thread, draft));
        }
    }

    #[cfg(feature = "hydrate")]
    fn is_stranded(self, thread: ThreadId) -> bool {
        self.stranded
            .try_with_value(|stranded| stranded.contains(&thread))
            .unwrap_or(false)
    }

    /// The draft of a thread in a line, as a list shows it.
    #[must_use]
    pub fn draft_line(self, thread: ThreadId) -> Option<String> {
        self.drafts.with(|drafts| drafts.get(&thread)?.line())
    }

    /// Reads all drafts, as another tab may have left them. Those that the browser did not keep are as they were here.
    #[cfg(feature = "hydrate")]
    pub(super) fn load_drafts(self) {
        let Some(person) = self.device.try_with_value(|device| device.me().id) else {
            return;
        };
        let mut kept = drafts::load_all(person);
        self.drafts.try_update(|drafts| {
            let stranded = std::mem::take(drafts)
                .into_iter()
                .filter(|(thread, _)| self.is_stranded(*thread));
            kept.extend(stranded);
            *drafts = kept;
        });
    }
}
