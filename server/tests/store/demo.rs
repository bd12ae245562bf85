use tidings_protocol::{AccountRole, ThreadKind};
use tidings_server::demo;

crate::on_both_engines! {
    async fn the_demo_is_an_organisation_that_has_used_it_for_weeks(stage: &Stage) {
        assert!(demo::fill(&stage.service).await.unwrap());
        let ana = stage.person_of(stage.service.sign_in("ana", demo::PASSWORD).await.unwrap());
        assert_eq!(ana.user.role, AccountRole::Owner);
        let snapshot = ana.actor.snapshot().await.unwrap();
        let now = snapshot.taken_at;
        assert!(snapshot.threads.iter().any(|view| view.unread > 0));
        assert!(snapshot.threads.iter().any(|view| view.unread == 0));
        assert!(snapshot.clients.len() >= 3 && snapshot.users.len() >= 7);
        let mut last = snapshot.threads.iter().map(|view| view.last_message.as_ref().unwrap().sent_at);
        assert!(last.all(|at| at <= now));
        assert!(snapshot.threads.iter().any(|view| view.thread.kind == ThreadKind::Group));
        for message in snapshot.threads.iter().filter_map(|view| view.last_message.as_ref()) {
            let sender = snapshot.users.iter().find(|user| user.id == message.sender).unwrap();
            assert!(sender.last_seen >= Some(message.sent_at), "{} was seen after their last words", sender.username.as_str());
        }

        let memberships = stage.service.memberships().await.unwrap();
        assert!(memberships.threads.len() >= 12);
        let rows = stage.service.log_after(0, 10_000).await.unwrap();
        assert!(rows.len() > 12 * 15);
        for (username, _) in demo::TRY_AS {
            assert!(stage.service.sign_in(username, demo::PASSWORD).await.is_ok());
        }
    }

    async fn the_demo_leaves_a_database_with_accounts_alone(stage: &Stage) {
        stage.owner("zoe").await;
        assert!(!demo::fill(&stage.service).await.unwrap());
        assert!(stage.service.sign_in("ana", demo::PASSWORD).await.is_err());
        assert_eq!(stage.service.head().await.unwrap().offset, 0);
    }
}
