use futures_util::future::join_all;
use tidings_protocol::{
    ClientId, ErrorCode, Presence, UserId,
    command::{AddClient, ArchiveClient, EditClient, OpenThread, SearchClients, SearchPeople, SetActive},
    limits,
};
use uuid::Uuid;

use crate::stage::{Person, fields};

async fn client_names(person: &Person, text: &str, archived: bool) -> Vec<String> {
    let text = text.to_owned();
    let found = person.ask(SearchClients { text, archived }).await.unwrap();
    found.into_iter().map(|client| client.name).collect()
}

crate::on_both_engines! {
    async fn two_people_have_one_thread_for_each_client_and_one_without(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let client = ana.add_client("The Marlow family").await;
        let internal = ana.open(&ben, None).await;
        let about = ana.open(&ben, Some(client)).await;
        assert_ne!(internal.thread.id, about.thread.id);
        assert_eq!(ben.open(&ana, Some(client)).await.thread, about.thread);
        let all = join_all((0..10).map(|_| ben.open(&ana, None))).await;
        assert!(all.iter().all(|view| view.thread == internal.thread));
        assert_eq!(ana.actor.snapshot().await.unwrap().threads.len(), 2);
    }

    async fn a_thread_needs_another_active_person_and_a_usable_client(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let client = ana.add_client("Osei household").await;
        let open = |with: UserId, client: Option<ClientId>| OpenThread { with, client };
        assert_eq!(ana.refusal(open(ana.id(), None)).await.code, ErrorCode::Invalid);
        let nobody = UserId(Uuid::now_v7());
        assert_eq!(ana.refusal(open(nobody, None)).await.code, ErrorCode::NotFound);
        let none = ClientId(Uuid::now_v7());
        assert_eq!(ana.refusal(open(ben.id(), Some(none))).await.code, ErrorCode::NotFound);
        ana.ask(ArchiveClient { client, archived: true }).await.unwrap();
        assert_eq!(ana.refusal(open(ben.id(), Some(client))).await.code, ErrorCode::NotFound);
        ana.ask(SetActive { user: ben.id(), active: false }).await.unwrap();
        assert_eq!(ana.refusal(open(ben.id(), None)).await.code, ErrorCode::NotFound);
        assert!(ana.actor.snapshot().await.unwrap().threads.is_empty());
    }

    async fn a_snapshot_holds_ones_own_threads_and_who_is_in_them(stage: &Stage) {
        let (ana, ben, chidi) = (stage.owner("ana").await, stage.staff("ben").await, stage.staff("chidi").await);
        let client = ana.add_client("The Marlow family").await;
        let thread = ana.open(&ben, Some(client)).await.thread.id;
        let message = ana.say(thread, "Their visit moved to Thursday.").await;

        let snapshot = ben.actor.snapshot().await.unwrap();
        assert_eq!(snapshot.me.id, ben.id());
        assert_eq!(snapshot.session, ben.signed_in.session);
        assert_eq!(snapshot.position, stage.service.head().await.unwrap());
        let mut users: Vec<UserId> = snapshot.users.iter().map(|user| user.id).collect();
        users.sort_unstable();
        let mut both = vec![ana.id(), ben.id()];
        both.sort_unstable();
        assert_eq!(users, both);
        assert_eq!(snapshot.clients.iter().map(|client| client.id).collect::<Vec<_>>(), [client]);
        assert_eq!(snapshot.threads[0].last_message, Some(message));
        assert!(snapshot.presences.complete);
        assert!(snapshot.presences.users.iter().all(|one| one.presence == Presence::Online));

        let outside = chidi.actor.snapshot().await.unwrap();
        assert!(outside.threads.is_empty() && outside.clients.is_empty());
        assert_eq!(outside.users.len(), 1);
    }

    async fn people_are_found_by_any_part_of_a_name_in_any_case(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben_o").await);
        let search = async |text: &str| {
            let found = ana.ask(SearchPeople { text: text.to_owned() }).await.unwrap();
            found.into_iter().map(|found| found.user.username.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(search("").await, ["ana", "ben_o"]);
        assert_eq!(search("BEN").await, ["ben_o"]);
        // Not a wildcard.
        assert_eq!(search("_").await, ["ben_o"]);
        assert_eq!(search("%").await, Vec::<String>::new());
        let long = "x".repeat(limits::SEARCH_MAX_CHARS + 1);
        assert_eq!(ana.refusal(SearchPeople { text: long }).await.code, ErrorCode::Invalid);
        assert_eq!(ana.refusal(SearchPeople { text: "a\0b".to_owned() }).await.code, ErrorCode::Invalid);
        ana.ask(SetActive { user: ben.id(), active: false }).await.unwrap();
        assert_eq!(search("").await, ["ana"]);
    }

    async fn clients_are_found_by_name_and_reference_also_beyond_ascii(stage: &Stage) {
        let ana = stage.owner("ana").await;
        let client = ana.add_client("Öztürk family").await;
        ana.add_client("Marlow family").await;
        ana.ask(EditClient { client, fields: fields("Öztürk family", "F-117") }).await.unwrap();
        assert_eq!(client_names(&ana, "öZTÜRK", false).await, ["Öztürk family"]);
        assert_eq!(client_names(&ana, "f-117", false).await, ["Öztürk family"]);
        assert_eq!(client_names(&ana, "", false).await, ["Marlow family", "Öztürk family"]);
        ana.ask(ArchiveClient { client, archived: true }).await.unwrap();
        assert_eq!(client_names(&ana, "family", false).await, ["Marlow family"]);
        assert_eq!(client_names(&ana, "family", true).await.len(), 2);
    }

    async fn adding_a_client_twice_adds_one_and_its_id_belongs_to_it(stage: &Stage) {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let add = AddClient { client: ClientId(Uuid::now_v7()), fields: fields(" Marlow ", "") };
        let first = ana.ask(add.clone()).await.unwrap();
        assert_eq!((first.name.as_str(), first.reference.as_deref()), ("Marlow", None));
        assert_eq!(ana.ask(add.clone()).await.unwrap(), first);
        let other = AddClient { fields: fields("Reyes", ""), ..add };
        assert_eq!(ben.refusal(other).await.code, ErrorCode::Conflict);
        assert_eq!(client_names(&ana, "", true).await, ["Marlow"]);
    }

    async fn a_client_record_that_is_not_acceptable_says_which_field(stage: &Stage) {
        let ana = stage.owner("ana").await;
        let client = ana.add_client("Marlow").await;
        let nameless = ana.refusal(EditClient { client, fields: fields("  ", "") }).await;
        assert_eq!((nameless.code, nameless.field.as_deref()), (ErrorCode::Invalid, Some("name")));
        let long = "9".repeat(limits::REFERENCE_MAX_CHARS + 1);
        let refused = ana.refusal(EditClient { client, fields: fields("Marlow", &long) }).await;
        assert_eq!(refused.field.as_deref(), Some("reference"));
        let unknown = EditClient { client: ClientId(Uuid::now_v7()), fields: fields("Marlow", "") };
        assert_eq!(ana.refusal(unknown).await.code, ErrorCode::NotFound);
        assert_eq!(client_names(&ana, "", true).await, ["Marlow"]);
    }
}
