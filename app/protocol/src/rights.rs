//! Who may do what in a group: pure, so that devices offer exactly what the server allows.

use crate::{
    id::UserId,
    thread::{Member, MemberRole},
};

impl MemberRole {
    /// Whether the group may be given another name.
    #[must_use]
    pub fn may_rename(self) -> bool {
        self >= Self::Admin
    }

    /// Whether people may be brought in.
    #[must_use]
    pub fn may_add(self) -> bool {
        self >= Self::Admin
    }

    /// Whether another member of that role may be taken out.
    #[must_use]
    pub fn may_remove(self, other: Self) -> bool {
        self == Self::Owner || (self == Self::Admin && other == Self::Member)
    }

    /// Whether it may be said what another member is.
    #[must_use]
    pub fn may_set_roles(self) -> bool {
        self == Self::Owner
    }

    /// Whether what others said may be deleted.
    #[must_use]
    pub fn may_delete_of_others(self) -> bool {
        self >= Self::Admin
    }
}

/// Who becomes the owner of a group when `leaving` is gone: nobody while an owner remains who can act, else the highest of
/// the others, and among equals the one who has been there longest. Those for whom `can_act` is false come last: a group
/// whose owners can't sign in could not be changed by anybody.
#[must_use]
pub fn heir(members: &[Member], leaving: UserId, can_act: impl Fn(UserId) -> bool) -> Option<UserId> {
    let others = || members.iter().filter(|member| member.user != leaving);
    let owns = |member: &Member| member.role == MemberRole::Owner;
    if others().any(|member| owns(member) && can_act(member.user)) {
        return None;
    }
    // Members are in order of joining, and of equals `max_by_key` takes the last.
    let heir = others()
        .rev()
        .max_by_key(|member| (can_act(member.user), member.role))?;
    (!owns(heir)).then_some(heir.user)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::message::Seq;
    use MemberRole::{Admin, Member as Plain, Owner};

    fn user(number: u128) -> UserId {
        UserId(Uuid::from_u128(number))
    }

    fn group(roles: &[MemberRole]) -> Vec<Member> {
        let numbered = (1..).zip(roles);
        numbered
            .map(|(number, role)| Member::new(user(number), *role, Seq::ZERO))
            .collect()
    }

    fn group_of_owners() -> Vec<Member> {
        group(&[Owner, Owner, Plain])
    }

    #[test]
    fn members_change_nothing_and_admins_nobody_of_their_own_kind() {
        assert!(!Plain.may_rename() && !Plain.may_add() && !Plain.may_set_roles());
        assert!(!Plain.may_remove(Plain) && !Plain.may_delete_of_others());
        assert!(Admin.may_rename() && Admin.may_add() && !Admin.may_set_roles());
        assert!(Admin.may_remove(Plain) && !Admin.may_remove(Admin) && !Admin.may_remove(Owner));
        assert!(
            [Plain, Admin, Owner]
                .into_iter()
                .all(|other| Owner.may_remove(other))
        );
        assert!(Owner.may_rename() && Owner.may_add() && Owner.may_set_roles());
    }

    #[test]
    fn the_only_owner_hands_over_to_the_highest_and_oldest() {
        let heir = |roles: &[MemberRole]| heir(&group(roles), user(1), |_| true);
        assert_eq!(heir(&[Owner, Plain, Admin, Admin]), Some(user(3)));
        assert_eq!(heir(&[Owner, Plain, Plain]), Some(user(2)));
        assert_eq!(heir(&[Owner]), None);
    }

    #[test]
    fn nobody_inherits_while_an_owner_remains() {
        assert_eq!(heir(&group(&[Owner, Plain, Owner]), user(1), |_| true), None);
        assert_eq!(heir(&group(&[Plain, Owner]), user(1), |_| true), None);
    }

    #[test]
    fn who_can_not_act_inherits_last() {
        let group = group(&[Owner, Admin, Plain]);
        assert_eq!(heir(&group, user(1), |one| one != user(2)), Some(user(3)));
        assert_eq!(heir(&group, user(1), |_| false), Some(user(2)));
        let owners = group_of_owners();
        assert_eq!(heir(&owners, user(1), |one| one == user(3)), Some(user(3)));
        assert_eq!(heir(&owners, user(1), |_| false), None);
    }
}
