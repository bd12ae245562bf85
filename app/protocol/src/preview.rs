//! What a page that a message links to says of itself.

use serde::{Deserialize, Serialize};

/// A page that a message links to, as the page describes itself. Nobody has checked a word of it: show it beside where
/// it comes from. The texts are on one line each, and nothing in them is invisible or changes their direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPreview {
    /// The link, as it stands in the message.
    pub url: String,
    /// The host that the page came from, where that is not the link's own: the link leads on, and what is said here is not
    /// said by whom it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// What the site calls itself, at most [`crate::limits::PREVIEW_SITE_MAX_CHARS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The page's title, at most [`crate::limits::PREVIEW_TITLE_MAX_CHARS`]. Never empty.
    pub title: String,
    /// What the page is about, at most [`crate::limits::PREVIEW_DESCRIPTION_MAX_CHARS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}
