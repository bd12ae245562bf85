//! Writing: events and signals from the queue, answers from the reader, and beats.

use std::convert::Infallible;

use tidings_protocol::ServerFrame;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at},
};

use super::{super::queue::Item, Connection, End, Outlet, Said, mouth::Mouth};

impl Connection<'_> {
    /// Writes until the connection ends. Events at or before `caught_up_to` are known to the device.
    ///
    /// # Errors
    /// Always: the end.
    pub(super) async fn write(
        &self,
        mouth: &mut Mouth<'_, impl Outlet>,
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
                    self.store_delivered().await;
                    self.site.live.hub.beat(self.caller.user, self.id);
                    // Programs answer beats with nothing, but what carries them answers this.
                    mouth.write(Said::Pulse).await?;
                }
                Some(frame) = answers.recv() => mouth.send(&frame).await?,
                item = self.queue.next() => match item? {
                    Item::Event(event) => {
                        if event.offset > caught_up_to {
                            self.send_event(mouth, &event).await?;
                        }
                    }
                    Item::Signal(text) => mouth.write(Said::Text(text)).await?,
                    Item::Beat(delivered) => {
                        let head = self.position(delivered.max(caught_up_to));
                        let sent = mouth.sent;
                        mouth.send(&ServerFrame::Beat { head, sent }).await?;
                    }
                },
            }
        }
    }
}
