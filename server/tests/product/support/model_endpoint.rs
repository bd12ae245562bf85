//! A language model of our own: it says what it is told to, and remembers what it was asked.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde_json::{Value, json};
use tidings_server::config::ModelSettings;
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};

use super::soon;

/// What the endpoint answers.
#[derive(Clone, Debug)]
pub enum Answers {
    /// A completion with this text.
    Writes(String),
    /// This status, and this body.
    Raw(u16, String),
    /// To ask elsewhere.
    Elsewhere,
    /// Nothing, for ever.
    Nothing,
    /// The beginning of a completion, and nothing more for ever.
    Stalls,
    /// A body that never ends.
    Endless,
}

/// A request that arrived.
#[derive(Debug)]
pub struct Question {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Question {
    /// What it tells of the conversation.
    pub fn conversation(&self) -> &str {
        self.body["messages"][1]["content"].as_str().expect("a text")
    }
}

/// The endpoint.
pub struct ModelEndpoint {
    host: String,
    answers: Arc<Mutex<Answers>>,
    asked: mpsc::UnboundedReceiver<Question>,
    serving: JoinHandle<()>,
}

#[derive(Clone)]
struct Service {
    answers: Arc<Mutex<Answers>>,
    asked: mpsc::UnboundedSender<Question>,
}

impl ModelEndpoint {
    /// What it knows its callers by.
    pub const KEY: &str = "sk-canary-5b1d-sings";

    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let host = listener.local_addr().expect("an address").to_string();
        let answers = Arc::new(Mutex::new(Answers::Nothing));
        let (sender, asked) = mpsc::unbounded_channel();
        let service = Service {
            answers: answers.clone(),
            asked: sender,
        };
        let router = Router::new().fallback(take).with_state(service);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        let endpoint = Self {
            host,
            answers,
            asked,
            serving,
        };
        endpoint.writes(&["Gladly.", "Not today."]);
        endpoint
    }

    /// The settings of a server that has it.
    pub fn settings(&self) -> Option<ModelSettings> {
        let url = format!("http://{}/v1/", self.host);
        ModelSettings::new(Some(&url), Some("small-1"), Some(Self::KEY)).expect("good settings")
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    /// From now on.
    pub fn answers(&self, answers: Answers) {
        *self.answers.lock().expect("nobody panicked") = answers;
    }

    /// From now on, what a model that does its work writes.
    pub fn writes(&self, replies: &[&str]) {
        self.answers(Answers::Writes(json!(replies).to_string()));
    }

    /// The next question.
    pub async fn next(&mut self) -> Question {
        soon("a question", self.asked.recv())
            .await
            .expect("the endpoint runs")
    }

    /// How many questions have arrived and were not looked at.
    pub fn waiting(&self) -> usize {
        self.asked.len()
    }

    /// Stops listening.
    pub async fn stop(&mut self) {
        self.serving.abort();
        soon("it has stopped", async { (&mut self.serving).await.is_err() }).await;
    }
}

impl Drop for ModelEndpoint {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(State(service): State<Service>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let question = Question {
        path: uri.path().to_owned(),
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    drop(service.asked.send(question));
    let answers = service.answers.lock().expect("nobody panicked").clone();
    match answers {
        Answers::Writes(text) => {
            let message = json!({ "role": "assistant", "content": text });
            axum::Json(
                json!({ "object": "chat.completion", "choices": [{ "index": 0, "message": message }] }),
            )
            .into_response()
        }
        Answers::Raw(status, body) => (StatusCode::from_u16(status).expect("a status"), body).into_response(),
        Answers::Elsewhere => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/elsewhere")]).into_response()
        }
        Answers::Nothing => std::future::pending().await,
        Answers::Stalls => {
            let begin = Ok::<_, Infallible>(Bytes::from_static(b"{\"choices\": ["));
            let parts = stream::unfold(Some(begin), |begin| async {
                match begin {
                    Some(begin) => Some((begin, None)),
                    None => std::future::pending().await,
                }
            });
            Body::from_stream(parts).into_response()
        }
        Answers::Endless => {
            let part = Bytes::from(vec![b' '; 16 * 1024]);
            Body::from_stream(stream::repeat(Ok::<_, Infallible>(part))).into_response()
        }
    }
}
