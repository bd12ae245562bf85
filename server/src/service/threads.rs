//! Threads.

use futures_util::FutureExt;
use tidings_protocol::{
    Client, ClientId, Event, History, Member, MemberRole, Seq, Thread, ThreadId, ThreadKind, ThreadView,
    User, UserId, command::OpenThread,
};
use uuid::Uuid;

use super::{Actor, Caller, Error, access, error::Thing};
use crate::store::{Audience, Tx, clients, threads, users};

impl Actor {
    /// See [`OpenThread`].
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown or deactivated person and an unknown or archived client, unless the thread
    /// is there already; [`Error::Invalid`] with oneself.
    pub async fn open_thread(&self, command: OpenThread) -> Result<ThreadView, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| open(tx, caller, command).boxed())
            .await
    }
}

async fn open(tx: &mut Tx, caller: Caller, command: OpenThread) -> Result<ThreadView, Error> {
    let OpenThread { with, client } = command;
    let me = access::live(tx, caller).await?;
    if with == me.id {
        return Err(Error::Invalid {
            field: "with",
            reason: "A thread needs another person. Choose somebody else.".to_owned(),
        });
    }
    let key = direct_key(me.id, with, client);
    let id = match threads::direct(tx, &key).await? {
        Some(id) => id,
        None => add(tx, me, with, client, &key).await?,
    };
    let views = threads::views(tx, caller.user, Some(id)).await?;
    views.into_iter().next().ok_or(Error::NotFound(Thing::Thread))
}

async fn add(
    tx: &mut Tx,
    me: User,
    with: UserId,
    client: Option<ClientId>,
    key: &str,
) -> Result<ThreadId, Error> {
    let them = users::get(tx, with).await?.filter(|user| user.active);
    let them = them.ok_or(Error::NotFound(Thing::User))?;
    let client = match client {
        Some(client) => Some(usable(tx, client).await?),
        None => None,
    };
    let thread = Thread {
        id: ThreadId(Uuid::now_v7()),
        kind: ThreadKind::Direct,
        title: None,
        history: History::default(),
        client: client.as_ref().map(|client| client.id),
        members: [me.id, them.id]
            .map(|user| Member::new(user, MemberRole::Member, Seq::ZERO))
            .to_vec(),
        created_at: tx.now(),
    };
    let id = thread.id;
    threads::insert(tx, &thread, Some(key)).await?;
    let users = vec![me, them];
    tx.emit(
        Audience::Thread(id),
        Event::ThreadOpened {
            thread,
            users,
            client,
        },
    );
    Ok(id)
}

/// A client about which a thread may be opened.
pub(super) async fn usable(tx: &mut Tx, client: ClientId) -> Result<Client, Error> {
    let client = clients::get(tx, client).await?.filter(|client| !client.archived);
    client.ok_or(Error::NotFound(Thing::Client))
}

/// One text for a pair and a client: the same whoever of the two opens the thread.
pub(crate) fn direct_key(one: UserId, other: UserId, client: Option<ClientId>) -> String {
    let (first, second) = (one.min(other), one.max(other));
    match client {
        Some(client) => format!("{first} {second} {client}"),
        None => format!("{first} {second} internal"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_key_for_each_client_whoever_opens() {
        let [one, other] = [1, 2].map(|n| UserId(Uuid::from_u128(n)));
        let client = ClientId(Uuid::from_u128(3));
        assert_eq!(direct_key(one, other, None), direct_key(other, one, None));
        assert_ne!(direct_key(one, other, None), direct_key(one, other, Some(client)));
    }
}
