//! Groups: making them, and who is in them.
//!
//! Each change is told in its place among the messages. What goes to those who join or leave is ordered so that nobody
//! hears of what is not theirs: whoever joins learns of the thread before anything of it reaches them, and for whoever
//! leaves nothing comes after the row that says so.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use tidings_protocol::{
    Content, Event, Member, MemberRole, Notice, Seq, Thread, ThreadId, ThreadKind, ThreadView, User, UserId,
    command::{AddMembers, CreateGroup, LeaveGroup, RemoveMember, RenameGroup, SetMemberRole},
    limits, rights,
};

use super::{
    Actor, Caller, Error, access,
    error::{Conflict, Rule, Thing},
    messages::{announce, tell, write_notice},
    threads::usable,
};
use crate::store::{Audience, Tx, members, messages, threads, users};

impl Actor {
    /// See [`CreateGroup`].
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown or deactivated person and an unknown or archived client; [`Error::Invalid`]
    /// with nobody else or too many; a conflict when the id is another group's.
    pub async fn create_group(&self, command: CreateGroup) -> Result<ThreadView, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| create(tx, caller, command).boxed())
            .await
    }

    /// See [`AddMembers`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member, and for an unknown or deactivated person;
    /// [`Error::Forbidden`] unless they may; [`Error::Invalid`] when it would be too many.
    pub async fn add_members(&self, command: AddMembers) -> Result<ThreadView, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| add(tx, caller, command).boxed())
            .await
    }

    /// See [`RemoveMember`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member; [`Error::Forbidden`] unless they may, and to oneself.
    pub async fn remove_member(&self, command: RemoveMember) -> Result<ThreadView, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| remove(tx, caller, command).boxed())
            .await
    }

    /// See [`SetMemberRole`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member, and for somebody who is none; [`Error::Forbidden`] unless they
    /// may, and to oneself.
    pub async fn set_member_role(&self, command: SetMemberRole) -> Result<ThreadView, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| set_role(tx, caller, command).boxed())
            .await
    }

    /// See [`RenameGroup`].
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the caller is a member; [`Error::Forbidden`] unless they may.
    pub async fn rename_group(&self, command: RenameGroup) -> Result<ThreadView, Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| rename(tx, caller, command).boxed())
            .await
    }

    /// See [`LeaveGroup`]. Leaving again is no error.
    ///
    /// # Errors
    /// [`Error::NotFound`] for somebody who never was a member; [`Error::Forbidden`] for a direct thread.
    pub async fn leave_group(&self, command: LeaveGroup) -> Result<(), Error> {
        let caller = self.caller;
        self.service
            .write(move |tx| leave(tx, caller, command).boxed())
            .await
    }
}

async fn create(tx: &mut Tx, caller: Caller, command: CreateGroup) -> Result<ThreadView, Error> {
    let CreateGroup {
        thread: id,
        title,
        members: others,
        client,
        history,
    } = command;
    let me = access::live(tx, caller).await?;
    if threads::exists(tx, id).await? {
        return made_before(tx, &me, id).await;
    }
    let mut others: BTreeSet<UserId> = others.into_iter().collect();
    others.remove(&me.id);
    if others.is_empty() {
        return Err(Error::Invalid {
            field: "members",
            reason: "A group needs somebody else. Choose at least one person.".to_owned(),
        });
    }
    check_size(1 + others.len(), "members")?;
    let mut people = active(tx, &others).await?;
    let client = match client {
        Some(client) => Some(usable(tx, client).await?),
        None => None,
    };
    let others = people
        .iter()
        .map(|user| Member::new(user.id, MemberRole::Member, Seq::ZERO));
    let thread = Thread {
        id,
        kind: ThreadKind::Group,
        title: Some(title),
        history,
        client: client.as_ref().map(|client| client.id),
        members: [Member::new(me.id, MemberRole::Owner, Seq::ZERO)]
            .into_iter()
            .chain(others)
            .collect(),
        created_at: tx.now(),
    };
    threads::insert(tx, &thread, None).await?;
    people.insert(0, me);
    tx.emit(
        Audience::Thread(id),
        Event::ThreadOpened {
            thread,
            users: people,
            client,
        },
    );
    tell(tx, id, caller.user, Notice::Created).await?;
    view_of(tx, caller.user, id).await
}

/// The group that the caller made under this id, however it is now.
async fn made_before(tx: &mut Tx, me: &User, thread: ThreadId) -> Result<ThreadView, Error> {
    let first = messages::at(tx, thread, Seq::ZERO.next()).await?;
    let by_me = first.is_some_and(|first| {
        let created = Content::Notice {
            notice: Notice::Created,
        };
        first.sender == me.id && first.content == created
    });
    if !by_me {
        return Err(Error::Conflict(Conflict::ThreadId));
    }
    view_of(tx, me.id, thread).await
}

async fn add(tx: &mut Tx, caller: Caller, command: AddMembers) -> Result<ThreadView, Error> {
    let AddMembers { thread, users } = command;
    let me = access::live(tx, caller).await?.id;
    let role = access::group_role(tx, me, thread).await?;
    if !role.may_add() {
        return Err(Error::Forbidden(Rule::GroupAdminsOnly));
    }
    let here = members::all(tx, thread).await?;
    let mut new: BTreeSet<UserId> = users.into_iter().collect();
    new.retain(|user| here.iter().all(|member| member.user != *user));
    if new.is_empty() {
        return view_of(tx, me, thread).await;
    }
    check_size(here.len() + new.len(), "users")?;
    let people = active(tx, &new).await?;
    let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
    let notice = write_notice(tx, thread, me, Notice::Added { users: ids.clone() }).await?;
    let joining: Vec<Member> = ids
        .iter()
        .map(|user| Member::new(*user, MemberRole::Member, notice.seq))
        .collect();
    members::insert(tx, thread, &joining).await?;
    let view = view_of(tx, me, thread).await?;
    let known = users::of_thread(tx, thread).await?;
    let client = match view.thread.client {
        Some(client) => crate::store::clients::get(tx, client).await?,
        None => None,
    };
    for user in ids {
        tx.emit(
            Audience::User(user),
            Event::ThreadOpened {
                thread: view.thread.clone(),
                users: known.clone(),
                client: client.clone(),
            },
        );
    }
    tx.emit(
        Audience::Thread(thread),
        Event::MembersAdded {
            thread,
            members: joining,
            users: people,
        },
    );
    announce(tx, notice);
    Ok(view)
}

async fn remove(tx: &mut Tx, caller: Caller, command: RemoveMember) -> Result<ThreadView, Error> {
    let RemoveMember { thread, user } = command;
    let me = access::live(tx, caller).await?.id;
    let role = access::group_role(tx, me, thread).await?;
    if !role.may_remove(MemberRole::Member) {
        return Err(Error::Forbidden(Rule::GroupAdminsOnly));
    }
    if user == me {
        return Err(Error::Forbidden(Rule::NotOneself));
    }
    let view = view_of(tx, me, thread).await?;
    let Some(member) = view.thread.member(user) else {
        return Ok(view);
    };
    if !role.may_remove(member.role) {
        return Err(Error::Forbidden(Rule::GroupOwnersOnly));
    }
    let notice = tell(tx, thread, me, Notice::Removed { user }).await?;
    take_out(tx, &view.thread, member, notice.seq).await?;
    view_of(tx, me, thread).await
}

async fn set_role(tx: &mut Tx, caller: Caller, command: SetMemberRole) -> Result<ThreadView, Error> {
    let SetMemberRole { thread, user, role } = command;
    let me = access::live(tx, caller).await?.id;
    if !access::group_role(tx, me, thread).await?.may_set_roles() {
        return Err(Error::Forbidden(Rule::GroupOwnersOnly));
    }
    if user == me {
        return Err(Error::Forbidden(Rule::NotOneself));
    }
    let before = members::role_of(tx, thread, user).await?;
    let before = before.ok_or(Error::NotFound(Thing::User))?;
    if before != role {
        give_role(tx, thread, me, user, role).await?;
    }
    view_of(tx, me, thread).await
}

async fn rename(tx: &mut Tx, caller: Caller, command: RenameGroup) -> Result<ThreadView, Error> {
    let RenameGroup { thread, title } = command;
    let me = access::live(tx, caller).await?.id;
    if !access::group_role(tx, me, thread).await?.may_rename() {
        return Err(Error::Forbidden(Rule::GroupAdminsOnly));
    }
    let view = view_of(tx, me, thread).await?;
    if view.thread.title.as_ref() == Some(&title) {
        return Ok(view);
    }
    threads::rename(tx, thread, &title).await?;
    tx.emit(
        Audience::Thread(thread),
        Event::ThreadRenamed {
            thread,
            title: title.clone(),
        },
    );
    tell(tx, thread, me, Notice::Renamed { title }).await?;
    view_of(tx, me, thread).await
}

async fn leave(tx: &mut Tx, caller: Caller, command: LeaveGroup) -> Result<(), Error> {
    let LeaveGroup { thread } = command;
    let me = access::live(tx, caller).await?.id;
    if members::was(tx, thread, me).await? {
        return Ok(());
    }
    access::group_role(tx, me, thread).await?;
    let view = view_of(tx, me, thread).await?;
    let Some(member) = view.thread.member(me) else {
        return Ok(());
    };
    let notice = tell(tx, thread, me, Notice::Left).await?;
    take_out(tx, &view.thread, member, notice.seq).await?;
    hand_over(tx, thread, &view.thread.members, me).await
}

/// Sees to it that each group of somebody who can't act any more has an owner who can.
pub(super) async fn hand_over_all(tx: &mut Tx, user: UserId) -> Result<(), Error> {
    for view in threads::views(tx, user, None).await? {
        let owner = view.thread.member(user).map(|member| member.role) == Some(MemberRole::Owner);
        if owner && view.thread.kind == ThreadKind::Group {
            hand_over(tx, view.thread.id, &view.thread.members, user).await?;
        }
    }
    Ok(())
}

/// Gives a group another owner where its only one is gone. `members` are those from before.
async fn hand_over(tx: &mut Tx, thread: ThreadId, members: &[Member], gone: UserId) -> Result<(), Error> {
    let accounts = users::of_thread(tx, thread).await?;
    let active: BTreeSet<UserId> = accounts
        .iter()
        .filter(|user| user.active)
        .map(|user| user.id)
        .collect();
    if let Some(heir) = rights::heir(members, gone, |user| active.contains(&user)) {
        give_role(tx, thread, gone, heir, MemberRole::Owner).await?;
    }
    Ok(())
}

async fn give_role(
    tx: &mut Tx,
    thread: ThreadId,
    by: UserId,
    user: UserId,
    role: MemberRole,
) -> Result<(), Error> {
    members::set_role(tx, thread, user, role).await?;
    tx.emit(
        Audience::Thread(thread),
        Event::MemberRoleChanged { thread, user, role },
    );
    tell(tx, thread, by, Notice::RoleChanged { user, role }).await?;
    Ok(())
}

/// Ends a membership. The notice at `last` is the last that the person may know of.
async fn take_out(tx: &mut Tx, thread: &Thread, member: &Member, last: Seq) -> Result<(), Error> {
    members::remove(tx, thread.id, member, thread.title.as_ref(), last).await?;
    // Once for those who remain, and once for the one to whom the thread's own rows no longer go.
    for audience in [Audience::Thread(thread.id), Audience::User(member.user)] {
        tx.emit(
            audience,
            Event::MemberRemoved {
                thread: thread.id,
                user: member.user,
            },
        );
    }
    Ok(())
}

/// The accounts, in order of their ids, if all of them can be brought in.
async fn active(tx: &mut Tx, wanted: &BTreeSet<UserId>) -> Result<Vec<User>, Error> {
    let mut found = Vec::with_capacity(wanted.len());
    for user in wanted {
        let user = users::get(tx, *user).await?.filter(|user| user.active);
        found.push(user.ok_or(Error::NotFound(Thing::User))?);
    }
    Ok(found)
}

fn check_size(members: usize, field: &'static str) -> Result<(), Error> {
    if members <= limits::THREAD_MEMBERS_MAX {
        return Ok(());
    }
    Err(Error::Invalid {
        field,
        reason: format!(
            "A group has at most {} members. Choose fewer people, or make a second group.",
            limits::THREAD_MEMBERS_MAX
        ),
    })
}

async fn view_of(tx: &mut Tx, user: UserId, thread: ThreadId) -> Result<ThreadView, Error> {
    let views = threads::views(tx, user, Some(thread)).await?;
    views.into_iter().next().ok_or(Error::NotFound(Thing::Thread))
}
