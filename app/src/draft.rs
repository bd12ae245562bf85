//! What was written into a thread's composer and not sent.

use serde::{Deserialize, Serialize};
use tidings_protocol::{Attachment, AttachmentId, Seq, Timestamp, frame};

use crate::{attaching::is_expired, wording::counted};

/// An unfinished message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Its text as it stands in the field.
    #[serde(default)]
    pub text: String,
    /// The message of the same thread that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    /// The files in its tray. Their bytes are with the server, or in this browser until they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
    /// Those of them that the server doesn't have yet, as far as is known here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uploads: Vec<AttachmentId>,
}

impl Draft {
    /// Reads what [`Self::to_kept`] wrote. Anything else is text, as it was kept before drafts had more than that.
    #[must_use]
    pub fn from_kept(kept: &str) -> Self {
        frame::decode(kept).unwrap_or_else(|_| Self {
            text: kept.to_owned(),
            ..Self::default()
        })
    }

    /// How storage keeps it; `None` if there is nothing to keep.
    #[must_use]
    pub fn to_kept(&self) -> Option<String> {
        let is_empty = self.text.is_empty() && self.reply_to.is_none() && self.files.is_empty();
        if is_empty { None } else { frame::encode(self).ok() }
    }

    /// A file is put into the tray, and on its way to the server.
    pub fn attach(&mut self, file: Attachment) {
        self.uploads.push(file.id);
        self.files.push(file);
    }

    /// A file is taken out of the tray.
    pub fn detach(&mut self, id: AttachmentId) {
        self.files.retain(|file| file.id != id);
        self.uploads.retain(|known| *known != id);
    }

    /// The server has a file, and this is what it made of it. False if that changes nothing here.
    pub fn arrived(&mut self, made: &Attachment) -> bool {
        let Some(known) = self.files.iter_mut().find(|file| file.id == made.id) else {
            return false;
        };
        known.clone_from(made);
        self.uploads.retain(|id| *id != made.id);
        true
    }

    /// Empties the tray, and gives the files that were in it.
    pub fn take_files(&mut self) -> Vec<Attachment> {
        self.uploads.clear();
        std::mem::take(&mut self.files)
    }

    /// Takes out the files that nobody keeps any more at `now`, and gives them.
    pub fn take_expired(&mut self, now: Timestamp) -> Vec<Attachment> {
        let (expired, kept) = std::mem::take(&mut self.files)
            .into_iter()
            .partition(|file| is_expired(file.id, now));
        self.files = kept;
        let files = &self.files;
        self.uploads.retain(|id| files.iter().any(|file| file.id == *id));
        expired
    }

    /// What a list shows of it: its first line with something on it and how many files; `None` if there is neither yet.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        let text = self.text.lines().map(str::trim).find(|line| !line.is_empty());
        let files = (!self.files.is_empty()).then(|| counted(self.files.len(), "file", "files"));
        match (text, files) {
            (Some(text), Some(files)) => Some(format!("{text} ({files})")),
            (Some(text), None) => Some(text.to_owned()),
            (None, files) => files,
        }
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::limits;
    use uuid::Builder;

    use super::*;
    use crate::attaching::guessed;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    /// A file that was chosen `ago` before now.
    fn file(number: u8, ago: std::time::Duration) -> Attachment {
        let minted = u64::try_from(NOW.0).unwrap() - u64::try_from(ago.as_millis()).unwrap();
        let id = Builder::from_unix_timestamp_millis(minted, &[number; 10]).into_uuid();
        guessed(AttachmentId(id), "plan.pdf", "application/pdf", 7)
    }

    fn with(files: impl IntoIterator<Item = Attachment>) -> Draft {
        let mut draft = Draft::default();
        files.into_iter().for_each(|file| draft.attach(file));
        draft
    }

    #[test]
    fn a_draft_comes_back_as_it_was_kept() {
        let draft = Draft {
            text: "Tomorrow\n\"at nine\"".to_owned(),
            reply_to: Some(Seq(7)),
            ..with([file(1, std::time::Duration::ZERO)])
        };
        assert_eq!(Draft::from_kept(&draft.to_kept().unwrap()), draft);
        let only_files = with([file(1, std::time::Duration::ZERO)]);
        assert_eq!(Draft::from_kept(&only_files.to_kept().unwrap()), only_files);
        let only_target = Draft {
            reply_to: Some(Seq(7)),
            ..Draft::default()
        };
        assert_eq!(Draft::from_kept(&only_target.to_kept().unwrap()), only_target);
        assert_eq!(Draft::default().to_kept(), None);
    }

    #[test]
    fn a_text_kept_by_itself_is_a_draft_too() {
        for text in ["Good morning", "", "{", "[1]", "7"] {
            let draft = Draft::from_kept(text);
            assert_eq!((draft.text.as_str(), draft.reply_to), (text, None));
        }
    }

    #[test]
    fn a_list_shows_the_first_line_that_says_something_and_how_many_files() {
        let line = |text: &str, files: u8| {
            let files = (0..files).map(|number| file(number, std::time::Duration::ZERO));
            Draft {
                text: text.to_owned(),
                ..with(files)
            }
            .line()
        };
        assert_eq!(line("\n  \n Hello \nyou", 0).as_deref(), Some("Hello"));
        assert_eq!(line(" \n", 0), None);
        assert_eq!(line("", 1).as_deref(), Some("1 file"));
        assert_eq!(line(" \n", 2).as_deref(), Some("2 files"));
        assert_eq!(line("Hello", 2).as_deref(), Some("Hello (2 files)"));
    }

    #[test]
    fn a_tray_knows_what_the_server_has() {
        let [first, second] = [1, 2].map(|number| file(number, std::time::Duration::ZERO));
        let mut draft = with([first.clone(), second.clone()]);
        let made = Attachment {
            media_type: "image/png".to_owned(),
            ..first.clone()
        };
        assert!(draft.arrived(&made));
        assert_eq!(
            (draft.files[0].clone(), draft.uploads.clone()),
            (made.clone(), vec![second.id])
        );
        draft.detach(second.id);
        assert!(!draft.arrived(&second), "what was taken out does not come back");
        assert_eq!(draft.uploads, []);
        assert_eq!(draft.take_files(), [made]);
        assert_eq!(draft.to_kept(), None);
    }

    #[test]
    fn a_file_of_too_long_ago_is_kept_by_nobody() {
        let hour = std::time::Duration::from_secs(3600);
        let old = file(1, limits::UPLOAD_KEPT_FOR + hour);
        let new = file(2, limits::UPLOAD_KEPT_FOR - hour);
        let mut draft = with([old.clone(), new.clone()]);
        assert_eq!(draft.take_expired(NOW), [old]);
        assert_eq!((draft.files, draft.uploads), (vec![new.clone()], vec![new.id]));
    }
}
