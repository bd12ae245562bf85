//! Accounts and what they may do to each other.

use futures_util::FutureExt;
use tidings_protocol::{
    AccountRole, Event, User, UserId,
    command::{ListUsers, Rename, SearchPeople, SetActive, SetRole},
    limits,
    reply::Found,
    text,
};

use super::{
    Actor, Error, access,
    error::{Rule, Thing},
    groups, sessions,
};
use crate::store::{self, Audience, Tx, users};

impl Actor {
    /// See [`Rename`].
    ///
    /// # Errors
    /// When the session has ended or the database fails.
    pub async fn rename(&self, command: Rename) -> Result<User, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| {
                async move {
                    let me = access::live(tx, caller).await?;
                    if me.display_name == command.display_name {
                        return Ok(me);
                    }
                    users::rename(tx, &me, &command.display_name).await?;
                    changed(tx, me.id).await
                }
                .boxed()
            })
            .await
    }

    /// See [`ListUsers`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an admin.
    pub async fn list_users(&self, command: ListUsers) -> Result<Vec<User>, Error> {
        let ListUsers {} = command;
        let mut tx = self.service.read().await?;
        access::admin(&mut tx, self.caller).await?;
        Ok(users::all(&mut tx).await?)
    }

    /// See [`SearchPeople`].
    ///
    /// # Errors
    /// [`Error::Invalid`] when the text is too long.
    pub async fn search_people(&self, command: SearchPeople) -> Result<Vec<Found>, Error> {
        let pattern = search_pattern(&command.text)?;
        let mut tx = self.service.read().await?;
        access::live(&mut tx, self.caller).await?;
        let found = users::search(&mut tx, &pattern, limits::SEARCH_RESULTS).await?;
        Ok(found
            .into_iter()
            .map(|user| {
                let presence = self.service.present.presence(user.id).presence;
                Found { user, presence }
            })
            .collect())
    }

    /// See [`SetActive`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller may do this to that account.
    pub async fn set_active(&self, command: SetActive) -> Result<User, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| {
                async move {
                    let me = access::admin(tx, caller).await?;
                    let them = other(tx, command.user).await?;
                    may_set_active(&me, &them).map_err(Error::Forbidden)?;
                    if them.active == command.active {
                        return Ok(them);
                    }
                    users::set_active(tx, them.id, command.active).await?;
                    if !command.active {
                        sessions::end_all(tx, them.id, None).await?;
                        groups::hand_over_all(tx, them.id).await?;
                    }
                    changed(tx, them.id).await
                }
                .boxed()
            })
            .await
    }

    /// See [`SetRole`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an owner and the account another's.
    pub async fn set_role(&self, command: SetRole) -> Result<User, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| {
                async move {
                    let me = access::owner(tx, caller).await?;
                    let them = other(tx, command.user).await?;
                    if me.id == them.id {
                        return Err(Error::Forbidden(Rule::NotToOneself));
                    }
                    if them.role == command.role {
                        return Ok(them);
                    }
                    users::set_role(tx, them.id, command.role).await?;
                    changed(tx, them.id).await
                }
                .boxed()
            })
            .await
    }
}

/// The caller, an admin at least, and the account they act on.
async fn other(tx: &mut Tx, them: UserId) -> Result<User, Error> {
    users::get(tx, them).await?.ok_or(Error::NotFound(Thing::User))
}

fn may_set_active(me: &User, them: &User) -> Result<(), Rule> {
    if me.id == them.id {
        return Err(Rule::NotToOneself);
    }
    if me.role < AccountRole::Owner && them.role > AccountRole::Staff {
        return Err(Rule::OwnersOnly);
    }
    Ok(())
}

/// Whether `me` may change the role of `them`.
async fn changed(tx: &mut Tx, user: UserId) -> Result<User, Error> {
    let user = other(tx, user).await?;
    tx.emit(
        Audience::Contacts(user.id),
        Event::UserChanged { user: user.clone() },
    );
    Ok(user)
}

/// Checks the text of a search and makes the pattern for it.
pub(super) fn search_pattern(text: &str) -> Result<String, Error> {
    let text = text::optional("Search", text, limits::SEARCH_MAX_CHARS)
        .map_err(|error| Error::invalid("text", error))?;
    Ok(store::like(text.as_deref().unwrap_or_default()))
}
