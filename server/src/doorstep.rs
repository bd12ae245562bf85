//! Connections whose peer has not shown yet who it is, counted by where they come from.
//!
//! Anybody can open connections and say nothing. A network may have a number of them looked at and a longer line
//! waiting; more are closed at once. Whoever brings a live session leaves the count, so devices that all return at
//! the same moment pass through, and strangers can't keep anybody out but those behind their own address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections of unknown people that one network may have looked at at once. A whole office behind one address opens
/// its browsers in a few seconds of a morning; each sends its first request as soon as it is connected.
pub const STRANGERS_PER_NETWORK: usize = 100;

/// Connections of one network that may wait until it is their turn. After a restart all devices of an office return
/// at once, and each is known a moment after its turn has come.
const WAITING_PER_NETWORK: usize = 400;

/// Counts strangers.
#[derive(Debug)]
pub struct Doorstep {
    networks: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
    at_once: usize,
    waiting: usize,
}

/// A stranger's place. Given up when dropped.
#[derive(Debug)]
pub struct Place {
    doorstep: Arc<Doorstep>,
    network: IpAddr,
    /// Until it is its turn. Each place holds the semaphore once, here or by its permit, which is how they are counted.
    turns: Option<Arc<Semaphore>>,
    turn: Option<OwnedSemaphorePermit>,
}

/// Carried by the requests of a connection, so that whoever finds out that the caller is known can say so.
#[derive(Clone, Debug, Default)]
pub struct Stranger(Arc<Mutex<Option<Place>>>);

impl Doorstep {
    /// A doorstep on which so many strangers of one network are looked at, and a line of four times as many waits.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self {
            networks: Mutex::default(),
            at_once,
            waiting: at_once * (WAITING_PER_NETWORK / STRANGERS_PER_NETWORK),
        }
    }

    /// A place for a connection, unless its network has too many.
    #[must_use]
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let network = network(address);
        let mut networks = self.lock();
        let turns = networks
            .entry(network)
            .or_insert_with(|| Arc::new(Semaphore::new(self.at_once)));
        // One is the map's own.
        if Arc::strong_count(turns) > self.at_once + self.waiting {
            return None;
        }
        Some(Place {
            doorstep: self.clone(),
            network,
            turns: Some(turns.clone()),
            turn: None,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Arc<Semaphore>>> {
        // Every change is one call, so the map is whole after a panic elsewhere.
        self.networks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits until it is this connection's turn.
    pub async fn turn(mut self) -> Self {
        if let Some(turns) = self.turns.take() {
            // Nobody closes the semaphore. If somebody did, nobody would be counted.
            self.turn = turns.acquire_owned().await.ok();
        }
        self
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut networks = self.doorstep.lock();
        self.turn = None;
        self.turns = None;
        if networks
            .get(&self.network)
            .is_some_and(|turns| Arc::strong_count(turns) == 1)
        {
            networks.remove(&self.network);
        }
    }
}

impl Stranger {
    /// A connection that holds a place.
    #[must_use]
    pub fn at(place: Place) -> Self {
        Self(Arc::new(Mutex::new(Some(place))))
    }

    /// The connection's peer is known from now on.
    pub fn is_known(&self) {
        let place = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(place);
    }
}

/// What is counted as one: an IPv4 address, or the /64 that one customer of a provider gets (RFC 6177) and can choose
/// any address of.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let prefix = u128::from(address) >> 64 << 64;
            Ipv6Addr::from(prefix).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_network_has_so_many_strangers_and_others_are_not_concerned() {
        let doorstep = Arc::new(Doorstep::new(2));
        let here = address("192.0.2.1");
        let places: Vec<_> = (0..10).filter_map(|_| doorstep.enter(here)).collect();
        assert_eq!(places.len(), 2 + 2 * 4);
        assert!(doorstep.enter(address("192.0.2.2")).is_some());
        drop(places);
        assert!(doorstep.enter(here).is_some());
    }

    #[test]
    fn a_stranger_waits_until_one_before_it_is_known_or_gone() {
        let doorstep = Arc::new(Doorstep::new(1));
        let enter = || doorstep.enter(address("192.0.2.1")).expect("there is room");
        let first = Stranger::at(enter().turn().now_or_never().expect("it is its turn"));
        let mut second = Box::pin(enter().turn());
        assert!(second.as_mut().now_or_never().is_none());
        first.is_known();
        let second = second.as_mut().now_or_never().expect("it is its turn");
        let mut third = Box::pin(enter().turn());
        assert!(third.as_mut().now_or_never().is_none());
        drop(second);
        assert!(third.as_mut().now_or_never().is_some());
    }

    #[test]
    fn a_network_without_strangers_is_forgotten() {
        let doorstep = Arc::new(Doorstep::new(2));
        let places: Vec<_> = (0..5)
            .filter_map(|n| doorstep.enter(IpAddr::from([192, 0, 2, n])))
            .collect();
        assert_eq!(doorstep.lock().len(), 5);
        drop(places);
        assert!(doorstep.lock().is_empty());
    }

    #[test]
    fn the_addresses_that_one_customer_can_choose_from_count_as_one() {
        let [one, other, elsewhere] =
            ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"].map(address);
        assert_eq!(network(one), network(other));
        assert_ne!(network(one), network(elsewhere));
        assert_eq!(network(address("::ffff:192.0.2.1")), address("192.0.2.1"));
        assert_ne!(network(address("192.0.2.1")), network(address("192.0.2.2")));
    }
}
