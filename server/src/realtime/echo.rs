//! What devices would send, said back by the code that carries a connection: for suites that judge a WebSocket by its
//! echo. Only in builds with the feature `fail-points`.

use axum::{extract::Request, response::Response};
use futures_util::{SinkExt, StreamExt};
use tidings_protocol::ErrorCode;

use super::{
    connection::{End, Heard, Said},
    socket::{self, Socket, Upgrade},
};
use crate::{config::Timings, error::Refusal};

/// Opens a socket that says back each text. Unlike the product's it asks for no subprotocol.
///
/// # Errors
/// 400 when it is no upgrade.
pub async fn open(request: Request) -> Result<Response, Refusal> {
    let upgrade = Upgrade::asked_by(request).ok_or_else(|| {
        Refusal::new(
            ErrorCode::BadRequest,
            "Only WebSocket connections are answered here.",
        )
    })?;
    let (answer, socket) = upgrade.answer();
    tokio::spawn(async move {
        if let Ok(socket) = socket.await {
            echo(socket).await;
        }
    });
    Ok(answer)
}

async fn echo(mut socket: Socket) {
    let end = {
        let (mut inlet, mut outlet) = socket::halves(&mut socket);
        loop {
            match inlet.next().await {
                Some(Ok(Heard::Text(text))) => {
                    if let Err(end) = outlet.send(Said::Text(text)).await {
                        break end;
                    }
                }
                Some(Ok(Heard::Pulse | Heard::Ping)) => {}
                Some(Err(end)) => break end,
                None => break End::Gone,
            }
        }
    };
    socket::part(socket, end, Timings::default().close_within).await;
}
