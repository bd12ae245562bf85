//! Smart replies: what a person may want to answer, for them to take, change or ignore.

use serde::{Deserialize, Serialize};

use crate::message::Body;

/// Whether a person wants replies suggested, and who may be asked for them. Nothing is suggested until they say so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmartReplies {
    /// None.
    #[default]
    Off,
    /// From their own earlier answers and from common phrases, worked out by the server itself.
    Local,
    /// By the language model that the organisation named as well: the last messages of the thread are sent there. Once
    /// the organisation names another one, or none, this is [`SmartReplies::Off`] until it is chosen anew.
    Model,
    /// Something from a newer peer; as good as off.
    #[serde(other)]
    Unknown,
}

/// What smart replies a person has, and could have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmartReplySettings {
    /// What they chose.
    pub choice: SmartReplies,
    /// Host of the language model that the organisation named; `None`: there is none to choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// A reply that a person may want to give. Never sent but by their own hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What it says.
    pub text: Body,
    /// Where it is from.
    pub source: SuggestionSource,
}

/// Where a suggestion is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionSource {
    /// The person answered so before.
    Own,
    /// It is commonly said.
    Phrase,
    /// The language model wrote it.
    Model,
    /// Something from a newer peer.
    #[serde(other)]
    Unknown,
}
