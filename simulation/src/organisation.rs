//! The people of every simulation, and the database they start from: made once, then copied for each seed.

use std::{path::Path, sync::OnceLock};

use tidings_protocol::{
    ClientId, DisplayName, Event, History, Member, MemberRole, Password, Presence, Seq, SessionId, Thread,
    ThreadId, ThreadKind, Timestamp, User, UserId, Username,
    command::{AddClient, ClientFields, OpenThread},
    presence::UserPresence,
};
use tidings_server::{
    bus::local::LocalBus,
    clock::ManualClock,
    service::{self, Caller, NewAccount, Policy, Registration, Service, SignedIn, WhoIsHere},
    store::{Audience, Db, sessions, threads, writer::Writer},
};
use uuid::Uuid;

use std::sync::Arc;

/// When every simulation begins: a Monday in November.
pub const START: Timestamp = Timestamp(1_794_000_000_000);

/// Everybody's password.
pub const PASSWORD: &str = "a quiet river";

/// Sessions each person has at the start: enough for all their devices.
pub const SESSIONS: usize = 4;

const NAMES: [&str; 5] = ["ana", "ben", "chidi", "dara", "elif"];

/// People, and what they share.
pub struct Organisation {
    /// The first is the owner.
    pub people: Vec<Account>,
    /// Clients that there are from the start.
    pub clients: Vec<ClientId>,
    /// The file of the database.
    pub database: Vec<u8>,
}

/// A person with their sessions.
pub struct Account {
    /// Who.
    pub user: UserId,
    /// Their sessions.
    pub sessions: Vec<SessionId>,
}

struct Nobody;

impl WhoIsHere for Nobody {
    fn presence(&self, user: UserId) -> UserPresence {
        UserPresence {
            user,
            presence: Presence::Offline,
            last_seen: None,
        }
    }
}

impl Organisation {
    /// The one of this process.
    ///
    /// # Panics
    /// When it can't be made.
    #[expect(clippy::expect_used, reason = "without people there is nothing to simulate")]
    pub fn get() -> &'static Self {
        static ONE: OnceLock<Organisation> = OnceLock::new();
        ONE.get_or_init(|| {
            let folder = tempfile::tempdir().expect("a temporary folder");
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(found(&folder.path().join("tidings.db")))
                .expect("the organisation is founded")
        })
    }
}

async fn found(path: &Path) -> Result<Organisation, Box<dyn std::error::Error>> {
    let db = Db::open(&format!("sqlite://{}", path.display())).await?;
    let clock = Arc::new(ManualClock::new(START));
    let policy = Policy {
        public_url: "http://localhost".to_owned(),
        registration: Registration::Open,
        link_previews: false,
        outbound_loopback: false,
    };
    let service = Service::new(
        db.clone(),
        Arc::new(LocalBus::new()),
        clock.clone(),
        Arc::new(Nobody),
        policy,
    );
    let writer = Writer::start(db.clone(), clock, || {});
    let mut people = Vec::new();
    let mut signed_in = Vec::new();
    for name in NAMES {
        let first = join(&service, name).await?;
        people.push(begin_sessions(&writer, &first).await?);
        signed_in.push(first);
    }
    let clients = share(&service, &signed_in).await?;
    for members in [&[0, 1, 2][..], &[1, 2, 3, 4]] {
        let users = members.iter().filter_map(|place| signed_in.get(*place));
        open_group(&writer, users.map(|member| member.user.clone()).collect()).await?;
    }
    drop((service, writer));
    // Folds the write-ahead log into the file.
    db.close().await;
    Ok(Organisation {
        people,
        clients,
        database: std::fs::read(path)?,
    })
}

async fn join(service: &Service, name: &str) -> Result<SignedIn, Box<dyn std::error::Error>> {
    let account = NewAccount {
        username: Username::new(name)?,
        display_name: DisplayName::new(name)?,
        password: Password::new(PASSWORD)?,
    };
    Ok(if service.needs_set_up().await? {
        let token = service.issue_set_up_token().await?;
        service.set_up(token.reveal(), account).await?
    } else {
        service.register(account).await?
    })
}

async fn begin_sessions(writer: &Writer, first: &SignedIn) -> Result<Account, service::Error> {
    let user = first.user.id;
    let mut all = vec![first.session];
    while all.len() < SESSIONS {
        let session = SessionId(Uuid::now_v7());
        writer
            .write::<(), service::Error, _>(move |tx| {
                Box::pin(async move { Ok(sessions::insert(tx, session, user).await?) })
            })
            .await?;
        all.push(session);
    }
    Ok(Account { user, sessions: all })
}

/// Direct threads, with and without a client. Elif shares none but a group.
async fn share(service: &Service, people: &[SignedIn]) -> Result<Vec<ClientId>, service::Error> {
    let [ana, ben, chidi, dara, _] = people else {
        return Ok(Vec::new());
    };
    let actor = |person: &SignedIn| {
        service.actor(Caller {
            user: person.user.id,
            session: person.session,
        })
    };
    let mut clients = Vec::new();
    for name in ["The Marlow family", "Osei household"] {
        let client = ClientId(Uuid::now_v7());
        let fields = ClientFields {
            name: name.to_owned(),
            reference: String::new(),
            note: String::new(),
        };
        actor(ana).add_client(AddClient { client, fields }).await?;
        clients.push(client);
    }
    for (one, other, client) in [
        (ana, ben, None),
        (ana, ben, clients.first().copied()),
        (ben, chidi, None),
        (chidi, dara, clients.get(1).copied()),
    ] {
        let with = other.user.id;
        actor(one).open_thread(OpenThread { with, client }).await?;
    }
    Ok(clients)
}

async fn open_group(writer: &Writer, users: Vec<User>) -> Result<(), service::Error> {
    let thread = Thread {
        id: ThreadId(Uuid::now_v7()),
        kind: ThreadKind::Group,
        title: None,
        history: History::default(),
        client: None,
        members: users.iter().map(|user| member(user.id)).collect(),
        created_at: START,
    };
    writer
        .write(move |tx| {
            Box::pin(async move {
                threads::insert(tx, &thread, None).await?;
                let audience = Audience::Thread(thread.id);
                tx.emit(
                    audience,
                    Event::ThreadOpened {
                        thread,
                        users,
                        client: None,
                    },
                );
                Ok(())
            })
        })
        .await
}

fn member(user: UserId) -> Member {
    Member::new(user, MemberRole::Member, Seq::ZERO)
}
