//! May they? Asked inside the transaction that acts on the answer.

use tidings_protocol::{AccountRole, User};

use super::{Caller, Error, error::Rule};
use crate::store::{Tx, sessions, users};

/// The caller's account, if it may still act: a session can end while its command waits.
pub(super) async fn live(tx: &mut Tx, caller: Caller) -> Result<User, Error> {
    let session = sessions::get(tx, caller.session).await?;
    if session.is_none_or(|session| session.user != caller.user) {
        return Err(Error::SignedOut);
    }
    users::get(tx, caller.user).await?.ok_or(Error::SignedOut)
}

/// The caller's account, if it is an admin's or an owner's.
pub(super) async fn admin(tx: &mut Tx, caller: Caller) -> Result<User, Error> {
    let me = live(tx, caller).await?;
    if me.role < AccountRole::Admin {
        return Err(Error::Forbidden(Rule::AdminsOnly));
    }
    Ok(me)
}
