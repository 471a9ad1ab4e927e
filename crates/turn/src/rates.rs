//! How much the server relays: for one allocation, for one address, in all, and to peers that have not
//! sent anything yet.
//!
//! Whoever has credentials can name any public address as a peer. Until something comes from that
//! address, nobody knows that it wants what is sent to it, so the server sends it no more than ICE
//! needs to reach it (RFC 8445). The first packet of a peer lifts that limit at once: a peer's own
//! check can reach the relayed address at any time.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use protocol::AddressGroup;

use crate::Config;
use crate::bucket::{Bucket, Rate};
use crate::table::Keyed;

/// How much may come at once: a key frame.
const BURST: Duration = Duration::from_millis(500);
/// How many addresses are told apart. They take half a megabyte, when it is first needed. Two
/// addresses in one slot share the rate of one, which only a flood comes near to.
const SLOTS: usize = 1 << 15;

/// The rate to all unheard peers of one allocation: those that have not sent anything. A browser
/// sends some 3,000 bytes of checks a second to all candidates together, and gives up after 15 s.
const UNHEARD: (u32, Duration) = (2_000, Duration::from_secs(10));
/// The rate to all unheard peers at one address, which may be an office that many call at once.
const UNHEARD_PER_ADDRESS: (u32, Duration) = (20_000, Duration::from_secs(5));
/// The rate to all unheard peers together.
const UNHEARD_IN_ALL: (u32, Duration) = (500_000, Duration::from_secs(2));

/// The rates that allocations share.
#[derive(Debug)]
pub(crate) struct Rates {
    keyed: Keyed,
    per_address: Option<Rate>,
    in_all: Option<Rate>,
    addresses: Slots,
    to_peers: Bucket,
    to_clients: Bucket,
    unheard_addresses: Slots,
    unheard: Bucket,
}

/// The rates of one allocation.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: Option<Rate>,
    to_client: Bucket,
    to_peer: Bucket,
    unheard: Bucket,
}

/// One bucket for each address, found by a hash of the address.
#[derive(Debug, Default)]
struct Slots(Vec<Bucket>);

/// In what part an address is counted: each part has a bucket of its own.
#[derive(Debug, Clone, Copy, Hash)]
enum As {
    ClientThatSends,
    ClientThatGets,
    Peer,
}

/// Why data is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// A rate is used up.
    TooFast,
    /// The peer has not sent anything yet and has been sent enough.
    Unheard,
}

impl Slots {
    fn take(&mut self, now: Instant, hash: u64, rate: Rate, bytes: usize) -> bool {
        if self.0.is_empty() {
            self.0 = vec![Bucket::full(); SLOTS];
        }
        let bucket = self.0.get_mut(hash as usize % SLOTS);
        bucket.is_some_and(|it| it.take(now, rate, bytes))
    }
}

/// Whether a bucket has this many bytes, and takes them if so. Without a rate there is no limit.
fn take(bucket: &mut Bucket, rate: Option<Rate>, now: Instant, bytes: usize) -> bool {
    rate.is_none_or(|rate| bucket.take(now, rate, bytes))
}

impl Pace {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            rate: config.max_bytes_per_second.map(|it| Rate::new(it, BURST)),
            to_client: Bucket::full(),
            to_peer: Bucket::full(),
            unheard: Bucket::full(),
        }
    }
}

impl Rates {
    pub(crate) fn new(keyed: Keyed, config: &Config) -> Self {
        let rate = |limit: Option<u32>| limit.map(|it| Rate::new(it, BURST));
        Self {
            keyed,
            per_address: rate(config.max_bytes_per_second_per_address),
            in_all: rate(config.max_bytes_per_second_in_all),
            addresses: Slots::default(),
            to_peers: Bucket::full(),
            to_clients: Bucket::full(),
            unheard_addresses: Slots::default(),
            unheard: Bucket::full(),
        }
    }

    /// Whether a client at this address may send this many more bytes now.
    pub(crate) fn may_send(
        &mut self,
        now: Instant,
        pace: &mut Pace,
        client: IpAddr,
        bytes: usize,
    ) -> Result<(), Held> {
        let own = take(&mut pace.to_peer, pace.rate, now, bytes);
        let may = own && self.of_address(now, As::ClientThatSends, client, bytes);
        may.then_some(()).ok_or(Held::TooFast)
    }

    /// Whether this many more bytes may leave for a peer now.
    pub(crate) fn may_leave(
        &mut self,
        now: Instant,
        pace: &mut Pace,
        (peer, is_heard): (IpAddr, bool),
        bytes: usize,
    ) -> Result<(), Held> {
        if !is_heard && !self.may_leave_unheard(now, pace, peer, bytes) {
            return Err(Held::Unheard);
        }
        let may = self.of_address(now, As::Peer, peer, bytes)
            && take(&mut self.to_peers, self.in_all, now, bytes);
        may.then_some(()).ok_or(Held::TooFast)
    }

    fn may_leave_unheard(
        &mut self,
        now: Instant,
        pace: &mut Pace,
        peer: IpAddr,
        bytes: usize,
    ) -> bool {
        let rate = |(per_second, depth)| Rate::new(per_second, depth);
        let hash = self.keyed.hash(&AddressGroup::of(peer));
        let per_address = rate(UNHEARD_PER_ADDRESS);
        pace.unheard.take(now, rate(UNHEARD), bytes)
            && self.unheard_addresses.take(now, hash, per_address, bytes)
            && self.unheard.take(now, rate(UNHEARD_IN_ALL), bytes)
    }

    /// Whether this many more bytes may go to a client at this address now.
    pub(crate) fn may_receive(
        &mut self,
        now: Instant,
        pace: &mut Pace,
        client: IpAddr,
        bytes: usize,
    ) -> Result<(), Held> {
        let own = take(&mut pace.to_client, pace.rate, now, bytes);
        let may = own
            && self.of_address(now, As::ClientThatGets, client, bytes)
            && take(&mut self.to_clients, self.in_all, now, bytes);
        may.then_some(()).ok_or(Held::TooFast)
    }

    fn of_address(&mut self, now: Instant, what: As, address: IpAddr, bytes: usize) -> bool {
        let Some(rate) = self.per_address else {
            return true;
        };
        let hash = self.keyed.hash(&(what, AddressGroup::of(address)));
        self.addresses.take(now, hash, rate, bytes)
    }
}
