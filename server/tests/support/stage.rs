//! A service on a fresh database, and people on it.

use std::sync::Arc;

use tidings_protocol::{
    ApiError, Body, ClientId, Command, DisplayName, LocalId, Message, Password, Presence, Request, ThreadId,
    ThreadView, Timestamp, User, UserId, Username,
    command::{AddClient, ClientFields, OpenThread, SendMessage},
    presence::UserPresence,
};
use tidings_server::{
    bus::local::LocalBus,
    clock::ManualClock,
    service::{Actor, Caller, NewAccount, Policy, Registration, Service, SignedIn, WhoIsHere},
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
        body: Body::new(text).unwrap(),
        reply_to: None,
    }
}

pub fn fields(name: &str, reference: &str) -> ClientFields {
    ClientFields {
        name: name.to_owned(),
        reference: reference.to_owned(),
        note: String::new(),
    }
}
