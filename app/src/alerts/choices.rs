//! What the person has chosen for this browser, in its local storage: another browser may stand in another room.

use leptos::prelude::window;
use serde::{Deserialize, Serialize};
use tidings_protocol::frame;

const KEY: &str = "tidings.alerts";

/// How this browser tells of messages while the page is in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// Notifications are shown, where the system allows them.
    pub shown: bool,
    /// A quiet sound is played.
    pub sound: bool,
    /// A notification says who wrote, and not what.
    pub hides_content: bool,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            shown: true,
            sound: true,
            hides_content: false,
        }
    }
}

impl Choices {
    /// What was kept, or what is usual.
    #[must_use]
    pub fn load() -> Self {
        let storage = window().local_storage().ok().flatten();
        let kept = storage.and_then(|storage| storage.get_item(KEY).ok().flatten());
        kept.and_then(|kept| frame::decode(&kept).ok())
            .unwrap_or_default()
    }

    /// Keeps it. Where storage is blocked, it lasts as long as the page.
    pub fn keep(&self) {
        if let (Some(storage), Ok(text)) = (window().local_storage().ok().flatten(), frame::encode(self)) {
            storage.set_item(KEY, &text).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_page_kept_is_completed_by_what_is_usual() {
        let choices: Choices = frame::decode(r#"{"sound":false}"#).unwrap();
        assert_eq!(
            choices,
            Choices {
                sound: false,
                ..Choices::default()
            }
        );
    }
}
