//! The bench's people: accounts that are made as everyone's are, by the set-up link and by invites.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;
use tidings_driver::Door;
use tidings_protocol::{
    AccountRole, LocalId, Page, Seq, Snapshot, ThreadId, ThreadView, User, UserId, limits, reply::Invite,
};
use tokio::sync::Mutex;

use crate::checker::Stored;

const PASSWORD: &str = "a quiet river";
/// Well before an access token ends.
const FRESH_FOR: Duration = Duration::from_secs(limits::ACCESS_TOKEN_LIFETIME.as_secs() / 2);
/// What an answer may take while nothing is broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody with an account and a session.
#[derive(Debug)]
pub struct Person {
    /// The account.
    pub me: User,
    server: SocketAddr,
    http: Client,
    session: Mutex<Session>,
}

#[derive(Debug)]
struct Session {
    access_token: String,
    refresh_token: String,
    since: Instant,
}

#[derive(Deserialize)]
struct Entrance {
    user: User,
    access_token: String,
    refresh_token: String,
}

impl Person {
    /// Makes the first account by the set-up link.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn set_up(server: SocketAddr, token: &str) -> anyhow::Result<Self> {
        Self::enter(server, "set_up", token, 0).await
    }

    /// Makes account number `number` by an invite of this person.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn invite(&self, number: usize) -> anyhow::Result<Self> {
        let role = json!({ "role": AccountRole::Staff });
        let invite: Invite = self.post("/api/v1/invites", &role).await?;
        let link = invite.link.context("an invite without a link")?;
        let (_, token) = link.rsplit_once('/').context("a link without a token")?;
        Self::enter(self.server, "join", token, number).await
    }

    async fn enter(server: SocketAddr, door: &str, token: &str, number: usize) -> anyhow::Result<Self> {
        let http = Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let username = format!("person{number}");
        let form = BTreeMap::from([
            ("token", token),
            ("username", &username),
            ("display_name", &username),
            ("password", PASSWORD),
        ]);
        let origin = format!("http://localhost:{}", server.port());
        let entering = http
            .post(format!("http://{server}/api/fn/{door}"))
            .header("origin", origin)
            .header("accept", "application/json");
        accepted(from_own_address(entering, number).form(&form).send().await?).await?;
        let credentials = json!({ "username": username, "password": PASSWORD });
        let signing_in = http.post(format!("http://{server}/api/v1/auth/sign-in"));
        let signed_in = from_own_address(signing_in, number)
            .json(&credentials)
            .send()
            .await?;
        let entrance: Entrance = accepted(signed_in).await?.json().await?;
        Ok(Self {
            me: entrance.user,
            server,
            http,
            session: Mutex::new(Session {
                access_token: entrance.access_token,
                refresh_token: entrance.refresh_token,
                since: Instant::now(),
            }),
        })
    }

    /// Where this person's devices dial when `addr` stands for the server.
    ///
    /// # Errors
    /// When the session has to be continued and the server can't be asked.
    pub async fn door(&self, addr: SocketAddr) -> anyhow::Result<Door> {
        let access_token = self.access_token().await?;
        let renewal = None;
        Ok(Door {
            addr,
            access_token,
            renewal,
        })
    }

    /// The token to use instead of one that was refused, as when the server's clock has jumped. `None` if the session
    /// can't be continued now.
    pub async fn instead_of(&self, refused: &str) -> Option<String> {
        let mut session = self.session.lock().await;
        // Another device of the same session may have asked already.
        if session.access_token == refused {
            self.renew(&mut session).await.ok()?;
        }
        Some(session.access_token.clone())
    }

    async fn access_token(&self) -> anyhow::Result<String> {
        let mut session = self.session.lock().await;
        if session.since.elapsed() > FRESH_FOR {
            self.renew(&mut session).await?;
        }
        Ok(session.access_token.clone())
    }

    async fn renew(&self, session: &mut Session) -> anyhow::Result<()> {
        let renewal = json!({ "refresh_token": session.refresh_token });
        let renewing = self
            .http
            .post(format!("http://{}/api/v1/auth/refresh", self.server));
        let number = self.me.username.as_str().trim_start_matches("person").parse()?;
        let renewed = from_own_address(renewing, number)
            .timeout(limits::CONNECT_TIMEOUT)
            .json(&renewal)
            .send()
            .await?;
        let entrance: Entrance = accepted(renewed).await?.json().await?;
        *session = Session {
            access_token: entrance.access_token,
            refresh_token: entrance.refresh_token,
            since: Instant::now(),
        };
        Ok(())
    }

    /// What a device starts from.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn snapshot(&self) -> anyhow::Result<Snapshot> {
        self.get("/api/v1/snapshot").await
    }

    /// Opens the direct thread with somebody.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn open(&self, with: UserId) -> anyhow::Result<ThreadId> {
        let view: ThreadView = self.post("/api/v1/threads", &json!({ "with": with })).await?;
        Ok(view.thread.id)
    }

    /// Says something over the HTTP API.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn say(&self, thread: ThreadId, local_id: LocalId, body: &str) -> anyhow::Result<()> {
        let message = json!({ "local_id": local_id, "body": body });
        let path = format!("/api/v1/threads/{thread}/messages");
        self.post::<serde_json::Value>(&path, &message).await.map(drop)
    }

    /// Everything that is stored of a thread.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn read(&self, thread: ThreadId) -> anyhow::Result<Vec<Stored>> {
        let mut stored = Vec::new();
        let mut after = Seq::ZERO;
        loop {
            let path = format!("/api/v1/threads/{thread}/messages?after={}", after.0);
            let page: Page = self.get(&path).await?;
            let Some(last) = page.messages.last() else {
                return Ok(stored);
            };
            after = last.seq;
            stored.extend(page.messages.iter().map(|message| Stored {
                seq: message.seq,
                id: message.id,
                sender: message.sender,
                local_id: message.local_id,
            }));
        }
    }

    async fn get<T: for<'de> Deserialize<'de>>(&self, path: &str) -> anyhow::Result<T> {
        let asking = self.http.get(format!("http://{}{path}", self.server));
        self.ask(asking).await
    }

    async fn post<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
        body: &serde_json::Value,
    ) -> anyhow::Result<T> {
        let asking = self.http.post(format!("http://{}{path}", self.server));
        self.ask(asking.json(body)).await
    }

    async fn ask<T: for<'de> Deserialize<'de>>(&self, asking: RequestBuilder) -> anyhow::Result<T> {
        let again = asking.try_clone().context("a request that can't be made again")?;
        let token = self.access_token().await?;
        let mut answer = asking.bearer_auth(&token).send().await?;
        if answer.status() == StatusCode::UNAUTHORIZED
            && let Some(token) = self.instead_of(&token).await
        {
            answer = again.bearer_auth(token).send().await?;
        }
        Ok(accepted(answer).await?.json().await?)
    }
}

/// So that nobody waits for the others at the entrance.
fn from_own_address(request: RequestBuilder, number: usize) -> RequestBuilder {
    let [_, high, middle, low] = u32::try_from(number).unwrap_or(0).to_be_bytes();
    request.header("x-forwarded-for", format!("10.{high}.{middle}.{low}"))
}

async fn accepted(response: Response) -> anyhow::Result<Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let path = response.url().path().to_owned();
    let answer = response.text().await.unwrap_or_default();
    bail!("{path} answered {status}: {answer}")
}
