use std::{sync::Arc, time::Duration};

use tidings_protocol::Event;
use tidings_server::{
    bus::local::LocalBus,
    service::{Audience, Policy, Registration, Service},
    store::Db,
};

use crate::stage::Odd;

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
        assert_eq!(memberships.threads, [(thread.id, Some(client), vec![ana.id(), ben.id()])]);
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
            },
        );
        let after = service.actor(ana.actor.caller()).snapshot().await.unwrap();
        assert_eq!(after, before);
        drop(service);
        again.close().await;
    }
}
