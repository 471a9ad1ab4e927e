//! The shell around `turn`: sockets in, sockets out, on a thread of its own.
//!
//! One thread owns the core and every socket of the relay, so a packet meets no lock, no channel and
//! no other task on its way. The thread waits for the sockets ([`worker`]), reads them in batches, tells
//! TURN from other protocols ([`demux`]), asks the core about each packet, and sends packets with the
//! same destination together ([`batch`]). Clients on the page's own TCP port are handed over to it
//! ([`stream`]) once it is known which protocol they speak.

mod address;
mod arena;
mod batch;
mod demux;
mod pace;
mod ports;
mod stream;
mod udp;
mod unsent;
mod urls;
mod worker;

use std::{
    any::Any,
    fmt,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use mio::Waker;
use rustls::ServerConnection;
use tokio::net::TcpStream;

use crate::fault::Fault;

pub use address::PublicAddresses;
pub use demux::Untaken;
pub use udp::bind;
pub use urls::{Asked, Urls};

/// What may wait for the relay's thread: far more than it leaves for a moment.
const COMMANDS: usize = 1024;

/// How the relay is to be run.
#[derive(Debug)]
pub struct Options {
    /// Where STUN and TURN over UDP are spoken.
    pub udp: Vec<std::net::UdpSocket>,
    /// The addresses others know this host by, where they are not its own.
    pub public: PublicAddresses,
    /// This host's own addresses and networks.
    pub here: turn::Here,
    /// Where relayed sockets are bound.
    pub ports: RangeInclusive<u16>,
    /// What participants may use up.
    pub limits: turn::Config,
}

/// What there is and has been.
#[derive(Debug, Clone, Copy, Default)]
pub struct Numbers {
    /// The users it works for now.
    pub users: usize,
    /// Allocations there are now.
    pub allocations: usize,
    /// Clients by TCP and TLS there are now.
    pub streams: usize,
    /// What the core counted.
    pub counters: turn::Counters,
    /// Datagrams that came to the UDP port and are not for the relay.
    pub untaken: Untaken,
    /// Packets that were dropped because a socket, or a client by TCP, took no more.
    pub dropped: u64,
}

/// The running relay. It stops when the last of its handles is gone.
#[derive(Clone)]
pub struct Relay {
    line: Arc<Line>,
    numbers: Arc<Mutex<Numbers>>,
    key: [u8; 32],
    udp: Arc<[SocketAddr]>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("udp", &self.udp)
            .finish_non_exhaustive()
    }
}

/// The way to the relay's thread.
struct Line {
    commands: SyncSender<Command>,
    waker: Waker,
}

impl Line {
    fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "the relay can't be woken");
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // A full queue is read all the same, and then found to be without a sender.
        let _full = self.commands.try_send(Command::Stop);
        self.wake();
    }
}

/// What the relay's thread is told.
enum Command {
    /// An input for the core.
    Tell(turn::Input),
    Here(turn::Here),
    Take(Box<Taken>),
    Stop,
}

/// A client that came by TCP.
struct Taken {
    socket: std::net::TcpStream,
    tls: Option<ServerConnection>,
    peer: SocketAddr,
    /// Freed when the client is gone.
    place: Box<dyn Any + Send>,
}

impl Relay {
    /// Starts the thread.
    pub fn start(options: Options) -> Result<Self, Fault> {
        let fault = |error| {
            Fault::new(
                "the relay",
                error,
                "see to the system's limits and start again",
            )
        };
        let udp = options
            .udp
            .iter()
            .map(std::net::UdpSocket::local_addr)
            .collect::<Result<_, _>>()
            .map_err(fault)?;
        let key = crate::data_dir::random_32()?;
        let keys = turn::Keys {
            credentials: key,
            seed: crate::data_dir::random_32()?,
        };
        let numbers = Arc::new(Mutex::new(Numbers::default()));
        let (commands, receiver) = sync_channel(COMMANDS);
        let (worker, waker) =
            worker::Worker::new(options, keys, receiver, Arc::clone(&numbers)).map_err(fault)?;
        std::thread::Builder::new()
            .name("relay".to_owned())
            .spawn(move || worker.run())
            .map_err(fault)?;
        Ok(Self {
            line: Arc::new(Line { commands, waker }),
            numbers,
            key,
            udp,
        })
    }

    /// Signs the credentials.
    pub fn key(&self) -> [u8; 32] {
        self.key
    }

    /// Where STUN and TURN over UDP are spoken.
    pub fn udp(&self) -> &[SocketAddr] {
        &self.udp
    }

    /// What there is and has been, at most a second ago.
    pub fn numbers(&self) -> Numbers {
        *self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Relays for this user, who is at this address, until [`Self::revoke`].
    pub fn grant(&self, user: &str, address: IpAddr) {
        self.tell(Command::Tell(turn::Input::Grant {
            participant: user.to_owned(),
            address,
        }));
    }

    /// Ends at once what is relayed for this user.
    pub fn revoke(&self, user: &str) {
        let participant = user.to_owned();
        self.tell(Command::Tell(turn::Input::Revoke { participant }));
    }

    /// Somebody has opened a connection from this address, and may soon ask for a relay: answered
    /// at once, where others have to ask twice.
    pub fn expect(&self, address: IpAddr) {
        // One that finds the queue full asks twice, too.
        let expect = Command::Tell(turn::Input::Expect(address));
        let _full = self.line.commands.try_send(expect);
        self.line.wake();
    }

    /// The addresses of this host, or its networks, have changed.
    pub fn set_here(&self, here: turn::Here) {
        self.tell(Command::Here(here));
    }

    /// Takes over a client that speaks TURN over TCP, or over TLS with what was read of it.
    /// `place` is dropped when the client is gone.
    pub fn take(
        &self,
        socket: TcpStream,
        tls: Option<ServerConnection>,
        peer: SocketAddr,
        place: Box<dyn Any + Send>,
    ) {
        let Ok(socket) = socket.into_std() else {
            return;
        };
        let taken = Command::Take(Box::new(Taken {
            socket,
            tls,
            peer,
            place,
        }));
        // One that finds the queue full is closed: it was opened faster than they are taken.
        match self.line.commands.try_send(taken) {
            Ok(()) | Err(TrySendError::Full(_)) => self.line.wake(),
            Err(TrySendError::Disconnected(_)) => {}
        }
    }

    fn tell(&self, command: Command) {
        // Waits if the queue is full, which is a moment: the thread never waits for us.
        if self.line.commands.send(command).is_err() {
            tracing::error!("the relay has ended");
        }
        self.line.wake();
    }
}

/// Now, on both clocks.
fn anchor() -> turn::Anchor {
    let unix = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    turn::Anchor {
        instant: Instant::now(),
        unix_ms: u64::try_from(unix.as_millis()).unwrap_or(u64::MAX),
    }
}
