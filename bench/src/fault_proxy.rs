//! A network that misbehaves on command, between devices and a server.
//!
//! Works on bytes: everything that passes is TCP, and each direction of a connection is carried by a task of its own.
//! What is set holds from then on for the connections that are open as well, except that a [`Middlebox`] only meets
//! those that are opened after it.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{mpsc, watch},
    task::JoinHandle,
    time::Instant,
};

/// Bytes read at once.
const CHUNK: usize = 16 * 1024;
/// Chunks under way in one direction: enough for a long way, and less than a server may keep for a device.
const UNDER_WAY: usize = 48;
/// Bytes that the system may keep of what the server sends, so that a stalled way holds up the server and not memory.
const RECEIVED_BYTES: u32 = 64 * 1024;
/// Longest head of an HTTP request that is looked at.
const HEAD_MAX: usize = 16 * 1024;

/// What happens to the bytes of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    /// They arrive.
    #[default]
    Passes,
    /// They wait, and arrive once they pass again.
    Stalls,
    /// They are gone, and so is the end of the connection: nobody is told.
    Vanishes,
}

/// Something between device and server that believes it knows better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Middlebox {
    /// None.
    #[default]
    None,
    /// Passes requests on without their wish to upgrade.
    StripsUpgrade,
    /// Passes a response on when it is complete: one without a length, such as a socket's, when it ends.
    BuffersResponses,
    /// Answers everything with a page to sign in to the network.
    CaptivePortal,
}

/// How the network is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Least time that bytes take.
    pub delay: Duration,
    /// What is added to it at most, at random.
    pub jitter: Duration,
    /// Bytes to the server.
    pub up: Flow,
    /// Bytes to devices.
    pub down: Flow,
    /// Whether each byte travels by itself.
    pub byte_by_byte: bool,
    /// What stands in between.
    pub middlebox: Middlebox,
}

/// A proxy; it ends when dropped.
#[derive(Debug)]
pub struct FaultProxy {
    /// Where devices dial.
    pub addr: SocketAddr,
    network: watch::Sender<Network>,
    cuts: watch::Sender<u64>,
    closed_by_server: Arc<AtomicU64>,
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests have to know"))]
    vanished: Arc<AtomicU64>,
    held_up: Arc<AtomicU64>,
    accepting: JoinHandle<()>,
}

impl FaultProxy {
    /// A proxy before `server`, with a network that works. `seed` decides what is random.
    ///
    /// # Errors
    /// When no address can be listened on.
    pub async fn start(server: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let (network, _) = watch::channel(Network::default());
        let (cuts, _) = watch::channel(0);
        let closed_by_server = Arc::new(AtomicU64::new(0));
        let vanished = Arc::new(AtomicU64::new(0));
        let held_up = Arc::new(AtomicU64::new(0));
        let mut rng = Rng::with_seed(seed);
        let wires = Wires {
            network: network.subscribe(),
            vanished: vanished.clone(),
            held_up: held_up.clone(),
            closed_by_server: closed_by_server.clone(),
        };
        let cut = cuts.subscribe();
        let accepting = tokio::spawn(async move {
            // A refused connection is one more fault; devices dial again.
            while let Ok((device, _)) = listener.accept().await {
                let wires = wires.clone();
                let rng = rng.fork();
                let mut cut = cut.clone();
                cut.mark_unchanged();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = cut.changed() => {}
                        // How a connection ends is seen at its ends.
                        _ = wires.connect(device, server, rng) => {}
                    }
                });
            }
        });
        Ok(Self {
            addr,
            network,
            cuts,
            closed_by_server,
            vanished,
            held_up,
            accepting,
        })
    }

    /// From now on the network is like this.
    pub fn set(&self, network: Network) {
        self.network.send_replace(network);
    }

    /// Cuts every connection, as seen from both ends.
    pub fn cut(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }

    /// How many connections the server has closed so far.
    #[must_use]
    pub fn closed_by_server(&self) -> u64 {
        self.closed_by_server.load(Ordering::Relaxed)
    }

    /// How many times bytes were held up so far.
    #[must_use]
    pub fn held_up(&self) -> u64 {
        self.held_up.load(Ordering::Relaxed)
    }

    /// How many bytes have vanished so far.
    #[cfg(test)]
    pub fn vanished(&self) -> u64 {
        self.vanished.load(Ordering::Relaxed)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

#[derive(Clone)]
struct Wires {
    network: watch::Receiver<Network>,
    held_up: Arc<AtomicU64>,
    vanished: Arc<AtomicU64>,
    closed_by_server: Arc<AtomicU64>,
}

impl Wires {
    async fn connect(self, mut device: TcpStream, server: SocketAddr, mut rng: Rng) -> io::Result<()> {
        let middlebox = self.network.borrow().middlebox;
        if middlebox == Middlebox::CaptivePortal {
            head(&mut device).await?;
            return device.write_all(PORTAL.as_bytes()).await;
        }
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(RECEIVED_BYTES)?;
        let mut server = socket.connect(server).await?;
        device.set_nodelay(true)?;
        server.set_nodelay(true)?;
        if middlebox == Middlebox::StripsUpgrade {
            let head = head(&mut device).await?;
            server.write_all(without_upgrade(&head).as_bytes()).await?;
        }
        let (from_device, to_device) = device.into_split();
        let (from_server, to_server) = server.into_split();
        let up = Wire {
            network: self.network.clone(),
            vanished: self.vanished.clone(),
            held_up: self.held_up.clone(),
            rng: rng.fork(),
            flow: |network| network.up,
            keeps_responses: false,
            closed: None,
        };
        let down = Wire {
            network: self.network,
            vanished: self.vanished,
            held_up: self.held_up,
            rng,
            flow: |network| network.down,
            keeps_responses: middlebox == Middlebox::BuffersResponses,
            closed: Some(self.closed_by_server),
        };
        tokio::try_join!(
            up.carry(from_device, to_server),
            down.carry(from_server, to_device)
        )?;
        Ok(())
    }
}

/// One direction of one connection.
struct Wire {
    network: watch::Receiver<Network>,
    held_up: Arc<AtomicU64>,
    vanished: Arc<AtomicU64>,
    rng: Rng,
    flow: fn(&Network) -> Flow,
    keeps_responses: bool,
    closed: Option<Arc<AtomicU64>>,
}

impl Wire {
    async fn carry(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
        let (departs, mut arrives) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
        let mut network = self.network.clone();
        let flow = self.flow;
        let vanished = self.vanished.clone();
        let reading = async move {
            loop {
                let mut chunk = vec![0; CHUNK];
                // An end that comes as an error is an end.
                let read = from.read(&mut chunk).await.unwrap_or(0);
                if read == 0 {
                    if let Some(closed) = &self.closed {
                        closed.fetch_add(1, Ordering::Relaxed);
                    }
                    return;
                }
                chunk.truncate(read);
                let now = *self.network.borrow_and_update();
                if flow(&now) == Flow::Stalls {
                    self.held_up.fetch_add(1, Ordering::Relaxed);
                }
                let jitter = self
                    .rng
                    .u64(0..=u64::try_from(now.jitter.as_millis()).unwrap_or(0));
                let due = Instant::now() + now.delay + Duration::from_millis(jitter);
                if departs.send((due, chunk)).await.is_err() {
                    return;
                }
            }
        };
        let keeps_responses = self.keeps_responses;
        let writing = async move {
            let mut held = Vec::new();
            while let Some((due, chunk)) = arrives.recv().await {
                tokio::time::sleep_until(due).await;
                let Ok(now) = network
                    .wait_for(|now| flow(now) != Flow::Stalls)
                    .await
                    .map(|now| *now)
                else {
                    return;
                };
                if flow(&now) == Flow::Vanishes {
                    vanished.fetch_add(chunk.len() as u64, Ordering::Relaxed);
                    continue;
                }
                if keeps_responses {
                    held.extend(chunk);
                    let complete: Vec<u8> = held.drain(..complete(&held)).collect();
                    if to.write_all(&complete).await.is_err() {
                        return;
                    }
                } else if write(&mut to, &chunk, now.byte_by_byte).await.is_err() {
                    // Whoever is gone hears nothing; the other direction goes on.
                    return;
                }
            }
            // The end is not told either while bytes don't pass.
            if network.wait_for(|now| flow(now) == Flow::Passes).await.is_ok() {
                drop(to.write_all(&held).await);
                drop(to.shutdown().await);
            }
        };
        tokio::join!(reading, writing);
        Ok(())
    }
}

async fn write(to: &mut OwnedWriteHalf, chunk: &[u8], byte_by_byte: bool) -> io::Result<()> {
    if !byte_by_byte {
        return to.write_all(chunk).await;
    }
    for byte in chunk {
        to.write_all(&[*byte]).await?;
    }
    Ok(())
}

/// How many of the bytes are complete responses.
fn complete(bytes: &[u8]) -> usize {
    let mut done = 0;
    while let Some(length) = bytes.get(done..).and_then(first_response) {
        done += length;
    }
    done
}

/// How long the first response is, if it is complete.
fn first_response(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(bytes.get(..end)?).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))?;
    let whole = end + length.trim().parse::<usize>().ok()?;
    (whole <= bytes.len()).then_some(whole)
}

/// Reads the head of a request.
async fn head(device: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= HEAD_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.push(device.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn without_upgrade(head: &str) -> String {
    head.split_inclusive("\r\n")
        .filter(|line| {
            let line = line.to_ascii_lowercase();
            !line.starts_with("upgrade:") && !line.starts_with("connection:")
        })
        .collect()
}

const PORTAL: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 62\r\nConnection: close\r\n\r\n\
    <!doctype html><title>Wi-Fi</title><p>Accept our terms first.\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portal_says_how_long_its_page_is() {
        let (_, page) = PORTAL.split_once("\r\n\r\n").expect("a head and a page");
        assert!(PORTAL.contains(&format!("Content-Length: {}\r\n", page.len())));
    }

    #[test]
    fn a_request_without_its_upgrade_keeps_everything_else() {
        let head = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n";
        assert_eq!(
            without_upgrade(head),
            "GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: k\r\n\r\n"
        );
    }

    #[test]
    fn a_response_is_complete_when_it_is_as_long_as_it_says() {
        let one = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        let whole = one.len();
        assert_eq!(complete(&one[..whole - 1]), 0);
        assert_eq!(complete(one), whole);
        let two = [one.as_slice(), one, b"HTTP/1.1 200 OK\r\n"].concat();
        assert_eq!(complete(&two), 2 * whole);
        let socket = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nframes";
        assert_eq!(complete(socket), 0);
    }

    /// A server that says back what it hears, and a connection to it through a proxy.
    async fn echo() -> (FaultProxy, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let addr = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (mut from, mut to) = socket.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from, &mut to).await });
            }
        });
        let proxy = FaultProxy::start(addr, 1).await.expect("a proxy");
        let stream = TcpStream::connect(proxy.addr).await.expect("a connection");
        (proxy, stream)
    }

    async fn hear(stream: &mut TcpStream, length: usize) -> Vec<u8> {
        let mut heard = vec![0; length];
        stream.read_exact(&mut heard).await.expect("it is heard");
        heard
    }

    #[tokio::test]
    async fn a_stalled_byte_arrives_once_it_passes_again() {
        let (proxy, mut stream) = echo().await;
        proxy.set(Network {
            up: Flow::Stalls,
            byte_by_byte: true,
            ..Network::default()
        });
        stream.write_all(b"late").await.expect("it is sent");
        proxy.set(Network::default());
        assert_eq!(hear(&mut stream, 4).await, b"late");
    }

    #[tokio::test]
    async fn a_byte_that_vanished_never_arrives() {
        let (proxy, mut stream) = echo().await;
        stream.write_all(b"one").await.expect("it is sent");
        assert_eq!(hear(&mut stream, 3).await, b"one");
        proxy.set(Network {
            down: Flow::Vanishes,
            ..Network::default()
        });
        stream.write_all(b"gone").await.expect("it is sent");
        while proxy.vanished() < 4 {
            tokio::task::yield_now().await;
        }
        proxy.set(Network::default());
        stream.write_all(b"two").await.expect("it is sent");
        assert_eq!(hear(&mut stream, 3).await, b"two");
    }

    #[tokio::test]
    async fn a_cut_is_seen() {
        let (proxy, mut stream) = echo().await;
        stream.write_all(b"one").await.expect("it is sent");
        assert_eq!(hear(&mut stream, 3).await, b"one");
        proxy.cut();
        assert!(matches!(stream.read(&mut [0; 1]).await, Ok(0) | Err(_)));
    }
}
