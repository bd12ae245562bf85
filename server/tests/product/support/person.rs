//! A person: an account, a session, and the very device that a browser runs, on a real socket or on real polls.

use std::{
    collections::HashMap,
    future::Future,
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
};

use http::Method;
use tidings_device::{Boot, Device, Effect, Input, Question, Row, Transport};
use tidings_driver::{Door, Driver, Surroundings};
use tidings_protocol::{
    ApiError, Body, Client, ClientId, Command, Presence, Reply, Request, Snapshot, ThreadId, User, UserId,
    command::{AddClient, OpenThread},
};

use super::{TestServer, server::client_fields, soon};

/// Devices must not share a seed: local ids come from it.
static NEXT_SEED: AtomicU64 = AtomicU64::new(1);

/// Somebody at a device.
pub struct Person {
    pub me: User,
    pub access: String,
    pub refresh: String,
    driver: Driver<Room>,
    questions: u64,
}

/// What a person's device lives in: a storage that always works, and a network.
struct Room {
    addr: SocketAddr,
    access: String,
    /// The network: while it is down, dials fail.
    online: bool,
    /// What it lets through.
    passing: &'static [Transport],
    signed_out: bool,
    answers: HashMap<Question, Result<Reply, ApiError>>,
}

impl Surroundings for Room {
    async fn door(&mut self, over: Transport) -> Option<Door> {
        let passes = self.online && self.passing.contains(&over);
        passes.then(|| Door {
            addr: self.addr,
            access_token: self.access.clone(),
            renewal: None,
        })
    }

    fn notice(&mut self, _: &Input) {}

    fn perform(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Save(unsent) => {
                return Some(Input::Saved {
                    local_id: unsent.local_id,
                    kept: true,
                });
            }
            Effect::Answered { question, result } => {
                self.answers.insert(question, *result);
            }
            Effect::SignedOut => self.signed_out = true,
            Effect::Outdated => panic!("the device speaks the server's protocol"),
            _ => {}
        }
        None
    }
}

impl Person {
    /// Signs in, starts a device from a snapshot as a page does, and waits until it is live. `passing`: what
    /// the network lets through.
    pub async fn connect(server: &TestServer, me: User, passing: &'static [Transport]) -> Self {
        let entrance = server.sign_in(&me).await;
        let text = |name: &str| entrance[name].as_str().expect("a string").to_owned();
        let access = text("access_token");
        let snapshot: Snapshot = server
            .request(Method::GET, "/api/v1/snapshot")
            .bearer_auth(&access)
            .send()
            .await
            .expect("the server answers")
            .json()
            .await
            .expect("a snapshot");
        let boot = Boot {
            snapshot,
            pages: Vec::new(),
        };
        let device = Device::new(NEXT_SEED.fetch_add(1, Ordering::Relaxed), boot);
        let room = Room {
            addr: server.running().addr,
            access: access.clone(),
            online: true,
            passing,
            signed_out: false,
            answers: HashMap::new(),
        };
        let mut person = Self {
            me,
            access,
            refresh: text("refresh_token"),
            driver: Driver::new(device, room),
            questions: 0,
        };
        person.give(Input::OutboxLoaded(Vec::new())).await;
        person.give(Input::Start).await;
        person
            .until("the device is live", |device| device.is_live())
            .await;
        person
    }

    pub fn id(&self) -> UserId {
        self.me.id
    }

    /// What they are at.
    pub fn device(&self) -> &Device {
        &self.driver.device
    }

    /// Gives an input to the device and does what it wants.
    pub async fn give(&mut self, input: Input) {
        self.driver.give(input).await;
    }

    /// Lets one thing happen.
    async fn step(&mut self) {
        self.driver.step().await;
    }

    /// Lets things happen until the device shows what is expected.
    pub async fn until(&mut self, what: &str, shown: impl Fn(&Device) -> bool) {
        let name = self.me.username.as_str().to_owned();
        soon(&format!("{name}: {what}"), async {
            while !shown(&self.driver.device) {
                self.step().await;
            }
        })
        .await;
    }

    /// Lets things happen for as long as something else takes.
    pub async fn while_doing<T>(&mut self, other: impl Future<Output = T>) -> T {
        tokio::select! {
            value = other => value,
            () = async {
                loop {
                    self.step().await;
                }
            } => unreachable!("a device never ends by itself"),
        }
    }

    /// Whether the device was told that the session has ended.
    pub fn is_signed_out(&self) -> bool {
        self.driver.surroundings.signed_out
    }

    /// Lets things happen until the session has ended.
    pub async fn until_signed_out(&mut self) {
        soon("signed out", async {
            while !self.is_signed_out() {
                self.step().await;
            }
        })
        .await;
    }

    /// Lets everything that the server has sent so far arrive.
    pub async fn settle(&mut self) {
        // The answer to a question comes after what was sent before it was asked.
        self.ask(tidings_protocol::command::SearchPeople {
            text: self.me.username.as_str().to_owned(),
        })
        .await
        .expect("a search can be made");
    }

    /// Asks over the socket.
    pub async fn ask<R>(&mut self, request: R) -> Result<R::Reply, ApiError>
    where
        R: Request,
        R::Reply: TryFrom<Reply, Error = ApiError>,
    {
        let reply = self.call(request.into()).await?;
        R::Reply::try_from(reply)
    }

    /// Asks over the socket.
    pub async fn call(&mut self, command: Command) -> Result<Reply, ApiError> {
        self.questions += 1;
        let question = Question(self.questions);
        let command = Box::new(command);
        self.give(Input::Ask { question, command }).await;
        soon("an answer", async {
            loop {
                if let Some(answer) = self.driver.surroundings.answers.remove(&question) {
                    return answer;
                }
                self.step().await;
            }
        })
        .await
    }

    /// Opens the thread with somebody.
    pub async fn open(&mut self, with: &Person, client: Option<ClientId>) -> ThreadId {
        let with = with.id();
        let view = self.ask(OpenThread { with, client }).await.expect("it opens");
        let thread = view.thread.id;
        self.until("the thread is there", |device| device.thread(thread).is_some())
            .await;
        thread
    }

    /// Makes a client record.
    pub async fn add_client(&mut self, name: &str) -> Client {
        let (client, fields) = client_fields(name);
        self.ask(AddClient { client, fields }).await.expect("it is added")
    }

    /// Writes and sends.
    pub async fn say(&mut self, thread: ThreadId, text: &str) {
        let body = Body::new(text).expect("a good text");
        self.give(Input::Send {
            thread,
            body,
            reply_to: None,
            forwarded: false,
        })
        .await;
    }

    /// Opens a thread on screen and lets its history load.
    pub async fn look_at(&mut self, thread: ThreadId) {
        self.give(Input::ThreadOpened(thread)).await;
        self.until("the thread's history is loaded", |device| {
            device.timeline(thread).loaded
        })
        .await;
    }

    /// What is on screen of a thread.
    pub fn rows(&self, thread: ThreadId) -> Vec<Row> {
        self.device().timeline(thread).rows
    }

    /// The texts on screen of a thread.
    pub fn texts(&self, thread: ThreadId) -> Vec<String> {
        texts(self.device(), thread)
    }

    /// Lets things happen until these are the texts on screen.
    pub async fn until_texts(&mut self, thread: ThreadId, expected: &[&str]) {
        self.until(&format!("shows {expected:?}"), |device| {
            texts(device, thread) == expected
        })
        .await;
    }

    /// Lets things happen until somebody's presence is shown.
    pub async fn until_presence(&mut self, of: UserId, presence: Presence) {
        self.until(&format!("shows somebody {presence:?}"), |device| {
            device.presence(of).presence == presence
        })
        .await;
    }

    /// The network goes away, without a word to the server.
    pub async fn lose_network(&mut self) {
        self.driver.surroundings.online = false;
        self.driver.cut().await;
    }

    /// The network lets only these through from now on. Others are cut.
    pub async fn let_through(&mut self, passing: &'static [Transport]) {
        self.driver.surroundings.passing = passing;
        if self.over().is_some_and(|over| !passing.contains(&over)) {
            self.driver.cut().await;
        }
        self.until("live over what is left", |device| {
            device
                .connection()
                .over
                .is_some_and(|over| passing.contains(&over))
                && device.is_live()
        })
        .await;
    }

    /// What carries the connection.
    pub fn over(&self) -> Option<Transport> {
        self.driver.over()
    }

    /// The network is back.
    pub async fn find_network(&mut self) {
        self.driver.surroundings.online = true;
        self.give(Input::NetworkUp).await;
        self.until("live again", |device| device.is_live()).await;
    }

    /// The tab is closed.
    pub fn leave(&mut self) {
        self.driver.leave();
    }
}

fn texts(device: &Device, thread: ThreadId) -> Vec<String> {
    let rows = device.timeline(thread).rows;
    rows.iter().map(|row| row.content.text().to_owned()).collect()
}
