//! One connection by long-poll: two requests at a time, frames in, frames out, farewell.
//!
//! What to ask and what an answer means is [`LongPoll`]'s. Nothing late is ever heard of a connection that was dropped:
//! [`Line::report`] is the only way to the device, and is shut first.

use std::{
    cell::{Cell, RefCell},
    pin::pin,
    rc::Rc,
};

use futures_channel::mpsc;
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use gloo_net::http::Request;
use leptos::{prelude::*, task::spawn_local};
use tidings_device::{
    Input, LongPoll, Transport,
    long_poll::{Errand, Failure, Next},
};
use tidings_protocol::{DeviceFrame, PollAnswer, PollRequest, frame, poll};
use web_sys::{AbortController, Blob, BlobPropertyBag};

use super::{Live, browser, pause};

const JSON: &str = "application/json";

/// An open, opening or lost connection by long-poll.
pub(super) struct Poller {
    line: Rc<Line>,
    bell: mpsc::UnboundedSender<()>,
}

struct Line {
    live: Live,
    poll: RefCell<LongPoll>,
    /// Ends the requests under way; absent where a browser can't.
    abort: Option<AbortController>,
    gone: Cell<bool>,
}

impl Poller {
    /// Begins to open a connection to the page's server and reports to `live` what becomes of it.
    pub(super) fn dial(live: Live) -> Self {
        let (bell, rings) = mpsc::unbounded();
        let line = Rc::new(Line {
            live,
            poll: RefCell::default(),
            abort: AbortController::new().ok(),
            gone: Cell::new(false),
        });
        let conversation = line.clone();
        spawn_local(async move {
            let code = conversation.converse(rings).await;
            let over = Transport::LongPoll;
            conversation.report(Input::Closed { over, code });
        });
        Self { line, bell }
    }

    /// Says something. What a connection that is lost does not carry is the device's to repeat.
    pub(super) fn send(&self, frame: DeviceFrame) {
        self.line.poll.borrow_mut().say(frame);
        self.bell.unbounded_send(()).ok();
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.line.gone.set(true);
        if let Some(abort) = &self.line.abort {
            abort.abort();
        }
        if let Some(request) = self.line.poll.borrow().farewell() {
            say_farewell(&request);
        }
    }
}

impl Line {
    fn report(&self, input: Input) {
        if !self.gone.get() {
            self.live.report(input);
        }
    }

    /// Carries frames until the connection ends, and gives its close code if it has one.
    async fn converse(&self, mut rings: mpsc::UnboundedReceiver<()>) -> Option<u16> {
        if let Err(code) = self.run(Errand::Open).await {
            return code;
        }
        if !self.gone.get() {
            browser::opened(self.live, Transport::LongPoll);
        }
        let listening = pin!(async {
            loop {
                if let Err(code) = self.run(Errand::Listen).await {
                    return code;
                }
            }
        });
        let speaking = pin!(async {
            while rings.next().await.is_some() {
                loop {
                    match self.run(Errand::Speak).await {
                        Ok(true) => {}
                        Ok(false) => break,
                        Err(code) => return code,
                    }
                }
            }
            None
        });
        match select(listening, speaking).await {
            Either::Left((code, _)) | Either::Right((code, _)) => code,
        }
    }

    /// Makes a request until it is answered, and reports what the answer brings. False if there was none to make.
    ///
    /// # Errors
    /// The end of the connection: its close code, if it has one.
    async fn run(&self, errand: Errand) -> Result<bool, Option<u16>> {
        loop {
            let Some(request) = self.poll.borrow().request(errand) else {
                return Ok(false);
            };
            let answer = {
                let (answer, patience) = (pin!(self.post(&request)), pin!(pause(errand.patience())));
                match select(answer, patience).await {
                    Either::Left((answer, _)) => answer,
                    Either::Right(_) => Err(Failure::Unanswered),
                }
            };
            if self.gone.get() {
                return Err(None);
            }
            let answer = match answer {
                Ok(answer) => answer,
                Err(failure) => {
                    let next = self.poll.borrow_mut().failed(errand, failure);
                    match next {
                        Next::Again(after) => pause(after).await,
                        Next::Lost(code) => return Err(code),
                    }
                    continue;
                }
            };
            let heard = self.poll.borrow_mut().answered(errand, answer);
            for frame in heard.frames {
                self.report(Input::Frame(Box::new(frame)));
            }
            return match heard.closed {
                Some(code) => Err(Some(code)),
                None => Ok(true),
            };
        }
    }

    async fn post(&self, request: &PollRequest) -> Result<PollAnswer, Failure> {
        let unanswered = |_| Failure::Unanswered;
        let signal = self.abort.as_ref().map(AbortController::signal);
        let body = frame::encode(request).map_err(|_| Failure::Unanswered)?;
        let response = Request::post(poll::PATH)
            .header("content-type", JSON)
            .abort_signal(signal.as_ref())
            .body(body)
            .map_err(unanswered)?
            .send()
            .await
            .map_err(unanswered)?;
        if !response.ok() {
            return Err(Failure::Refused(response.status()));
        }
        let text = response.text().await.map_err(unanswered)?;
        // A page that some proxy shows instead of the answer is none.
        PollAnswer::decode(&text).map_err(|_| Failure::Unanswered)
    }
}

/// Tells the server of the end in a way that a page which is just being closed still can. Whether it arrives only
/// decides how soon the others see it.
fn say_farewell(request: &PollRequest) {
    let Ok(text) = frame::encode(request) else {
        return;
    };
    let options = BlobPropertyBag::new();
    options.set_type(JSON);
    let parts = js_sys::Array::of1(&text.into());
    if let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) {
        window()
            .navigator()
            .send_beacon_with_opt_blob(poll::PATH, Some(&blob))
            .ok();
    }
}
