//! The one task that writes: group commit.
//!
//! Each commit waits for the disk, so everything that queued up during one commit is written by the next as one
//! transaction. An operation is answered only after its commit: what was acknowledged is on disk. An operation that
//! is refused is undone alone; a commit that fails refuses its whole batch, even if the database did commit it (a
//! lost answer): every command may be sent twice, so the retry finds out.

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::{mpsc, oneshot};

use super::{Db, Error, Tx};
use crate::{
    clock::Clock,
    fail_point::{Mutation, Point, mutated, reach},
};

/// Operations in one commit: enough to be worth a disk's wait, few enough to keep the first of them from waiting
/// long for the last.
const BATCH_MAX: usize = 128;

/// Operations that may wait. Beyond it they are refused at once: a slow disk must not turn into memory.
const QUEUE_MAX: usize = 4096;

/// How far behind a disk is that nobody waits for, when a test does without the waiting.
const DISK_IS_LATE: Duration = Duration::from_millis(100);

/// Gives operations to the writing task. The task ends when the last clone is gone.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
}

/// More waits to be written than the server is willing to hold.
#[derive(Clone, Copy, Debug)]
pub struct Busy;

impl Writer {
    /// Starts the task. `grown` is called after each commit that appended to the log.
    #[must_use]
    pub fn start(db: Db, clock: Arc<dyn Clock>, grown: impl Fn() + Send + 'static) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(work(db, clock, waiting, grown));
        Self { queue }
    }

    /// Runs `operation` in a transaction, and answers when it is on disk. An operation that was accepted runs even
    /// if the caller stops waiting.
    ///
    /// # Errors
    /// The operation's own refusal, after which nothing of it remains; or that it could not be committed.
    pub async fn write<T, E, F>(&self, operation: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + From<Busy> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = Operation {
            operation: Some(operation),
            result: None,
            answer,
        };
        self.queue.try_send(Box::new(job)).map_err(|_| Busy)?;
        answered.await.unwrap_or_else(|_| Err(Busy.into()))
    }
}

trait Job: Send {
    /// Whether what it did is to be kept.
    fn run<'j>(&'j mut self, tx: &'j mut Tx) -> BoxFuture<'j, bool>;
    fn answer(self: Box<Self>, committed: Result<(), Error>);
}

struct Operation<F, T, E> {
    operation: Option<F>,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Operation<F, T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send,
    T: Send,
    E: From<Error> + From<Busy> + Send,
{
    fn run<'j>(&'j mut self, tx: &'j mut Tx) -> BoxFuture<'j, bool> {
        async move {
            let Some(operation) = self.operation.take() else {
                return false;
            };
            let result = operation(tx).await;
            let keep = result.is_ok();
            self.result = Some(result);
            keep
        }
        .boxed()
    }

    fn answer(self: Box<Self>, committed: Result<(), Error>) {
        let result = match (self.result, committed) {
            (Some(Err(refusal)), _) => Err(refusal),
            (_, Err(error)) => Err(error.into()),
            (Some(Ok(done)), Ok(())) => Ok(done),
            (None, Ok(())) => Err(Busy.into()),
        };
        // The caller may have stopped waiting.
        drop(self.answer.send(result));
    }
}

async fn work(db: Db, clock: Arc<dyn Clock>, mut waiting: mpsc::Receiver<Box<dyn Job>>, grown: impl Fn()) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    let most = if mutated(Mutation::NoGroupCommit) {
        1
    } else {
        BATCH_MAX
    };
    while waiting.recv_many(&mut batch, most).await > 0 {
        // A panic in one operation must not end the writing for good.
        let written = AssertUnwindSafe(write_batch(&db, clock.as_ref(), &mut batch))
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| {
                if mutated(Mutation::WriterDiesOfPanic) {
                    resume_unwind(panic);
                }
                Err(Error::Broken("an operation panicked".to_owned()))
            });
        let committed = match &written {
            Err(error) if !mutated(Mutation::FailedCommitAcked) => Err(error.clone()),
            Ok(_) | Err(_) => Ok(()),
        };
        for job in batch.drain(..) {
            job.answer(committed.clone());
        }
        reach(Point::AfterAck);
        if written.is_ok_and(|events| events > 0) {
            grown();
        }
    }
}

/// Writes the batch and says how many events it appended to the log.
async fn write_batch(db: &Db, clock: &dyn Clock, batch: &mut Vec<Box<dyn Job>>) -> Result<usize, Error> {
    let mut tx = db.begin_write(clock.now()).await?;
    for job in batch.iter_mut() {
        reach(Point::Writer);
        let events = tx.events.len();
        tx.mark().await?;
        if job.run(&mut tx).await {
            tx.keep().await?;
        } else {
            tx.undo().await?;
            tx.events.truncate(events);
        }
    }
    let appended = super::log::append(&mut tx).await?;
    if mutated(Mutation::AckBeforeCommit) {
        for job in batch.drain(..) {
            job.answer(Ok(()));
        }
        tokio::time::sleep(DISK_IS_LATE).await;
    }
    reach(Point::BeforeCommit);
    tx.commit().await?;
    reach(Point::AfterCommit);
    Ok(appended)
}
