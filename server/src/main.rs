//! The server as a program: settings in, a running server, and out again on a signal.

use std::{process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::Parser;
use tidings_server::{
    Server,
    clock::SystemClock,
    config::{Given, Settings},
    demo, telemetry,
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
    let wants_demo = settings.demo;
    let server = Server::start(settings, Arc::new(SystemClock)).await?;
    if wants_demo {
        fill_with_demo(&server).await?;
    }
    println!("Tidings is ready at {}", server.public_url);
    if server.service.needs_set_up().await? {
        let token = server.service.issue_set_up_token().await?;
        println!(
            "Nobody has an account yet. Make the first one, the owner's, here: {}/set-up/{}",
            server.public_url,
            token.reveal()
        );
    }
    let broken = tokio::select! {
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
        () = server.broken() => true,
    };
    tracing::info!("stopping");
    server.stop().await;
    anyhow::ensure!(!broken, "nothing was delivered any more; the log says why");
    Ok(())
}

async fn fill_with_demo(server: &Server) -> anyhow::Result<()> {
    if demo::fill(&server.service).await? {
        let [(one, _), (other, _)] = demo::TRY_AS;
        let password = demo::PASSWORD;
        println!(
            "Demo data is in. Sign in as {one} and, in another browser, as {other}; the password is {password}."
        );
    } else {
        println!("There are accounts already, so no demo data was added.");
    }
    Ok(())
}
