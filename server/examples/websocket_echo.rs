//! A server that says back each text it gets on a WebSocket, by the code that carries Tidings' own connections. The
//! WebSocket suite of `scripts/autobahn` is run against it.
//!
//! The only argument is the address to listen on; with port 0 any free one. The address is printed once it listens.

use std::sync::Arc;

use anyhow::Context;
use axum::{Router, routing::get};
use tidings_server::{
    config::Timings,
    doorstep::{Doorstep, STRANGERS_PER_NETWORK},
    listener::{self, Terms},
    realtime::echo,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args()
        .nth(1)
        .context("say which address to listen on")?;
    let listener = TcpListener::bind(&address)
        .await
        .with_context(|| format!("{address} can't be listened on"))?;
    println!("{}", listener.local_addr()?);
    let terms = Terms {
        doorstep: Arc::new(Doorstep::new(STRANGERS_PER_NETWORK)),
        trusted_proxies: Arc::new([]),
        headers_within: Timings::default().headers_within,
    };
    let router = Router::new().fallback(get(echo::open));
    listener::serve(listener, router, terms, CancellationToken::new()).await;
    Ok(())
}
