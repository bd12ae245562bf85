//! May they? Asked inside the transaction that acts on the answer.

use tidings_protocol::{AccountRole, MemberRole, Message, Seq, ThreadId, ThreadKind, User, UserId};

use super::{
    Caller, Error,
    error::{Rule, Thing},
};
use crate::store::{Sight, Tx, members, sights, threads, users};

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

/// What a person may see of a thread: the one place that is asked before anything of a thread is shown. For whatever
/// reads many messages at once, the database has the same as a view: see [`sights`].
pub(super) async fn sight(tx: &mut Tx, user: UserId, thread: ThreadId) -> Result<Sight, Error> {
    let sight = sights::of(tx, thread, user).await?;
    sight.ok_or(Error::NotFound(Thing::Thread))
}

/// The same, if the person is a member, and so may do something in the thread.
pub(super) async fn membership(tx: &mut Tx, user: UserId, thread: ThreadId) -> Result<Sight, Error> {
    match sights::of(tx, thread, user).await? {
        Some(sight) if sight.left_at.is_none() => Ok(sight),
        // That there is such a group is no secret to whoever was in it.
        Some(_) => Err(Error::Forbidden(Rule::NoLongerMember)),
        None if members::was(tx, thread, user).await? => Err(Error::Forbidden(Rule::NoLongerMember)),
        None => Err(Error::NotFound(Thing::Thread)),
    }
}

/// A message, if the caller is a member of its thread and may see it.
pub(super) async fn message(
    tx: &mut Tx,
    caller: Caller,
    thread: ThreadId,
    seq: Seq,
) -> Result<Message, Error> {
    let sight = membership(tx, caller.user, thread).await?;
    sights::seen(tx, sight, thread, seq)
        .await?
        .ok_or(Error::NotFound(Thing::Message))
}

/// What a member may do to a group.
pub(super) async fn group_role(tx: &mut Tx, user: UserId, thread: ThreadId) -> Result<MemberRole, Error> {
    membership(tx, user, thread).await?;
    if threads::kind(tx, thread).await? != Some(ThreadKind::Group) {
        return Err(Error::Forbidden(Rule::GroupsOnly));
    }
    let role = members::role_of(tx, thread, user).await?;
    role.ok_or(Error::NotFound(Thing::Thread))
}
