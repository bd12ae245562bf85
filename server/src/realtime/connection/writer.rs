//! Writing: events and signals from the queue, answers from the reader, and beats.

use std::convert::Infallible;

use axum::{body::Bytes, extract::ws::Message};
use tidings_protocol::ServerFrame;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at},
};

use super::{super::queue::Item, Connection, End, outlet::Outlet};

impl Connection<'_> {
    /// Writes until the connection ends. Events at or before `caught_up_to` are known to the device.
    ///
    /// # Errors
    /// Always: the end.
    pub(super) async fn write(
        &self,
        outlet: &mut Outlet<'_>,
        mut answers: mpsc::Receiver<ServerFrame>,
        caught_up_to: u64,
    ) -> Result<Infallible, End> {
        let every = self.site.live.timings.beat_every;
        let mut beat = interval_at(Instant::now() + every, every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // What comes seldom is looked at first, so that nothing starves: beats are due once in a while, and answers
            // are as few as commands are allowed.
            tokio::select! {
                biased;
                _ = beat.tick() => {
                    // The log says when a session is ended; this also notices one that expires.
                    self.check_session().await?;
                    self.site.live.hub.beat(self.caller.user, self.id);
                    // Programs answer beats with nothing, but their WebSocket library answers a ping.
                    outlet.write(Message::Ping(Bytes::new())).await?;
                }
                Some(frame) = answers.recv() => outlet.send(&frame).await?,
                item = self.queue.next() => match item? {
                    Item::Event(event) => {
                        if event.offset > caught_up_to {
                            self.send_event(outlet, &event).await?;
                        }
                    }
                    Item::Signal(text) => outlet.write(Message::Text(text)).await?,
                    Item::Beat(delivered) => {
                        let head = self.position(delivered.max(caught_up_to));
                        let sent = outlet.sent;
                        outlet.send(&ServerFrame::Beat { head, sent }).await?;
                    }
                },
            }
        }
    }
}
