//! Taking messages out of one's own sight.

use futures_util::FutureExt;
use tidings_protocol::{
    Event,
    command::{HideMessage, MarkRead},
};

use super::{Actor, Caller, Error, access, receipts};
use crate::store::{Audience, Tx, hidden};

impl Actor {
    /// See [`HideMessage`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member and there is such a message.
    pub async fn hide_message(&self, command: HideMessage) -> Result<(), Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| hide(tx, caller, command).boxed())
            .await
    }
}

async fn hide(tx: &mut Tx, caller: Caller, command: HideMessage) -> Result<(), Error> {
    let HideMessage { thread, seq } = command;
    let user = access::live(tx, caller).await?.id;
    access::message(tx, caller, thread, seq).await?;
    if hidden::add(tx, user, thread, seq).await? {
        let rewinds = None;
        let mark = MarkRead { thread, seq, rewinds };
        receipts::read(tx, caller, mark).await?;
        tx.emit(Audience::User(user), Event::MessageHidden { thread, seq });
    }
    Ok(())
}
