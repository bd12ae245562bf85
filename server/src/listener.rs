//! From an accepted connection to its requests: what a peer must have said, and by when, before anybody looks at it.
//!
//! HTTP/1.1 only; browsers get HTTP/2 from the proxy that does TLS. What a request may contain is the router's part,
//! and a socket's time-outs are its connection's.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use crate::doorstep::{Doorstep, Stranger};

/// Headers of one request, at most. Browsers send about twenty, and a proxy adds some; each costs memory before
/// anybody is known.
const HEADERS_MAX: usize = 64;

/// Bytes of a request's first line and headers together, at most. An access token has 500, a refresh token 100; what
/// other programs keep in cookies for the same host comes on top.
const HEAD_MAX_BYTES: usize = 32 * 1024;

/// Bytes that are read ahead of what is understood, at most.
const READ_AHEAD_MAX_BYTES: usize = 64 * 1024;

/// A trusted proxy may keep a connection idle this long: longer than proxies do, so that the proxy is always the one
/// to close it and never sends a request into a connection that has just ended.
const PROXY_MAY_BE_IDLE: Duration = Duration::from_secs(75);

/// What connections are served with.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Counts peers that have not shown who they are.
    pub doorstep: Arc<Doorstep>,
    /// Proxies, whose connections are many people's. They are neither counted nor hurried.
    pub trusted_proxies: Arc<[IpAddr]>,
    /// A request's headers must be complete this long after the connection could send them; with it, how long a
    /// connection may be idle.
    pub headers_within: Duration,
}

/// Accepts connections until `stop`, and then waits for the requests that have begun.
pub async fn serve(mut listener: TcpListener, router: Router, terms: Terms, stop: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        // It waits by itself when the process has no file descriptors left.
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = Listener::accept(&mut listener) => accepted,
        };
        let (router, terms, stop) = (router.clone(), terms.clone(), stop.clone());
        if terms.trusted_proxies.contains(&peer.ip().to_canonical()) {
            let within = terms.headers_within.max(PROXY_MAY_BE_IDLE);
            connections.spawn(converse(stream, peer, router, Stranger::default(), within, stop));
        } else if let Some(place) = terms.doorstep.enter(peer.ip()) {
            connections.spawn(async move {
                let within = terms.headers_within;
                let place = tokio::select! {
                    () = stop.cancelled() => return,
                    turn = tokio::time::timeout(within, place.turn()) => turn,
                };
                if let Ok(place) = place {
                    converse(stream, peer, router, Stranger::at(place), within, stop).await;
                }
            });
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Serves the requests of one connection. An upgraded one goes on as a socket, elsewhere.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    stranger: Stranger,
    headers_within: Duration,
    stop: CancellationToken,
) {
    // Frames are small and each is wanted at once; waiting for more to fill a packet costs up to 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone before it was served");
        return;
    }
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(stranger.clone());
        let answer = router.clone().oneshot(request);
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(headers_within)
            .max_headers(HEADERS_MAX)
            .max_header_size(HEAD_MAX_BYTES)
            .max_buf_size(READ_AHEAD_MAX_BYTES)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}
