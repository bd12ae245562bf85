//! Files, as components attach them.

use std::collections::BTreeSet;

use leptos::prelude::*;
use tidings_protocol::{Attachment, AttachmentId};

use super::{Chosen, Live};
use crate::attaching::{Uploads, guessed};

impl Live {
    /// Begins to upload a file that the person chose. What the server makes of it is told by [`Self::uploads`].
    #[must_use]
    pub fn attach(self, file: &Chosen) -> Attachment {
        let id = AttachmentId(self.mint_id());
        let attachment = guessed(id, &file.name, &file.blob.type_(), file.size());
        #[cfg(feature = "hydrate")]
        super::browser::upload(self, id, attachment.name.as_str(), &file.blob);
        attachment
    }

    /// How far files have got.
    #[must_use]
    pub fn uploads(self) -> ReadSignal<Uploads> {
        self.uploads.read_only()
    }

    /// Stops the upload of a file that will not be sent.
    pub fn cancel_upload(self, id: AttachmentId) {
        #[cfg(feature = "hydrate")]
        super::browser::cancel_upload(self, id);
        #[cfg(not(feature = "hydrate"))]
        let _ = id;
    }

    /// Tries a refused file again.
    pub fn retry_upload(self, id: AttachmentId) {
        #[cfg(feature = "hydrate")]
        super::browser::retry_upload(self, id);
        #[cfg(not(feature = "hydrate"))]
        let _ = id;
    }

    /// Files on their way that would not survive a reload: too large, or the browser keeps none.
    #[must_use]
    pub fn unkept(self) -> ReadSignal<BTreeSet<AttachmentId>> {
        self.unkept.read_only()
    }
}

/// A number of bytes as browsers give it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of bytes is whole, not negative, and fits 53 bits"
)]
#[must_use]
pub fn whole(bytes: f64) -> u64 {
    bytes as u64
}
