use std::time::Duration;

use tidings_protocol::{
    AccountRole, DisplayName, ErrorCode, InviteId, User, UserId,
    command::{CreateInvite, ListInvites, ListUsers, Rename, RevokeInvite, SetActive, SetRole},
    reply::Invite,
};
use tidings_server::{
    bus::local::LocalBus,
    service::{Error, Policy, Registration, Service},
};
use uuid::Uuid;

use crate::stage::{Odd, Person, Stage, account};

async fn role_of(owner: &Person, user: &Person) -> AccountRole {
    let users: Vec<User> = owner.ask(ListUsers {}).await.unwrap();
    users.into_iter().find(|one| one.id == user.id()).unwrap().role
}

async fn person_with(stage: &Stage, owner: &Person, username: &str, role: AccountRole) -> Person {
    let person = stage.staff(username).await;
    owner
        .ask(SetRole {
            user: person.id(),
            role,
        })
        .await
        .unwrap();
    person
}

fn token_of(invite: &Invite) -> &str {
    invite.link.as_deref().unwrap().rsplit('/').next().unwrap()
}

crate::on_both_engines! {
    async fn the_set_up_link_works_once_and_only_the_newest(stage: &Stage) {
        assert!(stage.service.needs_set_up().await.unwrap());
        let old = stage.service.issue_set_up_token().await.unwrap();
        let token = stage.service.issue_set_up_token().await.unwrap();
        assert!(matches!(stage.service.set_up(old.reveal(), account("ana")).await, Err(Error::Gone)));
        let signed_in = stage.service.set_up(token.reveal(), account("ana")).await.unwrap();
        assert_eq!(signed_in.user.role, AccountRole::Owner);
        assert!(!stage.service.needs_set_up().await.unwrap());
        assert!(matches!(stage.service.set_up(token.reveal(), account("ben")).await, Err(Error::Gone)));
        let late = stage.service.issue_set_up_token().await.unwrap_err();
        assert_eq!(late.api().code, ErrorCode::Conflict);
    }

    async fn an_invite_lets_one_person_in(stage: &Stage) {
        let ana = stage.owner("ana").await;
        let invite = ana.ask(CreateInvite { role: AccountRole::Admin }).await.unwrap();
        let token = token_of(&invite);
        assert_eq!(invite.link.as_deref().unwrap(), format!("https://tidings.example/join/{token}"));
        assert_eq!(stage.service.invited(token).await.unwrap(), AccountRole::Admin);
        let listed = ana.ask(ListInvites {}).await.unwrap();
        assert_eq!(listed, [Invite { link: None, ..invite.clone() }]);

        // A name that is taken does not use the invite up.
        let taken = stage.service.join(token, account("ana")).await.unwrap_err().api();
        assert_eq!((taken.code, taken.field.as_deref()), (ErrorCode::Conflict, Some("username")));
        let joined = stage.service.join(token, account("ben")).await.unwrap();
        assert_eq!(joined.user.role, AccountRole::Admin);
        assert!(matches!(stage.service.join(token, account("chidi")).await, Err(Error::Gone)));
        assert!(ana.ask(ListInvites {}).await.unwrap().is_empty());
    }

    async fn an_invite_that_was_revoked_has_expired_or_never_was_is_gone(stage: &Stage) {
        let ana = stage.owner("ana").await;
        let create = CreateInvite { role: AccountRole::Staff };
        let revoked = ana.ask(create.clone()).await.unwrap();
        ana.ask(RevokeInvite { invite: revoked.id }).await.unwrap();
        ana.ask(RevokeInvite { invite: revoked.id }).await.unwrap();
        let expired = ana.ask(create).await.unwrap();
        stage.clock.advance(Duration::from_secs(7 * 24 * 3600));
        for token in [token_of(&revoked), token_of(&expired), "nonsense"] {
            assert!(matches!(stage.service.invited(token).await, Err(Error::Gone)));
            assert!(matches!(stage.service.join(token, account("ben")).await, Err(Error::Gone)));
        }
        assert!(ana.ask(ListInvites {}).await.unwrap().is_empty());
        let unknown = RevokeInvite { invite: InviteId(Uuid::now_v7()) };
        assert_eq!(ana.refusal(unknown).await.code, ErrorCode::NotFound);
    }

    async fn joining_without_an_invite_needs_open_registration(stage: &Stage) {
        let policy = Policy {
            public_url: String::new(),
            registration: Registration::InviteOnly,
            link_previews: false,
            outbound_loopback: false,
        };
        let bus = std::sync::Arc::new(LocalBus::new());
        let present = std::sync::Arc::new(Odd);
        let closed = Service::new(stage.database.db.clone(), bus, stage.clock.clone(), present, policy);
        let refused = closed.register(account("ana")).await.unwrap_err().api();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        assert!(closed.needs_set_up().await.unwrap());
        let ana = stage.service.register(account("ana")).await.unwrap();
        assert_eq!(ana.user.role, AccountRole::Staff);
        let again = stage.service.register(account("ana")).await.unwrap_err();
        assert_eq!(again.api().code, ErrorCode::Conflict);
    }

    async fn who_may_deactivate_whom(stage: &Stage) {
        use AccountRole::{Admin, Owner};
        let owner = stage.owner("owner").await;
        let other_owner = person_with(stage, &owner, "other.owner", Owner).await;
        let admin = person_with(stage, &owner, "admin", Admin).await;
        let other_admin = person_with(stage, &owner, "other.admin", Admin).await;
        let staff = stage.staff("staff").await;
        let other_staff = stage.staff("other.staff").await;
        let table = [
            (&staff, &other_staff, false),
            (&staff, &staff, false),
            (&admin, &staff, true),
            (&admin, &other_admin, false),
            (&admin, &owner, false),
            (&admin, &admin, false),
            (&owner, &staff, true),
            (&owner, &admin, true),
            (&owner, &other_owner, true),
            (&owner, &owner, false),
        ];
        for (who, whom, allowed) in table {
            for active in [true, false, true] {
                let result = who.ask(SetActive { user: whom.id(), active }).await;
                let names = (&who.user.username, &whom.user.username);
                match result {
                    Ok(user) => assert!(allowed && user.active == active, "{names:?}"),
                    Err(error) => {
                        assert!(!allowed, "{names:?}: {error}");
                        assert_eq!(error.code, ErrorCode::Forbidden);
                    }
                }
                if whom.id() == admin.id() && allowed {
                    // Deactivating ends sessions; the ones used below must live.
                    break;
                }
            }
        }
    }

    async fn only_owners_change_roles_and_never_their_own(stage: &Stage) {
        use AccountRole::{Admin, Owner, Staff};
        let owner = stage.owner("owner").await;
        let admin = person_with(stage, &owner, "admin", Admin).await;
        let staff = stage.staff("staff").await;
        for (who, whom) in [(&staff, &staff), (&admin, &staff), (&admin, &admin), (&owner, &owner)] {
            let refused = who.refusal(SetRole { user: whom.id(), role: Owner }).await;
            assert_eq!(refused.code, ErrorCode::Forbidden);
        }
        assert_eq!(role_of(&owner, &staff).await, Staff);
        let unknown = SetRole { user: UserId(Uuid::now_v7()), role: Staff };
        assert_eq!(owner.refusal(unknown).await.code, ErrorCode::NotFound);

        // An owner can take another's rights, but somebody is always left to give them back.
        owner.ask(SetRole { user: admin.id(), role: Owner }).await.unwrap();
        admin.ask(SetRole { user: owner.id(), role: Staff }).await.unwrap();
        assert_eq!(owner.refusal(ListUsers {}).await.code, ErrorCode::Forbidden);
        assert_eq!(admin.refusal(SetRole { user: admin.id(), role: Staff }).await.code, ErrorCode::Forbidden);
    }

    async fn who_may_invite_whom(stage: &Stage) {
        use AccountRole::{Admin, Owner, Staff};
        let owner = stage.owner("owner").await;
        let admin = person_with(stage, &owner, "admin", Admin).await;
        let staff = stage.staff("staff").await;
        let table = [
            (&owner, Staff, true),
            (&owner, Admin, true),
            (&owner, Owner, false),
            (&admin, Staff, true),
            (&admin, Admin, false),
            (&admin, Owner, false),
            (&staff, Staff, false),
        ];
        for (who, role, allowed) in table {
            let result = who.ask(CreateInvite { role }).await;
            assert_eq!(result.is_ok(), allowed, "{} inviting {role:?}", who.user.username.as_str());
        }
        assert_eq!(staff.refusal(ListInvites {}).await.code, ErrorCode::Forbidden);
        let invite = admin.ask(ListInvites {}).await.unwrap()[0].id;
        assert_eq!(staff.refusal(RevokeInvite { invite }).await.code, ErrorCode::Forbidden);
        assert_eq!(admin.ask(ListInvites {}).await.unwrap().len(), 3);
    }

    async fn a_new_name_is_found_and_doing_it_twice_changes_nothing(stage: &Stage) {
        let ana = stage.owner("ana").await;
        let display_name = DisplayName::new("Ana Ávila").unwrap();
        let renamed = ana.ask(Rename { display_name: display_name.clone() }).await.unwrap();
        assert_eq!(renamed.display_name, display_name);
        let head = stage.service.head().await.unwrap();
        assert_eq!(ana.ask(Rename { display_name }).await.unwrap(), renamed);
        assert_eq!(stage.service.head().await.unwrap(), head);
        let text = "ÁVILA".to_owned();
        let found = ana.ask(tidings_protocol::command::SearchPeople { text }).await.unwrap();
        assert_eq!(found.len(), 1);
    }
}
