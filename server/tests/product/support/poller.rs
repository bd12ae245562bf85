//! A connection by long-poll, carried as a browser does it: two requests at a time.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use reqwest::{Client, Response};
use tidings_device::{
    LongPoll,
    long_poll::{Errand, Failure, Next},
};
use tidings_protocol::{DeviceFrame, PollAnswer, PollRequest, poll};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
};

use super::socket::Incoming;

/// An open connection. Dropping it leaves without a word.
pub struct Poller {
    line: Arc<Line>,
    incoming: mpsc::UnboundedReceiver<Incoming>,
    _errands: JoinSet<()>,
}

struct Line {
    http: Client,
    url: String,
    token: String,
    poll: Mutex<LongPoll>,
    said: Notify,
}

impl Poller {
    /// Opens a connection.
    ///
    /// # Errors
    /// The close code, if there is one.
    pub async fn open_at(addr: SocketAddr, token: &str) -> Result<Self, Option<u16>> {
        let line = Arc::new(Line {
            http: Client::new(),
            url: format!("http://{addr}{}", poll::PATH),
            token: token.to_owned(),
            poll: Mutex::default(),
            said: Notify::new(),
        });
        let (sender, incoming) = mpsc::unbounded_channel();
        line.run_once(Errand::Open, &sender).await?;
        let mut errands = JoinSet::new();
        for errand in [Errand::Listen, Errand::Speak] {
            let (line, sender) = (line.clone(), sender.clone());
            errands.spawn(async move {
                let code = line.run(errand, &sender).await;
                // Whoever listened may be gone.
                sender.send(Incoming::Closed(code)).ok();
            });
        }
        Ok(Self {
            line,
            incoming,
            _errands: errands,
        })
    }

    pub fn send(&self, frame: DeviceFrame) {
        self.line.poll().say(frame);
        self.line.said.notify_one();
    }

    pub async fn next(&mut self) -> Incoming {
        self.incoming.recv().await.unwrap_or(Incoming::Closed(None))
    }
}

impl Line {
    fn poll(&self) -> MutexGuard<'_, LongPoll> {
        self.poll.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one errand again and again, to the end of the connection: its close code, if there is one.
    async fn run(&self, errand: Errand, heard: &mpsc::UnboundedSender<Incoming>) -> Option<u16> {
        loop {
            if errand == Errand::Speak {
                self.said.notified().await;
            }
            loop {
                match self.run_once(errand, heard).await {
                    Ok(true) => {}
                    Ok(false) if errand == Errand::Speak => break,
                    Ok(false) => return None,
                    Err(code) => return code,
                }
            }
        }
    }

    /// Makes a request until it is answered. False if there was none to make.
    async fn run_once(
        &self,
        errand: Errand,
        heard: &mpsc::UnboundedSender<Incoming>,
    ) -> Result<bool, Option<u16>> {
        loop {
            let Some(request) = self.poll().request(errand) else {
                return Ok(false);
            };
            let answer = tokio::time::timeout(errand.patience(), self.post(&request)).await;
            match answer.unwrap_or(Err(Failure::Unanswered)) {
                Ok(answer) => {
                    let news = self.poll().answered(errand, answer);
                    for frame in news.frames {
                        // Whoever listened may be gone.
                        heard.send(Incoming::Frame(Box::new(frame))).ok();
                    }
                    return match news.closed {
                        Some(code) => Err(Some(code)),
                        None => Ok(true),
                    };
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
        let sent = self
            .http
            .post(&self.url)
            .bearer_auth(&self.token)
            .json(request)
            .send();
        let response: Response = sent.await.map_err(|_| Failure::Unanswered)?;
        if !response.status().is_success() {
            return Err(Failure::Refused(response.status().as_u16()));
        }
        response.json().await.map_err(|_| Failure::Unanswered)
    }
}
