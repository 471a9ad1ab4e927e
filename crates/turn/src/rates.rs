//! How much is relayed: for one allocation, for one address, in all, and to peers that have not said
//! anything yet.
//!
//! Whoever has credentials can name any public address as a peer. Until something comes back from it,
//! nobody knows that it wants what is sent to it, so that it is sent no more than ICE needs to find it
//! (RFC 8445). What a peer's own check brings here opens the way at once, however little is left: a
//! relayed address can be reached from everywhere.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::Config;
use crate::bucket::{Bucket, Rate};
use crate::gate::group;
use crate::table::Keyed;

/// How much may come at once: a key frame.
const BURST: Duration = Duration::from_millis(500);
/// How many addresses are told apart: half a megabyte, taken when it is needed. Two that fall into
/// one slot share what one may have, which only a flood comes near to.
const SLOTS: usize = 1 << 15;

/// To all peers of one allocation that have not said anything. A browser sends some 3,000 bytes a
/// second of checks, to all candidates together, and gives up after 15 s.
const UNHEARD: (u32, Duration) = (2_000, Duration::from_secs(10));
/// To all such peers at one address: an office that is called by many at once.
const UNHEARD_PER_ADDRESS: (u32, Duration) = (20_000, Duration::from_secs(5));
/// To all such peers there are.
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

/// The rates of one allocation, each way.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: Option<Rate>,
    to_client: Bucket,
    to_peer: Bucket,
    unheard: Bucket,
}

/// Buckets by hashes.
#[derive(Debug, Default)]
struct Slots(Vec<Bucket>);

/// What an address is counted for.
#[derive(Debug, Clone, Copy, Hash)]
enum As {
    ClientThatSends,
    ClientThatGets,
    Peer,
}

/// Why something is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// A rate is used up.
    TooFast,
    /// The peer has said nothing yet and has been sent enough.
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

    /// Whether a client at this address may say so much more now.
    pub(crate) fn may_send(
        &mut self,
        now: Instant,
        pace: &mut Pace,
        client: IpAddr,
        bytes: usize,
    ) -> Result<(), Held> {
        let own = pace
            .rate
            .is_none_or(|rate| pace.to_peer.take(now, rate, bytes));
        let may = own && self.of_address(now, As::ClientThatSends, client, bytes);
        may.then_some(()).ok_or(Held::TooFast)
    }

    /// Whether so much more may go out to a peer now.
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
            && self
                .in_all
                .is_none_or(|rate| self.to_peers.take(now, rate, bytes));
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
        let hash = self.keyed.hash(&group(peer));
        let per_address = rate(UNHEARD_PER_ADDRESS);
        pace.unheard.take(now, rate(UNHEARD), bytes)
            && self.unheard_addresses.take(now, hash, per_address, bytes)
            && self.unheard.take(now, rate(UNHEARD_IN_ALL), bytes)
    }

    /// Whether so much more may go to a client at this address now.
    pub(crate) fn may_receive(
        &mut self,
        now: Instant,
        pace: &mut Pace,
        client: IpAddr,
        bytes: usize,
    ) -> Result<(), Held> {
        let own = pace
            .rate
            .is_none_or(|rate| pace.to_client.take(now, rate, bytes));
        let may = own
            && self.of_address(now, As::ClientThatGets, client, bytes)
            && self
                .in_all
                .is_none_or(|rate| self.to_clients.take(now, rate, bytes));
        may.then_some(()).ok_or(Held::TooFast)
    }

    fn of_address(&mut self, now: Instant, what: As, address: IpAddr, bytes: usize) -> bool {
        let Some(rate) = self.per_address else {
            return true;
        };
        let hash = self.keyed.hash(&(what, group(address)));
        self.addresses.take(now, hash, rate, bytes)
    }
}
