//! May they? Asked inside the transaction that acts on the answer.

use tidings_protocol::{AccountRole, User};

use super::{Caller, Error, error::Rule};
use crate::store::{Tx, users};

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
