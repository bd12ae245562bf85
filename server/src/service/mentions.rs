//! Whom a message mentions: decided when it is written and whenever its text changes.

use tidings_protocol::{Message, ThreadKind, mention::Mentions};

use super::Error;
use crate::store::{Tx, mentions, threads};

/// Stores whom a message mentions as it stands now, in place of what was stored for it: members of its thread other
/// than its sender. To be called in the transaction that stores the message, changes its text or
/// deletes it.
pub(crate) async fn note(tx: &mut Tx, message: &Message) -> Result<(), Error> {
    let (thread, seq) = (message.thread, message.seq);
    if message.revision > 0 {
        mentions::clear(tx, thread, seq).await?;
    }
    let named = Mentions::in_content(&message.content);
    if named.is_empty() {
        return Ok(());
    }
    let kind = threads::kind(tx, thread).await?.unwrap_or(ThreadKind::Direct);
    for (user, username) in mentions::candidates(tx, thread, seq).await? {
        if user != message.sender && named.address(&username, kind) {
            mentions::add(tx, thread, seq, user).await?;
        }
    }
    Ok(())
}
