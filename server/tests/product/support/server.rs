//! A server on a free port with a database of its own.

use std::{num::NonZeroU32, path::Path, sync::Arc};

use http::{Method, StatusCode};
use reqwest::{RequestBuilder, Response};
use tempfile::TempDir;
use tidings_device::Transport;
use tidings_protocol::{ApiError, ClientId, DisplayName, Password, User, Username, command::ClientFields};
use tidings_server::{
    Server,
    config::{Given, Settings},
    service::{NewAccount, SignedIn},
};
use uuid::Uuid;

use super::{Person, Socket, TestClock};
use crate::engine::{Engine, TestDb};

/// Everybody's password.
pub const PASSWORD: &str = "a quiet river";

/// What an ordinary network lets through.
const EVERYTHING: &[Transport] = &[Transport::Socket, Transport::LongPoll];

/// A running server.
pub struct TestServer {
    running: Option<Server>,
    settings: Settings,
    /// What it goes by, over restarts too.
    pub clock: Arc<TestClock>,
    http: reqwest::Client,
    _database: TestDb,
    data_dir: TempDir,
}

impl TestServer {
    /// A server where anyone may register and nobody is too fast.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, |_| {}).await
    }

    /// The same, with other settings.
    pub async fn start_with(engine: Engine, change: impl FnOnce(&mut Settings)) -> Self {
        let database = TestDb::new(engine).await;
        // The server opens it itself.
        database.db.close().await;
        let data_dir = tempfile::tempdir().expect("a temporary folder");
        let mut settings = Settings::new(Given {
            listen: Some("127.0.0.1:0".to_owned()),
            data_dir: Some(data_dir.path().display().to_string()),
            database_url: Some(database.url.clone()),
            registration: Some("open".to_owned()),
            ..Given::default()
        })
        .expect("the settings are good");
        let plenty = NonZeroU32::new(100_000).expect("not zero");
        settings.commands_per_minute = plenty;
        settings.command_burst = plenty;
        change(&mut settings);
        let clock = Arc::new(TestClock::default());
        let running = Server::start(settings.clone(), clock.clone())
            .await
            .expect("the server starts");
        // What follows a redirect would hide it.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(super::PATIENCE)
            .build()
            .expect("an HTTP client");
        Self {
            running: Some(running),
            settings,
            clock,
            http,
            _database: database,
            data_dir,
        }
    }

    pub fn running(&self) -> &Server {
        self.running.as_ref().expect("the server runs")
    }

    /// The folder it keeps things in.
    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// Stops the server and leaves it stopped.
    pub async fn stop(&mut self) {
        // The next start must be found where people know the server to be.
        self.settings.listen = self.running().addr;
        if let Some(server) = self.running.take() {
            server.stop().await;
        }
    }

    /// Stops the server and starts it with other settings: same address, same data.
    pub async fn restart_with(&mut self, change: impl FnOnce(&mut Settings)) {
        self.stop().await;
        change(&mut self.settings);
        self.start_again().await;
    }

    /// Starts a stopped server again: same address, same data.
    pub async fn start_again(&mut self) {
        let server = Server::start(self.settings.clone(), self.clock.clone()).await;
        self.running = Some(server.expect("the server starts again"));
    }

    /// A program that stands at no page: no cookies, no origin.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("http://{}{path}", self.running().addr))
    }

    /// An origin that is allowed.
    pub fn origin(&self) -> String {
        self.running().public_url.to_string()
    }

    /// An account, made and signed in without going through HTTP.
    pub async fn register(&self, username: &str) -> SignedIn {
        let account = NewAccount {
            username: Username::new(username).expect("a username"),
            display_name: DisplayName::new(username).expect("a name"),
            password: Password::new(PASSWORD).expect("a password"),
        };
        let service = &self.running().service;
        if service.needs_set_up().await.expect("the database answers") {
            let token = service.issue_set_up_token().await.expect("it is issued");
            return service.set_up(token.reveal(), account).await.expect("an owner");
        }
        service.register(account).await.expect("registration is open")
    }

    /// A person whose device is connected and up to date. The first one is the owner.
    pub async fn person(&self, username: &str) -> Person {
        let signed_in = self.register(username).await;
        Person::connect(self, signed_in.user, EVERYTHING).await
    }

    /// A person whose network lets no socket through.
    pub async fn person_without_sockets(&self, username: &str) -> Person {
        let signed_in = self.register(username).await;
        Person::connect(self, signed_in.user, &[Transport::LongPoll]).await
    }

    /// The same account on one more device, with a session of its own.
    pub async fn another_device(&self, person: &Person) -> Person {
        Person::connect(self, person.me.clone(), EVERYTHING).await
    }

    /// A session by name and password, over HTTP: the access token and the answer.
    pub async fn sign_in(&self, user: &User) -> serde_json::Value {
        let response = self
            .request(Method::POST, "/api/v1/auth/sign-in")
            .json(&serde_json::json!({ "username": user.username, "password": PASSWORD }))
            .send()
            .await
            .expect("the server answers");
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.expect("JSON")
    }

    /// A bare socket with a bearer token.
    pub async fn socket(&self, token: &str) -> Socket {
        Socket::open(self, &[("authorization", &format!("Bearer {token}"))])
            .await
            .expect("the socket opens")
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(server) = self.running.take()
            && !std::thread::panicking()
        {
            // Leaves the database free to be removed; a failed test has nothing to leave tidy.
            tokio::spawn(server.stop());
        }
    }
}

/// The refusal in a response, and its status.
pub async fn refusal(response: Response) -> (StatusCode, ApiError) {
    #[derive(serde::Deserialize)]
    struct Body {
        error: ApiError,
    }
    let status = response.status();
    let body: Body = response.json().await.expect("a refusal as JSON");
    assert_eq!(status.as_u16(), body.error.code.status(), "{}", body.error);
    (status, body.error)
}

pub fn client_fields(name: &str) -> (ClientId, ClientFields) {
    let fields = ClientFields {
        name: name.to_owned(),
        reference: String::new(),
        note: String::new(),
    };
    (ClientId(Uuid::now_v7()), fields)
}
