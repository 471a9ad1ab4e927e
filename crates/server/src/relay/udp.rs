//! UDP sockets: those that clients come to, and one for each allocation.

use std::{
    cell::Cell,
    io,
    net::{IpAddr, SocketAddr},
};

use mio::{Interest, Registry, Token};
use quinn_udp::{Transmit, UdpSocketState};
use socket2::{Domain, Protocol, Type};
use turn::{AllocationId, Client, Transport};

use super::arena::Arena;
use crate::fault::Fault;

/// What the system is asked to hold for a socket that all clients send to.
const SHARED_BUFFER: usize = 4 * 1024 * 1024;
/// How many of our addresses are told apart; a host rarely has more than a few.
const MAX_LINKS: usize = 256;

/// Binds a socket for STUN and TURN.
pub fn bind(address: SocketAddr) -> Result<std::net::UdpSocket, Fault> {
    let socket = open(address).map_err(|error| Fault::of_binding(address, "--udp", &error))?;
    let shared = socket2::SockRef::from(&socket);
    // The system may grant less.
    let asked = shared
        .set_recv_buffer_size(SHARED_BUFFER)
        .and_then(|()| shared.set_send_buffer_size(SHARED_BUFFER));
    if let Err(error) = asked {
        tracing::debug!(%error, "socket buffers");
    }
    Ok(socket)
}

/// A socket of one family: `[::]` leaves IPv4 to a socket of its own.
pub(super) fn open(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let domain = Domain::for_address(address);
    let socket = socket2::Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// A socket that reads and writes many datagrams at once, where the system can.
pub(super) struct Socket {
    io: mio::net::UdpSocket,
    state: UdpSocketState,
}

impl Socket {
    pub(super) fn new(
        socket: std::net::UdpSocket,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        // Also sets Don't Fragment.
        let state = UdpSocketState::new((&socket).into())?;
        let mut io = mio::net::UdpSocket::from_std(socket);
        registry.register(&mut io, token, Interest::READABLE)?;
        Ok(Self { io, state })
    }

    /// Reads what is there, up to `wanted` buffers.
    pub(super) fn receive(&self, arena: &mut Arena, wanted: usize) -> io::Result<usize> {
        arena.fill(wanted, |buffers, meta| {
            self.state.recv((&self.io).into(), buffers, meta)
        })
    }

    /// Sends datagrams of `segment` bytes (the last one may be shorter) to one place. Gives how
    /// many system calls failed.
    fn send(&self, to: SocketAddr, from: Option<IpAddr>, contents: &[u8], segment: usize) -> u64 {
        let transmit = |contents: &[u8], segment_size| {
            self.state.try_send(
                (&self.io).into(),
                &Transmit {
                    destination: to,
                    ecn: None,
                    contents,
                    segment_size,
                    src_ip: from,
                },
            )
        };
        if contents.len() <= segment {
            return u64::from(transmit(contents, None).is_err());
        }
        let segment = segment.max(1);
        let mut failed = 0;
        let at_once = segment.saturating_mul(self.state.max_gso_segments().max(1));
        for chunk in contents.chunks(at_once) {
            let Err(error) = transmit(chunk, Some(segment)) else {
                continue;
            };
            if error.kind() == io::ErrorKind::WouldBlock {
                failed += 1;
                continue;
            }
            // Not every network interface takes several at once.
            let one_by_one = chunk.chunks(segment).map(|one| transmit(one, None));
            failed += one_by_one.filter(Result::is_err).count() as u64;
        }
        failed
    }
}

/// The sockets that clients come to.
#[derive(Default)]
pub(super) struct Ends {
    ends: Vec<Socket>,
    /// Which socket and which address of ours a client came to, by the number the core has for it.
    links: Vec<(usize, Option<IpAddr>)>,
}

impl Ends {
    pub(super) fn push(&mut self, end: Socket) {
        self.ends.push(end);
    }

    pub(super) fn get(&self, end: usize) -> Option<&Socket> {
        self.ends.get(end)
    }

    /// The client that a datagram came from.
    pub(super) fn client(
        &mut self,
        end: usize,
        local: Option<IpAddr>,
        address: SocketAddr,
    ) -> Client {
        let link = self.links.iter().position(|link| *link == (end, local));
        let link = link.unwrap_or_else(|| {
            let known = (self.links.len() < MAX_LINKS).then_some(local).flatten();
            let again = self.links.iter().position(|link| *link == (end, known));
            again.unwrap_or_else(|| {
                self.links.push((end, known));
                self.links.len() - 1
            })
        });
        Client {
            transport: Transport::Udp,
            link: link as u64,
            address,
        }
    }

    /// The address of ours that a client came to.
    pub(super) fn local(&self, link: u64) -> Option<IpAddr> {
        usize::try_from(link)
            .ok()
            .and_then(|link| self.links.get(link))
            .and_then(|(_, local)| *local)
    }

    fn of(&self, link: u64) -> Option<(&Socket, Option<IpAddr>)> {
        let (end, local) = self.links.get(usize::try_from(link).ok()?)?;
        Some((self.ends.get(*end)?, *local))
    }
}

/// The allocations' sockets, by their slots.
#[derive(Default)]
pub(super) struct Relayed(Vec<Option<(AllocationId, Socket)>>);

impl Relayed {
    pub(super) fn open(&mut self, id: AllocationId, socket: Socket) {
        let slot = id.slot();
        if self.0.len() <= slot {
            self.0.resize_with(slot + 1, || None);
        }
        if let Some(place) = self.0.get_mut(slot) {
            *place = Some((id, socket));
        }
    }

    pub(super) fn close(&mut self, id: AllocationId) {
        if let Some(place) = self.0.get_mut(id.slot())
            && place.as_ref().is_some_and(|(held, _)| *held == id)
        {
            *place = None;
        }
    }

    pub(super) fn get(&self, slot: usize) -> Option<&(AllocationId, Socket)> {
        self.0.get(slot)?.as_ref()
    }
}

/// Which way a datagram goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// From an allocation's socket to a peer.
    Peer {
        allocation: AllocationId,
        peer: SocketAddr,
    },
    /// To a client, from where it came to.
    Client { link: u64, address: SocketAddr },
}

impl From<Client> for To {
    fn from(client: Client) -> Self {
        Self::Client {
            link: client.link,
            address: client.address,
        }
    }
}

/// Where datagrams go out.
pub(super) struct Out<'a> {
    pub(super) ends: &'a Ends,
    pub(super) relayed: &'a Relayed,
    pub(super) dropped: &'a Cell<u64>,
}

impl Out<'_> {
    /// Sends datagrams of `segment` bytes, the last of which may be shorter.
    pub(super) fn send(&self, to: To, contents: &[u8], segment: usize) {
        let failed = match to {
            To::Peer { allocation, peer } => match self.relayed.get(allocation.slot()) {
                Some((id, socket)) if *id == allocation => {
                    socket.send(peer, None, contents, segment)
                }
                _ => 0,
            },
            To::Client { link, address } => match self.ends.of(link) {
                Some((socket, local)) => socket.send(address, local, contents, segment),
                None => 0,
            },
        };
        self.dropped.set(self.dropped.get() + failed);
    }
}
