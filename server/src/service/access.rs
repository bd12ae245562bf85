//! May they? Asked inside the transaction that acts on the answer.

use tidings_protocol::{AccountRole, Message, Seq, ThreadId, User};

use super::{
    Caller, Error,
    error::{Rule, Thing},
};
use crate::store::{Tx, messages, threads, users};

/// The caller's account, if it may still act: a session can end while its command waits.
pub(super) async fn live(tx: &mut Tx, caller: Caller) -> Result<User, Error> {
    let user = users::of_session(tx, caller.session).await?;
    user.filter(|user| user.id == caller.user).ok_or(Error::SignedOut)
}

/// The caller's account, if it is an owner's.
pub(super) async fn owner(tx: &mut Tx, caller: Caller) -> Result<User, Error> {
    let me = admin(tx, caller).await?;
    if me.role < AccountRole::Owner {
        return Err(Error::Forbidden(Rule::OwnersOnly));
    }
    Ok(me)
}

/// The caller's account, if it is an admin's or an owner's.
pub(super) async fn admin(tx: &mut Tx, caller: Caller) -> Result<User, Error> {
    let me = live(tx, caller).await?;
    if me.role < AccountRole::Admin {
        return Err(Error::Forbidden(Rule::AdminsOnly));
    }
    Ok(me)
}

/// A message, if the caller may see it: the one place that says which members may see what was said when. Every member
/// may see all of a thread.
pub(super) async fn message(
    tx: &mut Tx,
    caller: Caller,
    thread: ThreadId,
    seq: Seq,
) -> Result<Message, Error> {
    threads::last_seq_for(tx, thread, caller.user)
        .await?
        .ok_or(Error::NotFound(Thing::Thread))?;
    messages::at(tx, thread, seq)
        .await?
        .ok_or(Error::NotFound(Thing::Message))
}
