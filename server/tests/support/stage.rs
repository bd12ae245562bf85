//! A service on a fresh database, and people on it.

use std::{sync::Arc, time::Duration};

use tidings_protocol::{
    ApiError, Body, ClientId, Command, DisplayName, LinkPreview, LocalId, Message, Password, Presence,
    Request, ThreadId, ThreadView, Timestamp, User, UserId, Username,
    command::{AddClient, ClientFields, OpenThread, SendMessage, SubscribePush},
    presence::UserPresence,
};
use tidings_server::{
    bus::local::LocalBus,
    clock::ManualClock,
    service::{Actor, Caller, NewAccount, Policy, Registration, Service, SignedIn, Wanted, WhoIsHere},
};
use uuid::Uuid;

use super::engine::{Engine, TestDb};

/// A Monday in November.
pub const START: Timestamp = Timestamp(1_794_000_000_000);

pub const PASSWORD: &str = "a quiet river";

/// A service on a fresh database, whose clock stands still.
pub struct Stage {
    pub service: Service,
    pub clock: Arc<ManualClock>,
    pub database: TestDb,
}

/// An account, signed in once.
pub struct Person {
    pub user: User,
    pub signed_in: SignedIn,
    pub actor: Actor,
}

/// Nobody but those whose id is odd.
pub struct Odd;

impl WhoIsHere for Odd {
    fn presence(&self, user: UserId) -> UserPresence {
        let odd = user.0.as_u128() % 2 == 1;
        UserPresence {
            user,
            presence: if odd { Presence::Online } else { Presence::Offline },
            last_seen: None,
        }
    }
}

impl Stage {
    pub async fn new(engine: Engine) -> Self {
        let database = TestDb::new(engine).await;
        let clock = Arc::new(ManualClock::new(START));
        let policy = Policy {
            public_url: "https://tidings.example".to_owned(),
            registration: Registration::Open,
            link_previews: true,
            outbound_loopback: true,
        };
        let service = Service::new(
            database.db.clone(),
            Arc::new(LocalBus::new()),
            clock.clone(),
            Arc::new(Odd),
            policy,
        );
        Self {
            service,
            clock,
            database,
        }
    }

    /// The pages that are to be looked at; they are not given again for a minute.
    pub async fn wanted(&self) -> Vec<Wanted> {
        self.service
            .take_previews(Duration::from_secs(60), 100, 100)
            .await
            .unwrap()
    }

    /// Looks at all pages that are to be looked at: each has this title.
    pub async fn look_at_pages(&self, title: &str) {
        for wanted in self.wanted().await {
            let found = preview(&wanted.url, title);
            self.service.settle_preview(wanted, Some(found)).await.unwrap();
        }
    }

    /// The first account.
    pub async fn owner(&self, username: &str) -> Person {
        let token = self.service.issue_set_up_token().await.unwrap();
        self.person_of(
            self.service
                .set_up(token.reveal(), account(username))
                .await
                .unwrap(),
        )
    }

    /// A further account, of staff.
    pub async fn staff(&self, username: &str) -> Person {
        self.person_of(self.service.register(account(username)).await.unwrap())
    }

    pub fn person_of(&self, signed_in: SignedIn) -> Person {
        let caller = Caller {
            user: signed_in.user.id,
            session: signed_in.session,
        };
        Person {
            user: signed_in.user.clone(),
            actor: self.service.actor(caller),
            signed_in,
        }
    }
}

impl Person {
    pub fn id(&self) -> UserId {
        self.user.id
    }

    /// Asks as any transport does: the refusal is what leaves the server.
    pub async fn ask<R: Request>(&self, request: R) -> Result<R::Reply, ApiError> {
        let reply = self
            .actor
            .call(request.into())
            .await
            .map_err(|error| error.api())?;
        Ok(R::Reply::try_from(reply).ok().expect("the reply of this command"))
    }

    pub async fn open(&self, with: &Person, client: Option<ClientId>) -> ThreadView {
        let with = with.id();
        self.ask(OpenThread { with, client }).await.unwrap()
    }

    pub async fn say(&self, thread: ThreadId, text: &str) -> Message {
        self.ask(message(thread, text)).await.unwrap()
    }

    pub async fn add_client(&self, name: &str) -> ClientId {
        let client = ClientId(Uuid::now_v7());
        let fields = fields(name, "");
        self.ask(AddClient { client, fields }).await.unwrap().id
    }

    /// Does it and looks only at the refusal.
    pub async fn refusal(&self, command: impl Into<Command>) -> ApiError {
        let result = self.actor.call(command.into()).await;
        result.expect_err("a refusal").api()
    }
}

pub fn account(username: &str) -> NewAccount {
    NewAccount {
        username: Username::new(username).unwrap(),
        display_name: DisplayName::new(&format!("{} Adeyemi", username.to_uppercase())).unwrap(),
        password: Password::new(PASSWORD).unwrap(),
    }
}

pub fn message(thread: ThreadId, text: &str) -> SendMessage {
    SendMessage {
        thread,
        local_id: LocalId(Uuid::now_v7()),
        body: Some(Body::new(text).unwrap()),
        attachments: Vec::new(),
        reply_to: None,
        forwarded: false,
        files_of: None,
    }
}

/// What a page with this title says of itself.
pub fn preview(url: &str, title: &str) -> LinkPreview {
    LinkPreview {
        url: url.to_owned(),
        host: None,
        site: Some("Example".to_owned()),
        title: title.to_owned(),
        description: None,
    }
}

pub fn fields(name: &str, reference: &str) -> ClientFields {
    ClientFields {
        name: name.to_owned(),
        reference: reference.to_owned(),
        note: String::new(),
    }
}

/// A browser on this machine, with the keys of RFC 8291's example.
pub fn subscribe_push() -> SubscribePush {
    SubscribePush {
        endpoint: format!("http://127.0.0.1:9/{}", Uuid::now_v7()),
        p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
            .to_owned(),
        auth: "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
        name: "Firefox on Linux".to_owned(),
    }
}
