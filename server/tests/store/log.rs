use std::{sync::Arc, time::Duration};

use tidings_protocol::{Epoch, Event, History, Position, Seq};
use tidings_server::{
    bus::local::LocalBus,
    service::{Audience, Membership, Policy, Registration, Service},
    store::Db,
};

use crate::stage::Odd;

async fn execute(stage: &crate::stage::Stage, statement: &'static str) {
    match &stage.database.db {
        Db::Sqlite { writer, .. } => drop(sqlx::query(statement).execute(writer).await.unwrap()),
        Db::Postgres(pool) => drop(sqlx::query(statement).execute(pool).await.unwrap()),
    }
}

crate::on_both_engines! {
    async fn the_log_has_a_row_for_each_change_in_order_and_without_gaps(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        assert_eq!(stage.service.head().await.unwrap().offset, 0);
        let client = ana.add_client("Marlow").await;
        let thread = ana.open(&ben, Some(client)).await.thread;
        let message = ana.say(thread.id, "Good morning.").await;
        let rows = stage.service.log_after(0, 100).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.offset).collect::<Vec<_>>(), [1, 2]);
        assert!(rows.iter().all(|row| row.audience == Audience::Thread(thread.id)));
        assert!(matches!(&rows[0].event, Event::ThreadOpened { thread: opened, users, client: Some(_) }
            if *opened == thread && users.len() == 2));
        assert_eq!(rows[1].event, Event::MessageSent { message });
        assert_eq!(stage.service.log_after(1, 100).await.unwrap(), rows[1..]);
        assert_eq!(stage.service.log_after(0, 1).await.unwrap(), rows[..1]);
        assert!(stage.service.log_after(u64::MAX, 1).await.unwrap().is_empty());

        let memberships = stage.service.memberships().await.unwrap();
        assert_eq!(memberships.offset, 2);
        let membership = Membership {
            thread: thread.id,
            client: Some(client),
            history: History::FromJoining,
            members: vec![(ana.id(), Seq::ZERO), (ben.id(), Seq::ZERO)],
        };
        assert_eq!(memberships.threads, [membership]);
        assert_eq!(memberships.changes, rows[..1]);
    }

    async fn pruning_removes_what_is_too_old_and_positions_go_on(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        ana.say(thread, "Long ago.").await;
        assert_eq!(stage.service.oldest_offset().await.unwrap(), 1);
        stage.clock.advance(Duration::from_secs(20 * 24 * 3600));
        ana.say(thread, "Lately.").await;
        stage.clock.advance(Duration::from_secs(20 * 24 * 3600));
        assert_eq!(stage.service.prune_log().await.unwrap(), 2);
        assert_eq!(stage.service.oldest_offset().await.unwrap(), 3);
        stage.clock.advance(Duration::from_secs(20 * 24 * 3600));
        assert_eq!(stage.service.prune_log().await.unwrap(), 1);
        assert_eq!(stage.service.oldest_offset().await.unwrap(), 4);
        ana.say(thread, "Now.").await;
        let rows = stage.service.log_after(3, 10).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].offset, 4);
    }

    async fn a_position_is_good_as_far_as_its_epoch_got(stage: &Stage) {
        let service = &stage.service;
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let first = service.begin_epoch().await.unwrap();
        let thread = ana.open(&ben, None).await.thread.id;
        ana.say(thread, "Before the restart.").await;
        let second = service.begin_epoch().await.unwrap();
        assert_eq!(service.head().await.unwrap().epoch, second);
        for _ in 0..5 {
            ana.say(thread, "After it.").await;
        }
        let can = async |epoch, offset| service.can_resume(Position { epoch, offset }).await.unwrap();
        for (epoch, offset, good) in [
            (first, 0, true),
            (first, 2, true),
            (first, 3, false),
            (second, 2, true),
            (second, 7, true),
            (second, 8, false),
            (Epoch(uuid::Uuid::nil()), 1, false),
            (second, u64::MAX, false),
        ] {
            assert_eq!(can(epoch, offset).await, good, "{offset} of {epoch:?}");
        }
    }

    async fn an_epoch_that_somebody_else_changed_forgets_all_earlier_ones(stage: &Stage) {
        let service = &stage.service;
        let first = service.begin_epoch().await.unwrap();
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        execute(stage, "UPDATE meta SET epoch = (SELECT id FROM users LIMIT 1)").await;
        ana.open(&ben, None).await;
        let last = service.begin_epoch().await.unwrap();
        let can = async |epoch| service.can_resume(Position { epoch, offset: 0 }).await.unwrap();
        assert!(!can(first).await);
        assert!(can(last).await);
    }

    async fn epochs_that_nobody_can_resume_are_forgotten(stage: &Stage) {
        let service = &stage.service;
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        let old = service.begin_epoch().await.unwrap();
        service.begin_epoch().await.unwrap();
        ana.say(thread, "Long ago.").await;
        stage.clock.advance(Duration::from_secs(40 * 24 * 3600));
        assert_eq!(service.prune_log().await.unwrap(), 2);
        service.begin_epoch().await.unwrap();
        let at = Position { epoch: old, offset: 2 };
        assert!(!service.can_resume(at).await.unwrap());
    }

    async fn a_reopened_database_goes_on_where_it_was(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        ana.say(thread, "Good night.").await;
        let before = ana.actor.snapshot().await.unwrap();
        let again = Db::open(&stage.database.url).await.unwrap();
        let service = Service::new(
            again.clone(),
            Arc::new(LocalBus::new()),
            stage.clock.clone(),
            Arc::new(Odd),
            Policy {
                public_url: String::new(),
                registration: Registration::InviteOnly,
                link_previews: false,
                outbound_loopback: false,
            },
        );
        let after = service.actor(ana.actor.caller()).snapshot().await.unwrap();
        assert_eq!(after, before);
        drop(service);
        again.close().await;
    }
}
