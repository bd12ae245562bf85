//! What a case plays in: a server, people in threads with each other, and their devices.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use fastrand::Rng;
use futures_util::future::join_all;
use rustix::process::Signal;
use tidings_device::Transport;
use tidings_protocol::{LocalId, Seq, ThreadId, UserId};

use crate::{
    case::{Over, Setup},
    checker::{Evidence, Membership, Stored, check},
    fault_proxy::FaultProxy,
    history::{History, Record},
    host::{Host, Manner, Ready},
    people::Person,
    report::Report,
    tab::{Tab, Timings, Way},
};

/// How often the count of acknowledgements is looked at while a fault waits for its moment.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Longer than a stop takes that folds everything into the file.
const STOPPED_WITHIN: Duration = Duration::from_secs(15);

/// What an ordinary network lets through.
const EVERYTHING: &[Transport] = &[Transport::Socket, Transport::LongPoll];

/// Who plays.
#[derive(Clone, Debug)]
pub struct Cast {
    /// People. Each has a thread with the next two in a circle, and is a stranger to the threads of all others.
    pub people: usize,
    /// Devices of each.
    pub devices_each: usize,
    /// Whether devices reach the server through a fault proxy.
    pub proxied: bool,
    /// How the server is started.
    pub manner: Manner,
}

impl Cast {
    /// As many as asked for, else as many as a laptop doesn't notice.
    #[must_use]
    pub fn of(setup: &Setup) -> Self {
        Self {
            people: setup.people.unwrap_or(6).max(5),
            devices_each: setup.devices.unwrap_or(2).max(1),
            proxied: false,
            manner: Manner::default(),
        }
    }

    /// With a fault proxy before the server.
    #[must_use]
    pub fn proxied(self) -> Self {
        Self {
            proxied: true,
            ..self
        }
    }

    /// With a server that is started like this.
    #[must_use]
    pub fn started(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }
}

/// A running play.
pub struct World {
    /// The server.
    pub host: Host,
    /// The people.
    pub people: Vec<Arc<Person>>,
    /// Their devices.
    pub tabs: Vec<Tab>,
    /// Between them.
    pub proxy: Option<FaultProxy>,
    /// Who is in which thread.
    pub members: BTreeMap<ThreadId, Membership>,
    /// What is random in this play.
    pub rng: Rng,
    /// What gets through to the server.
    passing: &'static [Transport],
    /// How long nothing wrong is believed.
    pub patience: Duration,
    /// What was sent without a device.
    by_hand: Vec<History>,
    /// It took too long to heal, at least once.
    never_healed: bool,
    acked: Arc<AtomicU64>,
    mutation: Option<&'static str>,
}

impl World {
    /// Starts a server, makes the accounts and threads, and waits until every device is live.
    ///
    /// # Errors
    /// When that does not work: nothing has been broken yet.
    pub async fn start(setup: &Setup, cast: Cast) -> anyhow::Result<Self> {
        let mut host = Host::new(&setup.server, cast.manner)?;
        let ready = host.start().await?;
        let token = ready.set_up.context("a new server without a set-up link")?;
        let owner = Person::set_up(host.addr, &token).await?;
        let mut people = vec![Arc::new(owner)];
        while people.len() < cast.people {
            let next = people[0].invite(people.len()).await?;
            people.push(Arc::new(next));
        }
        let members = open_threads(&people).await?;
        if let Some(mutation) = setup.mutation {
            // What everything rests on is made with all defences, and a clean stop puts it safely on the disk.
            host.signal(Signal::TERM)?;
            host.ended(STOPPED_WITHIN).await?;
            host.manner.set("TIDINGS_MUTATION", mutation);
            host.start().await?;
        }
        let proxy = match cast.proxied {
            true => Some(FaultProxy::start(host.addr, setup.seed).await?),
            false => None,
        };
        let mut world = Self {
            host,
            people,
            tabs: Vec::new(),
            proxy,
            members,
            rng: Rng::with_seed(setup.seed),
            patience: setup.patience(),
            passing: setup.over.map_or(EVERYTHING, Over::passing),
            by_hand: Vec::new(),
            never_healed: false,
            acked: Arc::default(),
            mutation: setup.mutation,
        };
        for person in world.people.clone() {
            for number in 0..cast.devices_each {
                world.add_device(&person, number).await?;
            }
        }
        ensure!(world.heal().await, "the devices did not get live");
        Ok(world)
    }

    /// One more device of somebody.
    ///
    /// # Errors
    /// When the server does not give it a snapshot.
    pub async fn add_device(&mut self, person: &Arc<Person>, number: usize) -> anyhow::Result<()> {
        let snapshot = person.snapshot().await?;
        let name = format!("{}'s device {number}", person.me.username.as_str());
        // Local ids come from it, so no two devices of all seeds may share one.
        let seed = self.rng.u64(..);
        let tab = Tab::start(
            person.clone(),
            name,
            seed,
            Way {
                addr: self.door(),
                passing: self.passing,
            },
            snapshot,
            self.acked.clone(),
        );
        self.tabs.push(tab);
        Ok(())
    }

    /// Where devices dial.
    #[must_use]
    pub fn door(&self) -> SocketAddr {
        self.proxy.as_ref().map_or(self.host.addr, |proxy| proxy.addr)
    }

    /// The network between.
    ///
    /// # Errors
    /// When this play has none.
    pub fn network(&self) -> anyhow::Result<&FaultProxy> {
        self.proxy.as_ref().context("this play has no proxy")
    }

    /// Messages acknowledged so far.
    #[must_use]
    pub fn acked(&self) -> u64 {
        self.acked.load(Ordering::Relaxed)
    }

    /// Has all devices together write so many messages.
    pub fn write(&self, messages: usize) {
        let devices = self.tabs.len().max(1);
        for (number, tab) in self.tabs.iter().enumerate() {
            let one_more = usize::from(number < messages % devices);
            tab.write(messages / devices + one_more);
        }
    }

    /// The same, and waits for a moment in the midst of it: the schedule's seed says after how many answers.
    pub async fn write_until_midst(&mut self, messages: usize) {
        let until = self.acked() + self.rng.u64(1..=(messages as u64).max(1));
        self.write(messages);
        self.acked_at_least(until).await;
    }

    /// Waits until so many messages have been acknowledged, or patience ends.
    pub async fn acked_at_least(&self, count: u64) {
        let until = Instant::now() + self.patience;
        while self.acked() < count && Instant::now() < until {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Notes that somebody sends a message over the HTTP API.
    pub fn note_sent(&mut self, user: UserId, thread: ThreadId, local_id: LocalId) {
        self.by_hand.push(History {
            device: "a program".to_owned(),
            user: Some(user),
            records: vec![Record::Sent { thread, local_id }],
            ..History::default()
        });
    }

    /// Notes something in the history of every device.
    pub async fn note(&mut self, record: Record) {
        for tab in &self.tabs {
            tab.note(record.clone());
        }
        let within = self.patience;
        self.all(within, |_| true).await;
    }

    /// Has only ends of connections count that come from now on.
    pub fn forget_closed(&mut self) {
        for tab in &mut self.tabs {
            tab.forget_closed();
        }
    }

    /// Waits until the network holds something up of each device.
    ///
    /// # Errors
    /// When this play has no network.
    pub async fn held_up(&self) -> anyhow::Result<()> {
        let until = Instant::now() + self.patience;
        let wanted = self.tabs.len() as u64;
        while self.network()?.held_up() < wanted && Instant::now() < until {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Starts the server again.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_again(&mut self) -> anyhow::Result<Ready> {
        self.host.start().await
    }

    /// Starts the server again, and has everybody press "Try now" and wait until everything has healed; false if it
    /// does not. For faults that come so often that devices would wait ever longer.
    ///
    /// # Errors
    /// When the server does not start.
    pub async fn start_again_at_once(&mut self) -> anyhow::Result<(Ready, bool)> {
        let ready = self.start_again().await?;
        let healed = self.heal_at_once().await;
        Ok((ready, healed))
    }

    /// Has everybody press "Try now", and waits as [`Self::heal`] does.
    pub async fn heal_at_once(&mut self) -> bool {
        self.try_now();
        self.heal().await
    }

    /// Has everybody press "Try now".
    pub fn try_now(&self) {
        for tab in &self.tabs {
            tab.try_now();
        }
    }

    /// Waits until every device is live and has sent everything; false if one never does.
    pub async fn heal(&mut self) -> bool {
        let within = self.patience;
        let healed = self
            .all(within, |progress| progress.live && progress.unsent == 0)
            .await;
        self.never_healed |= !healed;
        healed
    }

    /// Waits until every device has lost its connection after `since` and is live again; false if one never is.
    pub async fn all_back(&mut self, since: Instant) -> bool {
        let within = self.patience;
        self.all(within, |progress| {
            progress.live && progress.back.is_some_and(|back| back > since)
        })
        .await
    }

    /// Waits until all devices are as wished.
    pub async fn all(&mut self, within: Duration, wish: impl Fn(&crate::tab::Progress) -> bool) -> bool {
        let waits = self.tabs.iter_mut().map(|tab| tab.until(within, &wish));
        join_all(waits).await.into_iter().all(|seen| seen)
    }

    /// Ends the play: waits until everything has healed, switches the devices off, and judges.
    ///
    /// # Errors
    /// When the server can't be asked what it has stored, or a device broke down.
    pub async fn judge(mut self) -> anyhow::Result<Report> {
        let since = Instant::now();
        self.heal().await;
        let mut stored = BTreeMap::new();
        for (thread, membership) in &self.members {
            let reader = self
                .people
                .iter()
                .find(|person| membership.users.contains(&person.me.id))
                .context("a thread without members")?;
            stored.insert(*thread, reader.read(*thread).await?);
        }
        self.arrived(&stored).await;
        let healed_in = since.elapsed();
        let (never_healed, patience) = (self.never_healed, self.patience);
        let mut histories = self.by_hand;
        let mut timings = Timings::default();
        for remains in join_all(self.tabs.drain(..).map(Tab::finish)).await {
            let remains = remains.context("a device broke down")?;
            histories.push(remains.history);
            timings.acked.extend(remains.timings.acked);
            timings.delivered.extend(remains.timings.delivered);
        }
        let findings = check(&Evidence {
            members: &self.members,
            stored: &stored,
            histories: &histories,
        });
        let mut report = Report::new(findings);
        report.expect(!never_healed, format!("it did not heal in {patience:?}"));
        if report.findings.undone > 0 {
            report.figure("undone", report.findings.undone as f64);
        }
        report.figure("healed_s", healed_in.as_secs_f64());
        report.durations("ack", timings.acked);
        report.durations("delivery", timings.delivered);
        if self.mutation.is_none() && !report.is_good() {
            report.note(self.host.last_words());
        }
        Ok(report)
    }

    /// Waits until everything stored has come to every device that should have it. The checker says which did not.
    async fn arrived(&mut self, stored: &BTreeMap<ThreadId, Vec<Stored>>) {
        let within = self.patience;
        let waits = self.tabs.iter_mut().map(|tab| {
            let user = tab.user;
            let wanted: BTreeMap<ThreadId, Seq> = stored
                .iter()
                .filter(|(thread, _)| {
                    self.members
                        .get(thread)
                        .is_some_and(|known| known.users.contains(&user))
                })
                .filter_map(|(thread, messages)| Some((*thread, messages.last()?.seq)))
                .collect();
            tab.until(within, move |progress| {
                wanted
                    .iter()
                    .all(|(thread, last)| progress.seen.get(thread).is_some_and(|seen| seen >= last))
            })
        });
        join_all(waits).await;
    }
}

/// A thread between each person and the next two.
async fn open_threads(people: &[Arc<Person>]) -> anyhow::Result<BTreeMap<ThreadId, Membership>> {
    let mut members = BTreeMap::new();
    for (index, person) in people.iter().enumerate() {
        for step in 1..=2 {
            let other = &people[(index + step) % people.len()];
            let thread = person.open(other.me.id).await?;
            let users = BTreeSet::from([person.me.id, other.me.id]);
            members.insert(thread, Membership { users, since: 0 });
        }
    }
    Ok(members)
}
