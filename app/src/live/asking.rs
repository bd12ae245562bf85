//! Questions to the server that need no state in the device: searches, records, accounts.

use std::collections::BTreeMap;

use futures_channel::oneshot;
use leptos::{prelude::*, task::spawn_local};
use tidings_device::{Input, io::Question};
use tidings_protocol::{ApiError, Command, ErrorCode, Reply, Request};

use super::Live;

/// Questions that wait for their answer.
#[derive(Default)]
pub(super) struct Questions {
    last: u64,
    waiting: BTreeMap<Question, oneshot::Sender<Result<Reply, ApiError>>>,
    /// Answers that came with the page.
    known: Vec<(Command, Reply)>,
}

impl Questions {
    fn put(&mut self) -> (Question, oneshot::Receiver<Result<Reply, ApiError>>) {
        self.last += 1;
        let question = Question(self.last);
        let (sender, receiver) = oneshot::channel();
        self.waiting.insert(question, sender);
        (question, receiver)
    }

    pub(super) fn answer(&mut self, question: Question, result: Result<Reply, ApiError>) {
        if let Some(sender) = self.waiting.remove(&question) {
            // Whoever asked may be gone, with the component that asked.
            sender.send(result).ok();
        }
    }
}

impl Live {
    /// Takes answers that came with the page: whoever asks one of these questions first has its answer at once.
    pub fn know(self, answers: Vec<(Command, Reply)>) {
        self.questions.update_value(|questions| questions.known = answers);
    }

    fn known<R>(self, request: R) -> Option<R::Reply>
    where
        R: Request,
        R::Reply: TryFrom<Reply, Error = ApiError>,
    {
        let command = request.into();
        let answer = self.questions.with_value(|questions| {
            let known = questions.known.iter().find(|(question, _)| *question == command);
            known.map(|(_, answer)| answer.clone())
        });
        answer.and_then(|answer| R::Reply::try_from(answer).ok())
    }

    /// Asks the server.
    ///
    /// # Errors
    /// The server's refusal, or [`ErrorCode::Unavailable`] without a connection.
    pub async fn ask<R>(self, request: R) -> Result<R::Reply, ApiError>
    where
        R: Request,
        R::Reply: TryFrom<Reply, Error = ApiError>,
    {
        let (question, answer) = self.questions.try_update_value(Questions::put).ok_or_else(gone)?;
        self.report(Input::Ask {
            question,
            command: Box::new(request.into()),
        });
        answer
            .await
            .unwrap_or_else(|_| Err(gone()))
            .and_then(R::Reply::try_from)
    }
}

fn gone() -> ApiError {
    ApiError::new(ErrorCode::Unavailable, "This page is no longer connected.")
}

/// The latest answer to a question that follows what it reads: at first the one that came with the page, if it did.
/// It is asked again when what it reads changes and when the connection comes back; `None` until the first answer. An
/// answer to an older question is dropped, and one that says the same redraws nothing.
pub fn asked<R>(
    live: Live,
    request: impl Fn() -> R + 'static,
) -> ReadSignal<Option<Result<R::Reply, ApiError>>>
where
    R: Request + 'static,
    R::Reply: TryFrom<Reply, Error = ApiError> + PartialEq + Send + Sync + 'static,
{
    let known = live.known(untrack(&request)).map(Ok);
    let (answer, set_answer) = signal(known);
    let latest = StoredValue::new(0_u64);
    let connected = Memo::new(move |_| live.is_live());
    Effect::new(move |_| {
        let request = request();
        if !connected.get() {
            return;
        }
        let mine = latest.get_value() + 1;
        latest.set_value(mine);
        spawn_local(async move {
            let result = live.ask(request).await;
            if latest.try_get_value() == Some(mine) && answer.read_untracked().as_ref() != Some(&result) {
                set_answer.set(Some(result));
            }
        });
    });
    answer
}
