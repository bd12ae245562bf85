//! Frames over long-poll, carried as a browser does it: two requests at a time.

use std::{
    convert::Infallible,
    future::pending,
    sync::{Mutex, MutexGuard, PoisonError},
};

use reqwest::{Client, Response, StatusCode, redirect::Policy};
use tidings_device::{
    LongPoll,
    long_poll::{Errand, Failure, Next},
};
use tidings_protocol::{DeviceFrame, PollAnswer, PollRequest, poll};
use tokio::sync::{Mutex as AsyncMutex, Notify, mpsc};

use super::{Door, line::Incoming};

/// Opens a connection and carries frames both ways until it ends; gives the close code, if there is one.
pub(super) async fn carry(
    door: &Door,
    mut to_send: mpsc::UnboundedReceiver<DeviceFrame>,
    came: &mpsc::Sender<Incoming>,
) -> Option<u16> {
    // Connections of its own, so that cutting one device's network leaves the others alone.
    let http = Client::builder().redirect(Policy::none()).build().ok()?;
    let exchange = Exchange {
        http,
        url: format!("http://{}{}", door.addr, poll::PATH),
        door,
        token: Mutex::new(door.access_token.clone()),
        poll: Mutex::default(),
        said: Notify::new(),
        delivering: AsyncMutex::new(()),
        came,
    };
    if let Err(code) = exchange.run_once(Errand::Open).await {
        return code;
    }
    came.send(Incoming::Opened).await.ok()?;
    let taking = async {
        while let Some(frame) = to_send.recv().await {
            exchange.poll().say(frame);
            exchange.said.notify_one();
        }
        pending::<Infallible>().await
    };
    tokio::select! {
        code = exchange.run(Errand::Listen) => code,
        code = exchange.run(Errand::Speak) => code,
        never = taking => match never {},
    }
}

struct Exchange<'a> {
    http: Client,
    url: String,
    door: &'a Door,
    token: Mutex<String>,
    poll: Mutex<LongPoll>,
    said: Notify,
    /// Held while the frames of an answer are handed on, so that those of two don't mix.
    delivering: AsyncMutex<()>,
    came: &'a mpsc::Sender<Incoming>,
}

impl Exchange<'_> {
    fn poll(&self) -> MutexGuard<'_, LongPoll> {
        // Each change leaves it whole, so it can be used even after a panic elsewhere.
        self.poll.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one errand again and again, to the end of the connection: its close code, if there is one.
    async fn run(&self, errand: Errand) -> Option<u16> {
        loop {
            if errand == Errand::Speak {
                self.said.notified().await;
            }
            loop {
                match self.run_once(errand).await {
                    Ok(true) => {}
                    Ok(false) if errand == Errand::Speak => break,
                    Ok(false) => return None,
                    Err(code) => return code,
                }
            }
        }
    }

    /// Makes a request until it is answered. False if there was none to make.
    async fn run_once(&self, errand: Errand) -> Result<bool, Option<u16>> {
        loop {
            let Some(request) = self.poll().request(errand) else {
                return Ok(false);
            };
            let answer = tokio::time::timeout(errand.patience(), self.post(&request)).await;
            match answer.unwrap_or(Err(Failure::Unanswered)) {
                Ok(answer) => {
                    let _in_order = self.delivering.lock().await;
                    let news = self.poll().answered(errand, answer);
                    for frame in news.frames {
                        let frame = Incoming::Frame(Box::new(frame));
                        // Whoever hung up doesn't listen.
                        self.came.send(frame).await.map_err(|_| None)?;
                    }
                    return news.closed.map_or(Ok(true), |code| Err(Some(code)));
                }
                Err(failure) => {
                    let next = self.poll().failed(errand, failure);
                    match next {
                        Next::Again(after) => tokio::time::sleep(after).await,
                        Next::Lost(code) => return Err(code),
                    }
                }
            }
        }
    }

    async fn post(&self, request: &PollRequest) -> Result<PollAnswer, Failure> {
        let token = self.token();
        let mut response = self.ask(request, &token).await?;
        if response.status() == StatusCode::UNAUTHORIZED
            && let Some(token) = self.door.instead_of(&token).await
        {
            self.token
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone_from(&token);
            response = self.ask(request, &token).await?;
        }
        if !response.status().is_success() {
            return Err(Failure::Refused(response.status().as_u16()));
        }
        let text = response.text().await.map_err(|_| Failure::Unanswered)?;
        PollAnswer::decode(&text).map_err(|_| Failure::Unanswered)
    }

    fn token(&self) -> String {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn ask(&self, request: &PollRequest, token: &str) -> Result<Response, Failure> {
        let asking = self.http.post(&self.url).bearer_auth(token).json(request);
        asking.send().await.map_err(|_| Failure::Unanswered)
    }
}
