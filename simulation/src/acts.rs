//! What people do, and how often things go wrong meanwhile.

use std::time::Duration;

use fastrand::Rng;
use tidings_device::Input;
use tidings_protocol::{
    ClientId, DisplayName, Password, ThreadId,
    command::{
        AddClient, ChangePassword, ClientFields, EditClient, OpenThread, Rename, SearchPeople, SetActive,
        SignOutEverywhere,
    },
};
use uuid::Uuid;

use crate::{
    faults::Wrong,
    organisation::{Organisation, PASSWORD},
    peer::Page,
    world::World,
};

/// Messages written in all: no more than a device shows of one thread.
const TEXTS_MAX: u32 = 250;

/// What happens in a world, and how much of it.
pub(crate) struct Inclination {
    /// With their weights. Each seed leaves some out and prefers others, since what is rare together with everything
    /// else is seldom seen.
    acts: Vec<(Act, u32)>,
    /// How many.
    steps: u32,
    /// Pauses between two are at most so long, in milliseconds.
    pause: u64,
    /// Replies come later than they must.
    pub(crate) replies_lag: bool,
    /// The storage of devices refuses now and then.
    pub(crate) storage_refuses: bool,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Write,
    Burst,
    Amend,
    Type,
    StopTyping,
    Look,
    Older,
    Leave,
    Read,
    Stir,
    Hide,
    Show,
    Rename,
    AddClient,
    EditClient,
    OpenThread,
    Search,
    SignOut,
    SignOutEverywhere,
    Deactivate,
    ChangePassword,
    SignIn,
    Reload,
    Wrong(Wrong),
}

const ACTS: [(Act, u32); 32] = [
    (Act::Write, 60),
    (Act::Burst, 10),
    (Act::Amend, 15),
    (Act::Type, 15),
    (Act::StopTyping, 4),
    (Act::Look, 20),
    (Act::Older, 5),
    (Act::Leave, 4),
    (Act::Read, 20),
    (Act::Stir, 3),
    (Act::Hide, 3),
    (Act::Show, 5),
    (Act::Rename, 4),
    (Act::AddClient, 2),
    (Act::EditClient, 4),
    (Act::OpenThread, 6),
    (Act::Search, 2),
    (Act::SignOut, 3),
    (Act::SignOutEverywhere, 1),
    (Act::Deactivate, 2),
    (Act::SignIn, 6),
    (Act::Reload, 6),
    (Act::Wrong(Wrong::Crash), 3),
    (Act::Wrong(Wrong::Stop), 2),
    (Act::Wrong(Wrong::Cut), 10),
    (Act::Wrong(Wrong::Hold), 8),
    (Act::Wrong(Wrong::Offline), 5),
    (Act::Wrong(Wrong::Partition), 2),
    (Act::Wrong(Wrong::Sleep), 4),
    (Act::Wrong(Wrong::Clock), 3),
    (Act::Wrong(Wrong::SlowDatabase), 5),
    (Act::ChangePassword, 0),
];

impl Inclination {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        let mut acts = ACTS.to_vec();
        for (act, weight) in &mut acts {
            *weight *= rng.choice([0, 1, 1, 3]).unwrap_or(1);
            // Costs two password hashes each time.
            if matches!(act, Act::ChangePassword) && rng.u8(..40) == 0 {
                *weight = 2;
            }
            if matches!(act, Act::Write) {
                *weight = (*weight).max(40);
            }
        }
        Self {
            acts,
            steps: rng.u32(40..200),
            pause: rng.choice([20, 200, 1_500]).unwrap_or(200),
            replies_lag: rng.bool(),
            storage_refuses: rng.u8(..4) == 0,
        }
    }

    fn choose(&self, rng: &mut Rng) -> Act {
        let total: u32 = self.acts.iter().map(|(_, weight)| weight).sum();
        let mut at = rng.u32(..total.max(1));
        for (act, weight) in &self.acts {
            if at < *weight {
                return *act;
            }
            at -= weight;
        }
        Act::Write
    }
}

impl World {
    /// People do things, and things go wrong.
    pub(crate) fn trouble(&mut self) {
        for _ in 0..self.inclination.steps {
            let act = self.inclination.choose(&mut self.rng);
            self.act(act);
            // Often the next thing happens before this one has come to its end.
            if self.rng.bool() {
                let moves = self.rng.u8(..12);
                for _ in 0..moves {
                    self.turn();
                }
            } else {
                let pause = self.rng.u64(..self.inclination.pause);
                self.pass(Duration::from_millis(pause));
            }
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Wrong(wrong) => self.go_wrong(wrong),
            Act::Deactivate => self.deactivate(),
            Act::SignIn => {
                let out =
                    (0..self.peers.len()).filter(|peer| matches!(self.peers[*peer].page, Page::SignedOut));
                let out: Vec<usize> = out.collect();
                if let Some(peer) = self.rng.choice(out) {
                    self.sign_in(peer);
                }
            }
            _ => {
                if let Some(peer) = self.someone() {
                    self.act_as(peer, act);
                }
            }
        }
    }

    fn act_as(&mut self, peer: usize, act: Act) {
        match act {
            Act::Write => self.write_somewhere(peer),
            Act::Burst => {
                for _ in 0..self.rng.u8(2..14) {
                    self.write_somewhere(peer);
                }
            }
            Act::Amend => {
                if let Some(thread) = self.thread_of(peer) {
                    self.amend(peer, thread);
                }
            }
            Act::Type => {
                if let Some(thread) = self.thread_of(peer) {
                    let empty = self.rng.u8(..6) == 0;
                    self.give(peer, Input::Typed { thread, empty });
                }
            }
            Act::StopTyping => {
                if let Some(thread) = self.thread_of(peer) {
                    self.give(peer, Input::StoppedTyping { thread });
                }
            }
            Act::Look => {
                if let Some(thread) = self.thread_of(peer) {
                    self.give(peer, Input::ThreadOpened(thread));
                }
            }
            Act::Older => {
                if let Some(thread) = self.thread_of(peer) {
                    self.give(peer, Input::LoadOlder(thread));
                }
            }
            Act::Leave => self.give(peer, Input::ThreadClosed),
            Act::Read => self.read(peer),
            Act::Stir => self.give(peer, Input::Active),
            Act::Hide => self.give(peer, Input::Hidden),
            Act::Show => {
                let input = self.rng.choice([Input::Shown, Input::NetworkUp, Input::TryNow]);
                self.give(peer, input.unwrap_or(Input::Shown));
            }
            Act::Reload => {
                let done = self.rng.usize(..4);
                self.note(format_args!("p{peer} reloads"));
                self.close_page(peer, done);
                self.peers[peer].page = Page::Wanted(self.now);
            }
            Act::SignOut => {
                let session = self.peers[peer].caller.session;
                if let Some(process) = &self.process {
                    self.chronicle.note(self.now, format_args!("p{peer} signs out"));
                    let service = process.site().service.clone();
                    process.spawn(async move { service.sign_out(session).await });
                    self.stir();
                }
            }
            _ => self.ask_as(peer, act),
        }
    }

    fn ask_as(&mut self, peer: usize, act: Act) {
        let number = self.rng.u32(..1_000);
        match act {
            Act::Rename => {
                if let Ok(display_name) = DisplayName::new(&format!("name {number}")) {
                    self.ask(peer, Rename { display_name });
                }
            }
            Act::AddClient => {
                let client = ClientId(Uuid::from_u128(self.rng.u128(..)));
                let fields = fields(number);
                self.ask(peer, AddClient { client, fields });
            }
            Act::EditClient => {
                if let Some(client) = self.some_client() {
                    let fields = fields(number);
                    self.ask(peer, EditClient { client, fields });
                }
            }
            Act::OpenThread => {
                let people = &Organisation::get().people;
                let place = self.rng.usize(..people.len());
                let client = self.some_client().filter(|_| number.is_multiple_of(2));
                let with = people[place].user;
                self.ask(peer, OpenThread { with, client });
            }
            Act::Search => self.ask(peer, SearchPeople { text: String::new() }),
            Act::SignOutEverywhere => self.ask(peer, SignOutEverywhere {}),
            Act::ChangePassword => self.change_password(peer),
            _ => {}
        }
    }

    fn write_somewhere(&mut self, peer: usize) {
        if self.texts >= TEXTS_MAX {
            return;
        }
        if let Some(thread) = self.thread_of(peer) {
            self.write(peer, thread);
        }
    }

    fn read(&mut self, peer: usize) {
        let Some(thread) = self.thread_of(peer) else {
            return;
        };
        let rows = self.peers[peer]
            .device()
            .map(|device| device.timeline(thread).rows);
        let places: Vec<_> = rows.iter().flatten().filter_map(|row| row.seq).collect();
        if let Some(seq) = self.rng.choice(places) {
            self.give(peer, Input::Seen { thread, seq });
        }
    }

    /// A thread that the device knows.
    fn thread_of(&mut self, peer: usize) -> Option<ThreadId> {
        let mut threads: Vec<ThreadId> = self.peers[peer]
            .device()?
            .threads()
            .iter()
            .map(|row| row.id)
            .collect();
        // By when they were made, which is the same in each run, and not by activity.
        threads.sort_unstable();
        self.rng.choice(threads)
    }

    fn some_client(&mut self) -> Option<ClientId> {
        self.rng.choice(Organisation::get().clients.iter().copied())
    }

    /// An owner's device deactivates somebody, or brings them back.
    fn deactivate(&mut self) {
        let owners = (0..self.peers.len()).filter(|peer| self.peers[*peer].owner == 0);
        let owners: Vec<usize> = owners
            .filter(|peer| self.peers[*peer].device().is_some())
            .collect();
        let people = &Organisation::get().people;
        let whom = self.rng.usize(1..people.len());
        let active = self.rng.bool();
        if let Some(owner) = self.rng.choice(owners) {
            self.note(format_args!("p{owner} sets person {whom} active: {active}"));
            let user = people[whom].user;
            self.ask(owner, SetActive { user, active });
        }
    }

    /// Hashing takes a thread of its own, so nothing else happens meanwhile.
    fn change_password(&mut self, peer: usize) {
        let caller = self.peers[peer].caller;
        let (Ok(new), Some(process)) = (Password::new(PASSWORD), &self.process) else {
            return;
        };
        self.chronicle
            .note(self.now, format_args!("p{peer} changes the password"));
        let actor = process.site().service.actor(caller);
        let current = PASSWORD.to_owned();
        // A refusal is as good.
        drop(process.calmly(actor.change_password(ChangePassword { current, new })));
    }

    /// Somebody at the sign-in page signs in.
    pub(crate) fn sign_in(&mut self, peer: usize) {
        let user = self.peers[peer].caller.user;
        let Some(process) = self.process.as_ref().filter(|process| !process.is_stopping()) else {
            return;
        };
        if let Ok(caller) = process.sign_in(user) {
            self.note(format_args!("p{peer} signs in"));
            self.peers[peer].caller = caller;
            self.peers[peer].page = Page::Wanted(self.now);
        }
    }
}

fn fields(number: u32) -> ClientFields {
    ClientFields {
        name: format!("client {number}"),
        reference: String::new(),
        note: String::new(),
    }
}
