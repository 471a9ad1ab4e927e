//! One allocation: its peers, channels and limits (RFC 8656, section 2.2).

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::rates::{Held, Pace, Rates};
use crate::{AllocationId, Client, Family, Header, Key, RelayedSocket};

/// How long a permission lasts (RFC 8656, section 9).
pub(crate) const PERMISSION_LIFETIME: Duration = Duration::from_secs(300);
/// How long a channel lasts (RFC 8656, section 12).
pub(crate) const CHANNEL_LIFETIME: Duration = Duration::from_secs(600);
/// How many permissions an allocation has at most. A peer has as many candidates as it has
/// networks and relays; each asks for one.
pub(crate) const PERMISSIONS: usize = 64;
/// How many channels an allocation has at most.
pub(crate) const CHANNELS: usize = 64;

/// How a peer is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Through the allocation's socket.
    Outside,
    /// It is another allocation of this server: handed over, never sent.
    Inside,
}

#[derive(Debug)]
pub(crate) struct Allocation {
    pub id: AllocationId,
    pub client: Client,
    pub participant: Box<str>,
    /// When the credential that made it expires; older ones cannot be used on it.
    pub credential_unix_s: u64,
    pub family: Family,
    pub state: State,
    /// The request that made it. The same request again gets the same answer.
    pub transaction: [u8; 12],
    pub granted: Duration,
    pub expires: Instant,
    pub peers: Peers,
    pub pace: Pace,
}

#[derive(Debug)]
pub(crate) enum State {
    /// Its socket was asked for; then the request is answered with this key, with a fingerprint
    /// or without.
    Binding {
        key: Key,
        fingerprint: bool,
    },
    Live(RelayedSocket),
}

/// Who may send, and who has a channel.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    permissions: Vec<Permission>,
    /// Sorted by number.
    channels: Vec<Channel>,
    /// The same, sorted by peer.
    by_peer: Vec<(SocketAddr, u16)>,
}

/// A peer that may be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    pub peer: SocketAddr,
    pub reach: Reach,
    /// Whether something has come from the peer's address while the address was permitted.
    pub is_heard: bool,
}

#[derive(Debug, Clone, Copy)]
struct Permission {
    ip: IpAddr,
    reach: Reach,
    is_heard: bool,
    expires: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Channel {
    number: u16,
    peer: SocketAddr,
    reach: Reach,
    /// Whether something has come from this very peer: from its address and port.
    is_heard: bool,
    expires: Instant,
}

/// Why a channel cannot be bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoChannel {
    /// The number has another peer, or the peer another number.
    Taken,
    /// There are too many.
    Full,
}

/// Why data from a peer does not go to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotReceived {
    NoPermission,
    Held(Held),
    TooLong,
}

impl Allocation {
    pub(crate) fn relay(&self) -> Option<RelayedSocket> {
        match self.state {
            State::Live(relay) => Some(relay),
            State::Binding { .. } => None,
        }
    }

    /// What goes to the client before data that came from a peer this way.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        rates: &mut Rates,
        (peer, reach): (SocketAddr, Reach),
        bytes: usize,
        transaction: [u8; 12],
    ) -> Result<Header, NotReceived> {
        if !self.peers.hear(now, peer.ip(), reach) {
            return Err(NotReceived::NoPermission);
        }
        let length = u16::try_from(bytes).map_err(|_| NotReceived::TooLong)?;
        let header = match self.peers.hear_on_channel(now, peer) {
            Some(number) => {
                let stream = self.client.transport.is_stream();
                Header::channel(number, length, stream)
            }
            None => Header::indication(transaction, peer, length).ok_or(NotReceived::TooLong)?,
        };
        let client = self.client.address.ip();
        rates
            .may_receive(now, &mut self.pace, client, bytes)
            .map_err(NotReceived::Held)?;
        Ok(header)
    }
}

impl Peers {
    /// Permits or goes on permitting these peers; all or, if they are too many, none.
    pub(crate) fn permit(&mut self, now: Instant, peers: &[(IpAddr, Reach)]) -> bool {
        self.permissions.retain(|it| it.expires > now);
        let before = self.permissions.clone();
        for (ip, reach) in peers {
            let expires = now + PERMISSION_LIFETIME;
            match self.permissions.iter_mut().find(|it| it.ip == *ip) {
                Some(permission) => {
                    permission.expires = expires;
                    permission.is_heard &= permission.reach == *reach;
                    permission.reach = *reach;
                }
                None => self.permissions.push(Permission {
                    ip: *ip,
                    reach: *reach,
                    is_heard: false,
                    expires,
                }),
            }
        }
        let fits = self.permissions.len() <= PERMISSIONS;
        if !fits {
            self.permissions = before;
        }
        fits
    }

    fn permission(&self, now: Instant, ip: IpAddr) -> Option<&Permission> {
        let permission = self.permissions.iter().find(|it| it.ip == ip)?;
        (permission.expires > now).then_some(permission)
    }

    /// The peer as a target, if its address is permitted.
    pub(crate) fn permitted(&self, now: Instant, peer: SocketAddr) -> Option<Target> {
        let permission = self.permission(now, peer.ip())?;
        Some(Target {
            peer,
            reach: permission.reach,
            is_heard: permission.is_heard,
        })
    }

    /// Notes that something has come from an address by this way; false if that is not permitted.
    fn hear(&mut self, now: Instant, ip: IpAddr, reach: Reach) -> bool {
        let permission = self.permissions.iter_mut().find(|it| it.ip == ip);
        let permission = permission.filter(|it| it.expires > now && it.reach == reach);
        permission.is_some_and(|it| {
            it.is_heard = true;
            true
        })
    }

    /// Notes that something has come from a peer, and returns the peer's channel if it has one.
    fn hear_on_channel(&mut self, now: Instant, peer: SocketAddr) -> Option<u16> {
        let at = self.by_peer.binary_search_by_key(&peer, |it| it.0).ok()?;
        let number = self.by_peer.get(at)?.1;
        let channel = self.channel_mut(now, number)?;
        channel.is_heard = true;
        Some(number)
    }

    /// Binds a channel or goes on with it, and permits its peer.
    pub(crate) fn bind_channel(
        &mut self,
        now: Instant,
        number: u16,
        peer: SocketAddr,
        reach: Reach,
    ) -> Result<(), NoChannel> {
        self.channels.retain(|it| it.expires > now);
        let taken = |it: &Channel| (it.number == number) != (it.peer == peer);
        if self.channels.iter().any(taken) {
            return Err(NoChannel::Taken);
        }
        let new = !self.channels.iter().any(|it| it.number == number);
        if new && self.channels.len() >= CHANNELS || !self.permit(now, &[(peer.ip(), reach)]) {
            return Err(NoChannel::Full);
        }
        let mut same = self.channels.iter().filter(|it| it.number == number);
        let is_heard = same.any(|it| it.is_heard && it.reach == reach);
        self.channels.retain(|it| it.number != number);
        self.channels.push(Channel {
            number,
            peer,
            reach,
            is_heard,
            expires: now + CHANNEL_LIFETIME,
        });
        self.channels.sort_unstable_by_key(|it| it.number);
        self.by_peer = self
            .channels
            .iter()
            .map(|it| (it.peer, it.number))
            .collect();
        self.by_peer.sort_unstable();
        Ok(())
    }

    /// The peer of a channel as a target, if the channel is there.
    pub(crate) fn channel(&self, now: Instant, number: u16) -> Option<Target> {
        let at = self.channels.binary_search_by_key(&number, |it| it.number);
        let channel = self.channels.get(at.ok()?)?;
        let permission = || self.permission(now, channel.peer.ip());
        (channel.expires > now).then(|| Target {
            peer: channel.peer,
            reach: channel.reach,
            is_heard: channel.is_heard || permission().is_some_and(|it| it.is_heard),
        })
    }

    fn channel_mut(&mut self, now: Instant, number: u16) -> Option<&mut Channel> {
        let at = self.channels.binary_search_by_key(&number, |it| it.number);
        let channel = self.channels.get_mut(at.ok()?)?;
        (channel.expires > now).then_some(channel)
    }
}
