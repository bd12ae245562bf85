//! Signing out.

use leptos::prelude::*;
use tidings_protocol::UserId;

use super::Live;
#[cfg(feature = "hydrate")]
use super::{browser, drafts, file_storage, habits, outbox_storage, push};

impl Live {
    /// The person is about to sign out: from now on the end of the session is theirs, and no reason to leave the page
    /// before [`Leaving::forget`] is done.
    #[must_use]
    pub fn leaving(self) -> Leaving {
        self.leaving.set_value(true);
        Leaving {
            live: self,
            person: self.device.with_value(|device| device.me().id),
        }
    }
}

/// A person who is signing out. It outlives the page's [`Live`], which may be gone before the last step.
#[derive(Clone, Copy)]
pub struct Leaving {
    live: Live,
    person: UserId,
}

impl Leaving {
    /// Whether the session has ended, as far as this device has heard.
    #[must_use]
    pub fn has_ended(self) -> bool {
        self.live.ended.try_get_value().unwrap_or(true)
    }

    /// The person stays.
    pub fn take_back(self) {
        self.live.leaving.try_set_value(false);
    }

    /// Deletes what this device keeps for the person, unsent messages and drafts, then shows the sign-in page with a
    /// full load, so that nothing of them stays in memory.
    pub async fn forget(self) {
        #[cfg(feature = "hydrate")]
        {
            push::leave().await;
            drafts::erase(self.person);
            habits::erase(self.person);
            outbox_storage::erase(self.person).await;
            file_storage::erase(self.person).await;
            browser::show_sign_in();
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = self.person;
    }
}
