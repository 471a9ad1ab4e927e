//! What goes into the core and what comes out.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use crate::{Anchor, Family, Header, Here};

/// How a client reaches the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// One message per datagram.
    Udp,
    /// A stream of messages ([`crate::frame`]).
    Tcp,
    /// The same, encrypted.
    Tls,
}

impl Transport {
    /// True if messages come in a stream.
    pub fn is_stream(self) -> bool {
        self != Self::Udp
    }
}

/// One client as the server tells it from others: the 5-tuple of RFC 8656, section 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client {
    /// How it reaches us.
    pub transport: Transport,
    /// The owner's own number for our end: of the stream, never used twice, or of the socket (and
    /// address) that a datagram came to.
    pub link: u64,
    /// Where it is.
    pub address: SocketAddr,
}

/// Names an allocation. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AllocationId {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

impl AllocationId {
    /// A small number that no other live allocation has: an index for the owner's tables, in
    /// which it keeps the whole id beside what it stores.
    pub fn slot(self) -> usize {
        self.slot as usize
    }
}

/// Something that happened. Packets come by [`crate::Server::client_packet`] and
/// [`crate::Server::peer_packet`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The answer to [`Output::Bind`].
    Bound {
        /// Which was asked for.
        allocation: AllocationId,
        /// The socket's addresses; `None` if there is none to be had.
        relay: Option<RelayedSocket>,
    },
    /// A stream ended.
    Closed {
        /// Whose stream.
        client: Client,
    },
    /// Somebody is a participant from now on: credentials in this name are good until
    /// [`Input::Revoke`]. The owner says so before it hands out the credentials.
    Grant {
        /// As given to [`crate::Server::credentials`]. The owner must not use a revoked name again,
        /// because its old credentials would be good again.
        participant: String,
        /// The address that the participant counts for, until it is revoked.
        address: IpAddr,
    },
    /// A participant left or was removed: its allocations end at once, and no credentials in its
    /// name are good any more.
    Revoke {
        /// The name that was granted.
        participant: String,
    },
    /// Somebody has opened a connection to the owner from this address, by TCP: it is no forgery, so
    /// that its first request is answered. The owner was sent at least 300 bytes by the connection.
    Expect(IpAddr),
    /// The addresses or the networks of this host have changed.
    Here(Here),
    /// The wall clock was looked at again.
    Clock(Anchor),
}

/// The addresses of a relayed socket. No two live sockets of one family may have the same port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayedSocket {
    /// What the socket is bound to.
    pub bound: SocketAddr,
    /// What peers see: the same, or the one outside of a 1:1 NAT. The port is usually the same.
    pub relayed: SocketAddr,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send a message to a client.
    Send {
        /// To whom.
        client: Client,
        /// One whole message; needs nothing added on a stream.
        message: Vec<u8>,
    },
    /// Bind a UDP socket (an IPv6 one for IPv6 only, with Don't Fragment set) and say
    /// [`Input::Bound`].
    Bind {
        /// For which allocation.
        allocation: AllocationId,
        /// The family to bind.
        family: Family,
        /// The client, whose side of the host may decide the address.
        client: Client,
    },
    /// Close the socket of an allocation, which is gone.
    Close {
        /// Whose socket.
        allocation: AllocationId,
    },
}

/// What is to be done with a packet. Ranges are of the packet's own bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Nothing. (It was data that may not be relayed, or nobody's.)
    Drop,
    /// It was control: look at [`crate::Server::poll_output`].
    Poll,
    /// Send the data from an allocation's socket to a peer.
    ToPeer {
        /// From whose socket.
        allocation: AllocationId,
        /// To whom.
        peer: SocketAddr,
        /// What.
        data: Range<usize>,
    },
    /// Send header, data and padding to a client: of the allocation that a peer sent to, or that
    /// another client of this server relayed to.
    ToClient {
        /// To whom.
        client: Client,
        /// Goes before the data.
        header: Header,
        /// What.
        data: Range<usize>,
    },
}
