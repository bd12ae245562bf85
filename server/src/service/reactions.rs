//! Reacting to messages.

use futures_util::FutureExt;
use tidings_protocol::{Content, Emoji, Message, command::React, limits, message::set_reaction};

use super::{Actor, Caller, Error, access, changes::changed};
use crate::store::{Tx, reactions};

impl Actor {
    /// See [`React`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member and there is such a message; [`Error::Invalid`] when it takes no
    /// reactions or no further kind of them, and when the emoji is not one that Unicode recommends.
    pub async fn react(&self, command: React) -> Result<Message, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| react(tx, caller, command).boxed())
            .await
    }
}

async fn react(tx: &mut Tx, caller: Caller, command: React) -> Result<Message, Error> {
    let React {
        thread,
        seq,
        emoji,
        on,
    } = command;
    let user = access::live(tx, caller).await?.id;
    let mut message = access::message(tx, caller, thread, seq).await?;
    let emoji = canonical(&emoji)?;
    takes_reactions(&message.content)?;
    let kind = message.reactions.iter().find(|kind| kind.emoji == emoji);
    if kind.is_some_and(|kind| kind.users.contains(&user)) == on {
        return Ok(message);
    }
    if on && kind.is_none() && message.reactions.len() >= limits::REACTION_KINDS_MAX {
        return Err(Error::Invalid {
            field: "emoji",
            reason: format!(
                "This message has {} kinds of reactions, which is as many as there can be. Join one of them.",
                limits::REACTION_KINDS_MAX
            ),
        });
    }
    if on {
        reactions::add(tx, &message, &emoji, user).await?;
    } else {
        reactions::remove(tx, &message, &emoji, user).await?;
    }
    set_reaction(&mut message.reactions, &emoji, user, on);
    changed(tx, message).await
}

/// The one way of writing an emoji, so that two ways don't make two kinds.
fn canonical(emoji: &Emoji) -> Result<Emoji, Error> {
    let known = emojis::get(emoji.as_str()).and_then(|known| Emoji::new(known.as_str()).ok());
    known.ok_or_else(|| Error::Invalid {
        field: "emoji",
        reason: "This is not an emoji that can be reacted with. Choose another.".to_owned(),
    })
}

/// Only what somebody said can be reacted to.
fn takes_reactions(content: &Content) -> Result<(), Error> {
    match content {
        Content::Text { .. } | Content::Files { .. } => Ok(()),
        Content::Deleted => Err(refused("This message was deleted, so nobody can react to it.")),
        Content::Notice { .. } | Content::Hidden | Content::Unknown => {
            Err(refused("Only messages that somebody wrote can be reacted to."))
        }
    }
}

fn refused(reason: &str) -> Error {
    Error::Invalid {
        field: "seq",
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{Body, Notice};

    use super::*;

    fn canonical_text(text: &str) -> Option<String> {
        let emoji = canonical(&Emoji::new(text).ok()?).ok()?;
        Some(emoji.as_str().to_owned())
    }

    #[test]
    fn any_recommended_emoji_passes_and_has_one_spelling() {
        for text in ["👍", "👍🏽", "👩‍👩‍👧‍👦", "🇿🇦", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "#️⃣", "❤️"]
        {
            assert_eq!(canonical_text(text).as_deref(), Some(text), "{text}");
        }
        assert_eq!(canonical_text("❤").as_deref(), Some("❤️"));
    }

    #[test]
    fn what_is_no_emoji_or_more_than_one_does_not() {
        for text in ["a", "👍👍", "👍 ", "5", "🏽x", "\u{200d}", "ok", "🇿", "é"] {
            assert_eq!(canonical_text(text), None, "{text}");
        }
    }

    #[test]
    fn only_what_somebody_said_is_reacted_to() {
        assert!(takes_reactions(&Body::new("Hello.").unwrap().into()).is_ok());
        for content in [
            Content::Deleted,
            Content::Unknown,
            Content::Notice { notice: Notice::Left },
        ] {
            assert!(takes_reactions(&content).is_err());
        }
    }
}
