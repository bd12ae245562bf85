//! The end of every simulation: all faults cease, a bounded time passes, and then everything must be as it should.

use std::{collections::BTreeMap, time::Duration};

use tidings_device::{Banner, Device, Input, Progress};
use tidings_protocol::{Presence, Seq, Snapshot, Thread, UserId, command::SetActive};
use tidings_server::service::Caller;

use crate::{Fault, driving::as_written, judge::Truth, organisation::Organisation, peer::Page, world::World};

/// A stopping server is gone by then.
const STOPPED: Duration = Duration::from_secs(12);
/// A dead connection is noticed, a new one is up, and whoever did not come back is offline.
const RECOVERED: Duration = Duration::from_secs(65);
/// How much longer outboxes may take: the rate limit lets through two messages a second.
const DRAINED: Duration = Duration::from_secs(300);
/// Pages of history come one after the other.
const LOADED: Duration = Duration::from_secs(120);
/// After that nothing changes any more.
const SETTLED: Duration = Duration::from_secs(20);

const STEP: Duration = Duration::from_secs(5);

impl World {
    /// All faults cease; then everything must come to a good end.
    pub(crate) fn heal(&mut self) {
        self.note(format_args!("healing"));
        self.cease();
        self.pass(STOPPED);
        self.cease();
        self.pass(STEP);
        self.bring_back();
        self.pass(RECOVERED);
        self.bring_back();
        self.send_refused();
        self.pass_until(DRAINED, |world| world.is_drained());
        self.pass(SETTLED);
        self.load_everything();
        self.pass(STEP);
        self.verdict();
    }

    fn cease(&mut self) {
        self.faults.end(self.now);
        for peer in &mut self.peers {
            peer.asleep_until = self.now;
            peer.offline_until = self.now;
        }
    }

    /// Everyone is let in again and shows their page.
    fn bring_back(&mut self) {
        let people = &Organisation::get().people;
        if let (Some(process), Some(owner)) = (&self.process, people.first())
            && let Ok(caller) = process.sign_in(owner.user)
        {
            for person in people.iter().skip(1) {
                let actor = process.site().service.actor(caller);
                let (user, active) = (person.user, true);
                drop(process.calmly(actor.set_active(SetActive { user, active })));
            }
        }
        for number in 0..self.peers.len() {
            match self.peers[number].page {
                Page::SignedOut => self.sign_in(number),
                Page::Open(_) => self.give(number, Input::Shown),
                Page::Wanted(_) | Page::Loading(_) => {}
            }
        }
    }

    /// People send again by hand what was refused, and take note of what could not be made of messages.
    fn send_refused(&mut self) {
        for number in 0..self.peers.len() {
            let unsent = self.peers[number].device().map(Device::unsent);
            for refused in unsent
                .into_iter()
                .flatten()
                .filter(|unsent| unsent.refused.is_some())
            {
                self.history.sent_by_hand.insert(refused.local_id);
                self.give(number, Input::Retry(refused.local_id));
            }
            let amendments = self.peers[number].device().map(Device::amendments);
            let amendments = amendments.into_iter().flatten();
            for refused in amendments.filter(|amendment| amendment.refused.is_some()) {
                self.give(number, Input::Discard(refused.id));
            }
        }
    }

    fn pass_until(&mut self, most: Duration, is_done: impl Fn(&Self) -> bool) {
        let until = self.now + most;
        while self.now < until && !is_done(self) {
            self.pass(STEP);
        }
    }

    /// Whether every page is there, and neither it nor its storage has anything left to send.
    fn is_drained(&self) -> bool {
        self.peers.iter().all(|peer| {
            let has_sent = |device: &Device| device.unsent().is_empty() && device.amendments().is_empty();
            peer.storage.is_empty() && peer.amendments.is_empty() && peer.device().is_some_and(has_sent)
        })
    }

    /// Every device loads every thread to its beginning.
    fn load_everything(&mut self) {
        let until = self.now + LOADED;
        while self.now < until {
            let mut wanted = Vec::new();
            for (number, peer) in self.peers.iter().enumerate() {
                let Some(device) = peer.device() else { continue };
                for row in device.threads() {
                    let timeline = device.timeline(row.id);
                    if !timeline.loaded {
                        wanted.push((number, Input::ThreadOpened(row.id)));
                    } else if timeline.has_newer {
                        wanted.push((number, Input::JumpToLatest(row.id)));
                    } else if timeline.has_older {
                        wanted.push((number, Input::LoadOlder(row.id)));
                    }
                }
            }
            if wanted.is_empty() {
                return;
            }
            for (number, input) in wanted {
                self.give(number, input);
            }
            self.pass(Duration::from_secs(1));
        }
    }

    fn verdict(&mut self) {
        let Some(process) = &self.process else {
            self.history.stuck("the server is down".to_owned());
            return;
        };
        let truth = match process.look(async |pool| Truth::read(pool).await) {
            Some(Ok(truth)) => truth,
            Some(Err(error)) => {
                self.history
                    .find(Fault::Lost, format!("the database can't be read: {error}"));
                return;
            }
            None => return,
        };
        self.history.compare(&truth, self.faults.is_prompt);
        self.compare_writing(&truth);
        let here: Vec<UserId> = self.people_here();
        for number in 0..self.peers.len() {
            for (fault, how) in self.compare_device(number, &truth, &here) {
                self.history.find(fault, format!("p{number} {how}"));
            }
        }
    }

    /// Everything written is stored once, in the order of writing.
    fn compare_writing(&mut self, truth: &Truth) {
        let mut stored: BTreeMap<&str, Vec<Seq>> = BTreeMap::new();
        for ((_, seq), message) in &truth.messages {
            let written = as_written(&message.text);
            stored.entry(written).or_default().push(*seq);
        }
        let mut findings = Vec::new();
        for (number, peer) in self.peers.iter().enumerate() {
            let mut last = BTreeMap::new();
            for written in &peer.written {
                let places = stored.remove(written.text.as_str()).unwrap_or_default();
                let may_be_lost = written.is_unsure && !self.history.promised.contains(&written.local_id);
                match places[..] {
                    [] if may_be_lost => {}
                    [] => findings.push((
                        Fault::Lost,
                        format!("“{}” was written and is not stored", written.text),
                    )),
                    // What a reload forgot, because no storage had promised to keep it, may still lie on an old
                    // connection that delivers when later messages have gone over a new one.
                    [_] if may_be_lost || self.history.sent_by_hand.contains(&written.local_id) => {}
                    [seq] => {
                        let before = last.insert(written.thread, seq);
                        if before > Some(seq) {
                            let how = format!(
                                "“{}” of p{number} is stored before what was written before",
                                written.text
                            );
                            findings.push((Fault::Misordered, how));
                        }
                    }
                    [_, ..] => findings.push((Fault::Doubled, format!("“{}” is stored twice", written.text))),
                }
            }
        }
        for text in stored.keys() {
            findings.push((Fault::Ghost, format!("nobody wrote “{text}”")));
        }
        for (fault, how) in findings {
            self.history.find(fault, how);
        }
    }

    /// Whose devices are connected.
    fn people_here(&self) -> Vec<UserId> {
        let live = self
            .peers
            .iter()
            .filter(|peer| peer.device().is_some_and(Device::is_live));
        live.map(|peer| peer.caller.user).collect()
    }

    fn compare_device(&self, number: usize, truth: &Truth, here: &[UserId]) -> Vec<(Fault, String)> {
        let peer = &self.peers[number];
        let Some(device) = peer.device() else {
            return vec![(Fault::Stuck, "has no page".to_owned())];
        };
        let mut wrong = Vec::new();
        let time = peer.time(self.now);
        if !device.is_live() {
            wrong.push((Fault::Stuck, "is not live".to_owned()));
        }
        if device.banner(time) != Banner::Hidden {
            wrong.push((Fault::Stuck, format!("shows {:?}", device.banner(time))));
        }
        if !device.unsent().is_empty() {
            wrong.push((
                Fault::Stuck,
                format!("has {} unsent messages", device.unsent().len()),
            ));
        }
        if !device.amendments().is_empty() {
            wrong.push((Fault::Stuck, format!("has not sent {:?}", device.amendments())));
        }
        if !peer.storage.is_empty() {
            wrong.push((Fault::Stuck, format!("keeps {} messages", peer.storage.len())));
        }
        if !peer.amendments.is_empty() {
            wrong.push((
                Fault::Stuck,
                format!("keeps {} amendments", peer.amendments.len()),
            ));
        }
        let Some(snapshot) = self.fresh(peer.caller) else {
            wrong.push((Fault::Stuck, "gets no snapshot".to_owned()));
            return wrong;
        };
        wrong.extend(compare_records(device, &snapshot));
        wrong.extend(compare_threads(device, &snapshot, truth));
        wrong.extend(compare_hints(device, &snapshot, time, here));
        // What was on its way to whom is forgotten in a crash.
        if self.crashes == 0 {
            wrong.extend(compare_deliveries(device, &snapshot, here));
        }
        wrong
    }

    fn fresh(&self, caller: Caller) -> Option<Snapshot> {
        let process = self.process.as_ref()?;
        let actor = process.site().service.actor(caller);
        process.calmly(async move { actor.snapshot().await.ok() })
    }
}

fn compare_records(device: &Device, snapshot: &Snapshot) -> Vec<(Fault, String)> {
    let mut wrong = Vec::new();
    for user in &snapshot.users {
        let known = device.user(user.id);
        let is_same = known.is_some_and(|known| {
            (&known.display_name, known.role, known.active) == (&user.display_name, user.role, user.active)
        });
        if !is_same {
            let how = format!("knows {} otherwise: {known:?}", user.display_name.as_str());
            wrong.push((Fault::Diverged, how));
        }
    }
    for client in &snapshot.clients {
        if device.client(client.id) != Some(client) {
            wrong.push((Fault::Diverged, format!("knows {} otherwise", client.name)));
        }
    }
    wrong
}

fn compare_threads(device: &Device, snapshot: &Snapshot, truth: &Truth) -> Vec<(Fault, String)> {
    let mut wrong = Vec::new();
    let me = snapshot.me.id;
    if device.threads().len() != snapshot.threads.len() {
        let (has, should) = (device.threads().len(), snapshot.threads.len());
        wrong.push((Fault::Diverged, format!("has {has} threads instead of {should}")));
    }
    for view in &snapshot.threads {
        let thread = &view.thread;
        let stored: Vec<_> = truth
            .of(thread.id)
            .map(|(seq, stored)| {
                let progress = (stored.sender == me).then(|| progress(seq, thread, me));
                (Some(seq), stored.local_id, stored.text.as_str(), progress)
            })
            .collect();
        let rows = device.timeline(thread.id).rows;
        let shown: Vec<_> = rows
            .iter()
            .map(|row| (row.seq, row.key, row.content.text(), row.progress.clone()))
            .collect();
        if shown != stored {
            let first = shown.iter().zip(&stored).position(|(one, other)| one != other);
            let at = first.unwrap_or(shown.len().min(stored.len()));
            let how = format!(
                "shows {} of {} messages; the first difference is {:?} instead of {:?}",
                shown.len(),
                stored.len(),
                shown.get(at).map(|row| (row.0, row.2, &row.3)),
                stored.get(at).map(|row| (row.0, row.2, &row.3)),
            );
            wrong.push((Fault::Diverged, how));
        }
        if device.unread(thread.id) != view.unread {
            let (has, should) = (device.unread(thread.id), view.unread);
            wrong.push((
                Fault::Diverged,
                format!("counts {has} unread instead of {should}"),
            ));
        }
    }
    wrong
}

/// How far a message has got, by the marks of the other members.
fn progress(seq: Seq, thread: &Thread, me: UserId) -> Progress {
    let others = || thread.members.iter().filter(|member| member.user != me);
    if others().all(|member| member.read_seq >= seq) {
        Progress::Read
    } else if others().all(|member| member.delivered_seq.max(member.read_seq) >= seq) {
        Progress::Delivered
    } else {
        Progress::Sent
    }
}

/// What has reached a device of every other member says so.
fn compare_deliveries(device: &Device, snapshot: &Snapshot, here: &[UserId]) -> Vec<(Fault, String)> {
    let me = snapshot.me.id;
    let mut wrong = Vec::new();
    for view in &snapshot.threads {
        let mut others = view.thread.members.iter().filter(|member| member.user != me);
        if !others.all(|member| here.contains(&member.user)) {
            continue;
        }
        let rows = device.timeline(view.thread.id).rows;
        for row in rows.iter().filter(|row| row.progress == Some(Progress::Sent)) {
            let how = format!("shows “{}” as not delivered", row.content.text());
            wrong.push((Fault::Diverged, how));
        }
    }
    wrong
}

fn compare_hints(
    device: &Device,
    snapshot: &Snapshot,
    time: tidings_protocol::Timestamp,
    here: &[UserId],
) -> Vec<(Fault, String)> {
    let mut wrong = Vec::new();
    for view in &snapshot.threads {
        if !device.typists(view.thread.id, time).is_empty() {
            wrong.push((Fault::Hint, "shows somebody typing".to_owned()));
        }
    }
    for user in &snapshot.users {
        let shown = device.presence(user.id).presence != Presence::Offline;
        let is_here = here.contains(&user.id);
        if shown != is_here {
            let name = user.display_name.as_str();
            wrong.push((
                Fault::Hint,
                format!("shows {name} here: {shown}, which is {is_here}"),
            ));
        }
    }
    wrong
}
