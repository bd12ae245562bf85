//! Devices and what a browser does for them: dialling, carrying frames, keeping, loading pages.
//!
//! The one place where devices meet the world, and so the place where a mutation interferes with them.

use std::{
    collections::VecDeque,
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_util::FutureExt;
use tidings_device::{Act, Boot, Change, Device, Effect, Input, Question, Transport, Which};
use tidings_protocol::{
    Body, Command, DeviceFrame, Emoji, Event, LocalId, ServerFrame, Signal, Snapshot, ThreadId, frame,
};
use uuid::Uuid;

use crate::{
    Mutation,
    chronicle::{Down, Up},
    judge,
    peer::{Chore, Page, Written},
    process,
    wire::{Heard, Wire},
    world::World,
};

/// Between what was written and the number of an edit.
const EDITED: &str = ", edit ";

/// What a message said before it was edited.
pub(crate) fn as_written(text: &str) -> &str {
    text.split_once(EDITED).map_or(text, |(written, _)| written)
}

/// A page that could not be loaded is asked for again after this.
const RELOAD_AFTER: Duration = Duration::from_secs(1);

impl World {
    /// Gives an input to a device and does what it wants.
    pub(crate) fn give(&mut self, number: usize, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let now = self.now;
            let Some(peer) = self.peers.get_mut(number) else {
                return;
            };
            let time = peer.time(now);
            let Page::Open(device) = &mut peer.page else {
                return;
            };
            for effect in device.handle(time, input) {
                inputs.extend(self.perform(number, effect));
            }
        }
    }

    fn perform(&mut self, number: usize, effect: Effect) -> Option<Input> {
        let now = self.now;
        let quickly = Duration::from_millis(self.rng.u64(0..40));
        let peer = self.peers.get_mut(number)?;
        match effect {
            Effect::Dial(Transport::Socket) => {
                peer.dials_at = Some(now + quickly);
                self.hang_up(number);
            }
            Effect::HangUp(Transport::Socket) => {
                peer.dials_at = None;
                self.hang_up(number);
            }
            // This network passes sockets only.
            Effect::Dial(over @ Transport::LongPoll) => return Some(Input::Closed { over, code: None }),
            Effect::HangUp(Transport::LongPoll) | Effect::Remember(_) => {}
            Effect::Transmit(frame) => self.transmit(number, frame),
            Effect::WakeAt(at) => peer.wake_at = Some(at),
            Effect::Save(unsent) => peer.ask_storage(now, quickly, Chore::Save(unsent)),
            Effect::SaveAmendment(amendment) => {
                peer.ask_storage(now, quickly, Chore::SaveAmendment(amendment));
            }
            Effect::Forget(local_id) => peer.ask_storage(now, quickly, Chore::Forget(local_id)),
            Effect::Changed(Change::Timeline(thread)) => self.look_at(number, thread),
            Effect::Changed(_) | Effect::Notify(_) | Effect::Answered { .. } | Effect::Upload(_) => {}
            Effect::SignedOut if self.mutation == Some(Mutation::DeafToSignOut) => {}
            Effect::SignedOut => {
                self.note(format_args!("p{number} is signed out"));
                self.close_page(number, usize::MAX);
            }
            Effect::Outdated => self
                .history
                .stuck(format!("p{number} is told that it is outdated")),
        }
        None
    }

    /// Whatever is on screen of a thread must be in order and without a hole, at every moment.
    fn look_at(&mut self, number: usize, thread: ThreadId) {
        if let Some(device) = self.peers.get(number).and_then(|peer| peer.device()) {
            for wrong in judge::wrongs_on_screen(&device.timeline(thread).rows) {
                self.history.misordered(format!("p{number} shows {wrong}"));
            }
        }
    }

    fn hang_up(&mut self, number: usize) {
        let Some(peer) = self.peers.get_mut(number) else {
            return;
        };
        peer.late = None;
        if let Some(wire) = peer.wire.take()
            && let Some(Some(wire)) = self.wires.get_mut(wire)
        {
            wire.hang_up();
            self.stir();
        }
    }

    fn transmit(&mut self, number: usize, mut frame: DeviceFrame) {
        self.tamper_up(&mut frame);
        self.chronicle
            .note(self.now, format_args!("p{number} → {}", Up(&frame)));
        let wire = self.peers.get(number).and_then(|peer| peer.wire);
        if let Some(wire) = wire
            && let Some(Some(wire)) = self.wires.get_mut(wire)
            && let Ok(text) = frame::encode(&frame)
        {
            wire.send(text);
            self.stir();
        }
    }

    fn tamper_up(&mut self, frame: &mut DeviceFrame) {
        match (self.mutation, frame) {
            (
                Some(Mutation::SkipAhead),
                DeviceFrame::Hello {
                    position: Some(at), ..
                },
            ) => at.offset += 1,
            (
                Some(Mutation::NewLocalIds),
                DeviceFrame::Call {
                    command: Command::SendMessage(send),
                    ..
                },
            ) if !self.history.first_sending(send.local_id) => {
                send.local_id = LocalId(Uuid::from_u128(self.rng.u128(..)));
            }
            (
                Some(Mutation::AlteredText),
                DeviceFrame::Call {
                    command: Command::SendMessage(send),
                    ..
                },
            ) if self.rng.u8(..20) == 0 => {
                if let Ok(other) = Body::new("something else") {
                    send.body = Some(other);
                }
            }
            _ => {}
        }
    }

    /// What a wire had to say at its device's end.
    pub(crate) fn hear(&mut self, wire: usize, heard: Vec<Heard>) {
        for heard in heard {
            let Some(number) = self.wires.get(wire).and_then(|wire| Some(wire.as_ref()?.peer)) else {
                return;
            };
            // A device has hung up on it.
            if self.peers.get(number).and_then(|peer| peer.wire) != Some(wire) {
                continue;
            }
            match heard {
                Heard::Opened => self.give(number, Input::Opened(Transport::Socket)),
                Heard::Frame(frame, sent) => self.hear_frame(number, wire, *frame, sent),
                Heard::Closed { code } => {
                    self.note(format_args!("p{number} is cut off: {code:?}"));
                    if let Some(peer) = self.peers.get_mut(number) {
                        peer.wire = None;
                        peer.late = None;
                    }
                    let over = Transport::Socket;
                    self.give(number, Input::Closed { over, code });
                }
            }
        }
    }

    fn hear_frame(
        &mut self,
        number: usize,
        wire: usize,
        frame: ServerFrame,
        sent: tidings_protocol::Timestamp,
    ) {
        let Some(frame) = self.tamper_down(number, wire, frame) else {
            return;
        };
        let session = self.wires.get(wire).and_then(|wire| Some(wire.as_ref()?.session));
        if let (Some(peer), Some(session)) = (self.peers.get(number), session) {
            self.history.take(peer.caller.user, session, &frame, sent);
        }
        let is_overtaken =
            matches!(frame, ServerFrame::Reply { .. }) && self.inclination.replies_lag && self.rng.bool();
        if is_overtaken {
            self.hear_late(number);
            let due = self.now + Duration::from_millis(self.rng.u64(0..200));
            if let Some(peer) = self.peers.get_mut(number) {
                peer.late = Some((due, frame));
            }
            return;
        }
        self.tell(number, frame);
        self.hear_late(number);
    }

    fn tell(&mut self, number: usize, frame: ServerFrame) {
        self.chronicle
            .note(self.now, format_args!("p{number} ← {}", Down(&frame)));
        self.give(number, Input::Frame(Box::new(frame)));
    }

    fn hear_late(&mut self, number: usize) {
        if let Some((_, frame)) = self.peers.get_mut(number).and_then(|peer| peer.late.take()) {
            self.tell(number, frame);
        }
    }

    fn tamper_down(&mut self, number: usize, wire: usize, mut frame: ServerFrame) -> Option<ServerFrame> {
        let Some(mutation) = self.mutation else {
            return Some(frame);
        };
        match (mutation, &mut frame) {
            (
                Mutation::SilentLoss,
                ServerFrame::Event {
                    event: Event::MessageSent { .. },
                    ..
                },
            ) if self.rng.u8(..20) == 0 => {
                *self.history.lost_silently.entry(wire).or_default() += 1;
                return None;
            }
            (Mutation::SilentLoss, ServerFrame::Beat { sent, .. }) => {
                *sent -= self.history.lost_silently.get(&wire).copied().unwrap_or(0);
            }
            (Mutation::Shuffled, ServerFrame::Reply { reply, .. }) => {
                if let tidings_protocol::Reply::Page(page) = reply
                    && let [.., before, last] = &mut page.messages[..]
                {
                    std::mem::swap(&mut before.content, &mut last.content);
                }
            }
            (
                Mutation::LostPresence,
                ServerFrame::Signal {
                    signal: Signal::Presence { presences },
                },
            ) if !presences.complete => return None,
            (Mutation::CrossedWires, ServerFrame::Event { position, event }) => {
                let copy = ServerFrame::Event {
                    position: *position,
                    event: event.clone(),
                };
                let others = (0..self.peers.len()).filter(|other| *other != number);
                if let Some(other) = others.min_by_key(|other| self.peers[*other].wire != Some(wire)) {
                    let caller = self.peers[other].caller;
                    self.history.take(caller.user, caller.session, &copy, self.now);
                }
            }
            _ => {}
        }
        Some(frame)
    }

    /// A device does the first thing that has fallen due for it.
    pub(crate) fn fall_due(&mut self, number: usize) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(number) else {
            return;
        };
        if peer.late.as_ref().is_some_and(|(due, _)| *due <= now) {
            self.hear_late(number);
        } else if matches!(peer.page, Page::Wanted(at) if at <= now) {
            self.load_page(number);
        } else if peer.dials_at.is_some_and(|at| at <= now) {
            peer.dials_at = None;
            self.dial(number);
        } else if peer.chores.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, chore)) = peer.chores.pop_front() {
                self.keep(number, chore);
            }
        } else {
            peer.wake_at = None;
            self.give(number, Input::Wake);
        }
    }

    fn dial(&mut self, number: usize) {
        let Some(peer) = self.peers.get(number) else {
            return;
        };
        let (caller, offline) = (peer.caller, peer.offline_until > self.now);
        let Some(process) = self.process.as_ref().filter(|_| !offline) else {
            // A dial that reaches nobody fails at once, or hangs until the device gives up.
            if self.rng.bool() {
                let over = Transport::Socket;
                self.give(number, Input::Closed { over, code: None });
            }
            return;
        };
        let Ok(token) = process.site().tokens.sign(caller) else {
            return;
        };
        let (mut wire, arrives) = Wire::dial(number, caller.session, &token);
        process.accept(arrives);
        // The device's end speaks first.
        let heard = wire.hear(self.now);
        let place = self.wires.len();
        self.wires.push(Some(wire));
        if let Some(peer) = self.peers.get_mut(number) {
            peer.wire = Some(place);
        }
        self.note(format_args!("p{number} dials w{place}"));
        self.stir();
        self.hear(place, heard);
    }

    fn keep(&mut self, number: usize, chore: Chore) {
        let mutation = self.mutation;
        let refuses = self.inclination.storage_refuses && self.rng.u8(..8) == 0;
        let Some(peer) = self.peers.get_mut(number) else {
            return;
        };
        match chore {
            Chore::Load => {
                let kept = peer.storage.values().cloned().collect();
                let amendments = peer.amendments.values().cloned().collect();
                self.give(number, Input::AmendmentsLoaded(amendments));
                self.give(number, Input::OutboxLoaded(kept));
            }
            Chore::Forget(local_id) => peer.perform(Chore::Forget(local_id)),
            Chore::SaveAmendment(amendment) => {
                let local_id = amendment.id;
                let kept = !refuses;
                if kept {
                    peer.perform(Chore::SaveAmendment(amendment));
                }
                self.give(number, Input::Saved { local_id, kept });
            }
            Chore::Save(unsent) => {
                let local_id = unsent.local_id;
                let kept = !refuses;
                if kept && mutation != Some(Mutation::ForgetfulStorage) {
                    peer.perform(Chore::Save(unsent));
                }
                if kept {
                    self.history.promised.insert(local_id);
                }
                self.give(number, Input::Saved { local_id, kept });
            }
        }
    }

    fn load_page(&mut self, number: usize) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(number) else {
            return;
        };
        let process = self.process.as_ref().filter(|_| peer.offline_until <= now);
        let page = process.and_then(|process| process.ask_for_page(peer.caller));
        peer.page = page.map_or(Page::Wanted(now + RELOAD_AFTER), Page::Loading);
        self.stir();
    }

    pub(crate) fn page_comes(&mut self, number: usize) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(number) else {
            return;
        };
        let Page::Loading(page) = &mut peer.page else {
            return;
        };
        let Poll::Ready(came) = page.poll_unpin(&mut Context::from_waker(Waker::noop())) else {
            return;
        };
        match came {
            Ok(process::Page::Came(snapshot)) => self.open_page(number, *snapshot),
            Ok(process::Page::SignedOut) => {
                peer.page = Page::SignedOut;
                self.note(format_args!("p{number} finds itself signed out"));
            }
            Ok(process::Page::Failed) | Err(_) => peer.page = Page::Wanted(now + RELOAD_AFTER),
        }
    }

    fn open_page(&mut self, number: usize, snapshot: Snapshot) {
        let now = self.now;
        let seed = self.rng.u64(..);
        let takes = Duration::from_millis(self.rng.u64(0..100));
        self.note(format_args!("p{number} opens at {}", snapshot.position.offset));
        let Some(peer) = self.peers.get_mut(number) else {
            return;
        };
        self.history.take_snapshot(peer.caller.user, &snapshot);
        peer.page = Page::Open(Box::new(Device::new(
            seed,
            Boot {
                snapshot,
                pages: Vec::new(),
            },
        )));
        peer.ask_storage(now, takes, Chore::Load);
        self.give(number, Input::Start);
    }

    /// The page goes, with at most `done` of the things that its storage was asked and has not done.
    pub(crate) fn close_page(&mut self, number: usize, done: usize) {
        self.hang_up(number);
        if let Some(peer) = self.peers.get_mut(number) {
            peer.unload(done.min(peer.chores.len()));
        }
    }

    /// Somebody writes a message.
    pub(crate) fn write(&mut self, number: usize, thread: ThreadId) {
        self.texts += 1;
        let text = format!("p{number} says {}", self.texts);
        let Ok(body) = Body::new(&text) else {
            return;
        };
        self.note(format_args!("{text}"));
        self.give(
            number,
            Input::Send {
                thread,
                body,
                reply_to: None,
                forwarded: false,
            },
        );
        let Some(peer) = self.peers.get_mut(number) else {
            return;
        };
        let unsent = peer.device().and_then(|device| device.unsent().pop());
        if let Some(unsent) = unsent.filter(|unsent| unsent.content().text() == text) {
            peer.written.push(Written {
                thread,
                local_id: unsent.local_id,
                text,
                is_unsure: false,
            });
        }
    }

    /// Somebody edits a message of theirs, or reacts to any. What was written stays the beginning of each text, by which it
    /// is known in the end.
    pub(crate) fn amend(&mut self, number: usize, thread: ThreadId) {
        let device = self.peers.get(number).and_then(|peer| peer.device());
        let rows = device.map_or_else(Vec::new, |device| device.timeline(thread).rows);
        let Some(row) = self.rng.choice(rows) else {
            return;
        };
        let message = row.seq.map_or(Which::Unsent(row.key), Which::Stored);
        let act = if row.mine && self.rng.bool() {
            self.edits += 1;
            let text = format!("{}{EDITED}{}", as_written(row.content.text()), self.edits);
            Body::new(&text).ok().map(|body| Act::Edit { body })
        } else {
            let on = self.rng.u8(..3) > 0;
            Emoji::new("🎉").ok().map(|emoji| Act::React { emoji, on })
        };
        if let Some(act) = act {
            self.note(format_args!("p{number} makes {act:?} of {message:?}"));
            self.give(number, Input::Amend { thread, message, act });
        }
    }

    /// Somebody asks the server something.
    pub(crate) fn ask(&mut self, number: usize, command: impl Into<Command>) {
        let Some(peer) = self.peers.get_mut(number) else {
            return;
        };
        peer.questions += 1;
        let question = Question(peer.questions);
        let command = Box::new(command.into());
        self.give(number, Input::Ask { question, command });
    }
}
