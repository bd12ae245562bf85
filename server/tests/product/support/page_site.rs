//! A site of strangers: pages that are good, and some that are made to trouble whoever looks at them.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};

use super::soon;

/// The site.
pub struct PageSite {
    origin: String,
    asked: mpsc::UnboundedReceiver<Asked>,
    left: mpsc::UnboundedReceiver<()>,
    gate: Arc<Semaphore>,
    serving: JoinHandle<()>,
}

/// A request that arrived.
#[derive(Debug)]
pub struct Asked {
    pub path: String,
    pub headers: HeaderMap,
}

#[derive(Clone)]
struct Pages {
    asked: mpsc::UnboundedSender<Asked>,
    left: mpsc::UnboundedSender<()>,
    gate: Arc<Semaphore>,
}

/// Tells when whoever asked has gone.
struct Leaving(mpsc::UnboundedSender<()>);

impl Drop for Leaving {
    fn drop(&mut self) {
        // Nobody may be waiting for that.
        self.0.send(()).ok();
    }
}

impl PageSite {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let (sender, asked) = mpsc::unbounded_channel();
        let (leaver, left) = mpsc::unbounded_channel();
        let gate = Arc::new(Semaphore::new(0));
        let pages = Pages {
            asked: sender,
            left: leaver,
            gate: gate.clone(),
        };
        let router = Router::new().fallback(answer).with_state(pages);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self {
            origin,
            asked,
            left,
            gate,
            serving,
        }
    }

    /// The address of a page: `titled/…` says what it is called, `to?…` leads elsewhere, `hops/3` leads on three times,
    /// `held/…` waits for [`Self::let_go`]. `missing`, `text`, `untitled`, `bomb`, `silent`, `endless` and `loop` are what
    /// they are called.
    pub fn page(&self, path: &str) -> String {
        format!("{}/{path}", self.origin)
    }

    /// The next request.
    pub async fn next(&mut self) -> Asked {
        soon("the site is asked", self.asked.recv())
            .await
            .expect("the site runs")
    }

    /// Waits until somebody who was kept waiting has gone.
    pub async fn until_left(&mut self) {
        soon("somebody leaves", self.left.recv())
            .await
            .expect("the site runs");
    }

    /// Whether a request has arrived and was not looked at.
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// Gives the held page to one who waits for it.
    pub fn let_go(&self) {
        self.gate.add_permits(1);
    }
}

impl Drop for PageSite {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(pages): State<Pages>, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/').to_owned();
    drop(pages.asked.send(Asked {
        path: path.clone(),
        headers,
    }));
    let leaving = || Leaving(pages.left.clone());
    let (kind, rest) = path.split_once('/').unwrap_or((&path, ""));
    match kind {
        "titled" => titled(rest),
        "held" => {
            let permit = pages.gate.acquire().await.expect("the gate is open");
            permit.forget();
            titled(rest)
        }
        "to" => leads_to(uri.query().unwrap_or_default()),
        "hops" => match rest.parse() {
            Ok(0) => titled("far"),
            Ok(hops) => leads_to(&format!("/hops/{}", hops - 1_u32)),
            Err(_) => StatusCode::NOT_FOUND.into_response(),
        },
        "loop" => leads_to("/loop"),
        "text" => ([(header::CONTENT_TYPE, "text/plain")], "<title>Text</title>").into_response(),
        "untitled" => html("<p>Nothing.</p>"),
        "bomb" => {
            let headers = [
                (header::CONTENT_TYPE, "text/html".to_owned()),
                (header::CONTENT_LENGTH, (1_u64 << 30).to_string()),
            ];
            (headers, without_end(leaving())).into_response()
        }
        "endless" => ([(header::CONTENT_TYPE, "text/html")], without_end(leaving())).into_response(),
        "silent" => {
            let _leaving = leaving();
            std::future::pending().await
        }
        _ => (StatusCode::NOT_FOUND, titled("Not found")).into_response(),
    }
}

fn html(text: &str) -> Response {
    (
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        text.to_owned(),
    )
        .into_response()
}

fn titled(title: &str) -> Response {
    html(&format!(
        "<!doctype html><html><head><title>{title}</title>\
         <meta property=og:site_name content='The \u{202e}Rooms'><meta name=description content='About  {title}.'>\
         <script>alert(1)</script></head><body><h1>Hello</h1></body></html>"
    ))
}

fn leads_to(location: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, location.to_owned())]).into_response()
}

/// More than anybody wants to read, and no title in it.
fn without_end(leaving: Leaving) -> Body {
    let part = Bytes::from("<meta name=x content=y>".repeat(500));
    Body::from_stream(stream::unfold(leaving, move |leaving| {
        let part = part.clone();
        async move { Some((Ok::<_, Infallible>(part), leaving)) }
    }))
}
