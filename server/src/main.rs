//! The server as a program: settings in, a running server, and out again on a signal.

use std::{process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::Parser;
use tidings_server::{
    Server,
    clock::SystemClock,
    config::{Given, Settings},
    telemetry,
};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tidings-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let settings = Settings::new(Given::parse())?;
    telemetry::start(&settings.log);
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM can't be waited for")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT can't be waited for")?;
    tracing::debug!(?settings, "starting");
    let server = Server::start(settings, Arc::new(SystemClock)).await?;
    println!("Tidings is ready at {}", server.public_url);
    if server.service.needs_set_up().await? {
        let token = server.service.issue_set_up_token().await?;
        println!(
            "Nobody has an account yet. Make the first one, the owner's, here: {}/set-up/{}",
            server.public_url,
            token.reveal()
        );
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    server.stop().await;
    Ok(())
}
