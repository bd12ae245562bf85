//! The ways in: the set-up link of an empty server, invites, and open registration.

use std::time::Duration;

use futures_util::FutureExt;
use tidings_protocol::{
    AccountRole, InviteId, User, UserId,
    command::{CreateInvite, ListInvites, RevokeInvite},
    reply::Invite,
};
use uuid::Uuid;

use super::{
    Actor, Error, NewAccount, Registration, Service, SignedIn, access,
    error::{Conflict, Rule, Thing},
    sessions::{self, NewToken},
};
use crate::{
    secret::{SecretToken, TokenHash},
    store::{
        Tx,
        invites::{self, OpenInvite},
        users,
    },
};

/// An invite can be used for this long.
const INVITE_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

impl Service {
    /// Whether there is no account yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn needs_set_up(&self) -> Result<bool, Error> {
        Ok(!users::any(&mut self.read().await?).await?)
    }

    /// A token with which the first account can be made. It replaces one issued before.
    ///
    /// # Errors
    /// A conflict when there is an account already.
    pub async fn issue_set_up_token(&self) -> Result<SecretToken, Error> {
        let token = SecretToken::generate()?;
        let hash = token.hash();
        self.write(move |tx| {
            async move {
                if users::any(tx).await? {
                    return Err(Error::Conflict(Conflict::AlreadySetUp));
                }
                Ok(invites::set_up_link(tx, hash).await?)
            }
            .boxed()
        })
        .await?;
        Ok(token)
    }

    /// Makes the first account, an owner, and signs it in.
    ///
    /// # Errors
    /// [`Error::Gone`] unless the token is the one issued last and there is no account yet.
    pub async fn set_up(&self, token: &str, account: NewAccount) -> Result<SignedIn, Error> {
        let token = TokenHash::of(token);
        // Asked before the costly hashing, and again in the transaction that counts.
        check_set_up(&mut self.read().await?, token).await?;
        let admission = self.prepare(account, AccountRole::Owner).await?;
        self.write(move |tx| {
            async move {
                check_set_up(tx, token).await?;
                invites::forget_set_up_link(tx).await?;
                admission.admit(tx).await
            }
            .boxed()
        })
        .await
    }

    /// The role that an invite gives.
    ///
    /// # Errors
    /// [`Error::Gone`] unless it can still be used.
    pub async fn invited(&self, token: &str) -> Result<AccountRole, Error> {
        let invite = invites::by_token(&mut self.read().await?, TokenHash::of(token)).await?;
        invite.map(|invite| invite.role).ok_or(Error::Gone)
    }

    /// Makes an account by an invite, uses the invite up, and signs the account in.
    ///
    /// # Errors
    /// [`Error::Gone`] unless the invite can still be used; a conflict when the username is taken.
    pub async fn join(&self, token: &str, account: NewAccount) -> Result<SignedIn, Error> {
        let role = self.invited(token).await?;
        let token = TokenHash::of(token);
        let admission = self.prepare(account, role).await?;
        self.write(move |tx| {
            async move {
                let invite = invites::by_token(tx, token).await?.ok_or(Error::Gone)?;
                invites::close(tx, invite.id).await?;
                admission.admit(tx).await
            }
            .boxed()
        })
        .await
    }

    /// Makes a staff account and signs it in.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless registration is open; a conflict when the username is taken.
    pub async fn register(&self, account: NewAccount) -> Result<SignedIn, Error> {
        match self.policy.registration {
            Registration::InviteOnly => return Err(Error::Forbidden(Rule::InviteOnly)),
            Registration::Open => {}
        }
        let admission = self.prepare(account, AccountRole::Staff).await?;
        self.write(move |tx| admission.admit(tx).boxed()).await
    }

    async fn prepare(&self, account: NewAccount, role: AccountRole) -> Result<Admission, Error> {
        Ok(Admission {
            password_hash: self.passwords.hash(account.password.as_str()).await?,
            token: NewToken::for_new_session()?,
            user: User {
                id: UserId(Uuid::now_v7()),
                username: account.username,
                display_name: account.display_name,
                role,
                active: true,
                last_seen: None,
            },
        })
    }
}

impl Actor {
    /// See [`CreateInvite`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller may give the role.
    pub async fn create_invite(&self, command: CreateInvite) -> Result<Invite, Error> {
        let token = SecretToken::generate()?;
        let (caller, hash, role) = (self.caller, token.hash(), command.role);
        let invite = self
            .service
            .write(move |tx| {
                async move {
                    let me = access::admin(tx, caller).await?;
                    may_invite(me.role, role).map_err(Error::Forbidden)?;
                    let invite = OpenInvite {
                        id: InviteId(Uuid::now_v7()),
                        role,
                        expires_at: tx.now() + INVITE_LIFETIME,
                    };
                    invites::insert(tx, invite, hash, me.id).await?;
                    Ok::<_, Error>(invite)
                }
                .boxed()
            })
            .await?;
        let link = format!("{}/join/{}", self.service.policy.public_url, token.reveal());
        Ok(shown(invite, Some(link)))
    }

    /// See [`ListInvites`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an admin.
    pub async fn list_invites(&self, command: ListInvites) -> Result<Vec<Invite>, Error> {
        let ListInvites {} = command;
        let mut tx = self.service.read().await?;
        access::admin(&mut tx, self.caller).await?;
        let open = invites::open(&mut tx).await?;
        Ok(open.into_iter().map(|invite| shown(invite, None)).collect())
    }

    /// See [`RevokeInvite`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an admin; [`Error::NotFound`] if there never was such an invite.
    pub async fn revoke_invite(&self, command: RevokeInvite) -> Result<(), Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| {
                async move {
                    access::admin(tx, caller).await?;
                    match invites::close(tx, command.invite).await? {
                        true => Ok(()),
                        false => Err(Error::NotFound(Thing::Invite)),
                    }
                }
                .boxed()
            })
            .await
    }
}

/// An account that is ready to be made.
struct Admission {
    user: User,
    password_hash: String,
    token: NewToken,
}

impl Admission {
    async fn admit(self, tx: &mut Tx) -> Result<SignedIn, Error> {
        if users::named(tx, &self.user.username).await?.is_some() {
            return Err(Error::Conflict(Conflict::Username));
        }
        users::insert(tx, &self.user, &self.password_hash).await?;
        sessions::begin(tx, self.user, self.token).await
    }
}

async fn check_set_up(tx: &mut Tx, token: TokenHash) -> Result<(), Error> {
    if users::any(tx).await? || !invites::is_set_up_link(tx, token).await? {
        return Err(Error::Gone);
    }
    Ok(())
}

/// Whether an account of role `mine`, an admin at least, may invite one of role `theirs`.
fn may_invite(mine: AccountRole, theirs: AccountRole) -> Result<(), Rule> {
    match theirs {
        AccountRole::Staff => Ok(()),
        AccountRole::Admin if mine == AccountRole::Owner => Ok(()),
        AccountRole::Admin => Err(Rule::OwnersOnly),
        AccountRole::Owner => Err(Rule::OwnersAreNotInvited),
    }
}

fn shown(invite: OpenInvite, link: Option<String>) -> Invite {
    Invite {
        id: invite.id,
        role: invite.role,
        expires_at: invite.expires_at,
        link,
    }
}
