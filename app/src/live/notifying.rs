//! What reaches the person while no page is open.

#[cfg(not(feature = "hydrate"))]
use tidings_protocol::ErrorCode;
use tidings_protocol::{ApiError, PushSubscription, Seq, ThreadId, command::UnsubscribePush};

use super::Live;
#[cfg(feature = "hydrate")]
use super::push;
use crate::wording::PushHere;

impl Live {
    /// What this browser can do about notifications; `None` where there is no browser.
    #[must_use]
    pub fn push_here(self) -> Option<PushHere> {
        #[cfg(feature = "hydrate")]
        return Some(push::here());
        #[cfg(not(feature = "hydrate"))]
        return None;
    }

    /// Asks the person for the permission to notify them in this browser, and the server to do so. `key` is the server's.
    ///
    /// # Errors
    /// A sentence that says what to do, when the person, the browser or the server refuses.
    pub async fn turn_push_on(self, key: String) -> Result<PushSubscription, ApiError> {
        #[cfg(feature = "hydrate")]
        return push::turn_on(self, key).await;
        #[cfg(not(feature = "hydrate"))]
        return {
            drop(key);
            Err(ApiError::new(ErrorCode::Unavailable, "There is no browser here."))
        };
    }

    /// Ends notifications in one of the person's browsers.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn turn_push_off(self, subscription: &PushSubscription) -> Result<(), ApiError> {
        self.ask(UnsubscribePush {
            subscription: subscription.id,
        })
        .await?;
        #[cfg(feature = "hydrate")]
        if subscription.current {
            push::turn_off().await;
        }
        Ok(())
    }

    /// Whether this browser gets push messages, and shows one about this message or a later one of its thread.
    pub async fn is_told_of(self, thread: ThreadId, seq: Seq) -> bool {
        #[cfg(feature = "hydrate")]
        return push::is_told_of(thread, seq).await;
        #[cfg(not(feature = "hydrate"))]
        return {
            let _ = (thread, seq);
            false
        };
    }

    /// Shows a notification of a message where its push would show it, if this browser gets push messages. False otherwise.
    pub async fn show_notification(
        self,
        title: &str,
        body: &str,
        thread: ThreadId,
        seq: Seq,
        silent: bool,
    ) -> bool {
        #[cfg(feature = "hydrate")]
        return push::show(self, title, body, (thread, seq), silent).await;
        #[cfg(not(feature = "hydrate"))]
        return {
            let _ = (title, body, thread, seq, silent);
            false
        };
    }

    /// Keeps what is shown outside of the page in step with it, until the owner is gone. `go` shows an address.
    pub fn keep_notifications(self, go: impl Fn(&str) + 'static) {
        #[cfg(feature = "hydrate")]
        push::start(self, go);
        #[cfg(not(feature = "hydrate"))]
        drop(go);
    }
}
