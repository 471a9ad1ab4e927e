//! Counts the open connections, in all and for each address.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use protocol::AddressGroup;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{meters::AwayReason, networks::Networks};

/// How many connections that speak HTTP, or have not spoken yet, there may be at once. WebSockets
/// are counted by signalling. Connections that speak TURN are counted here for each address only,
/// for the relay bounds their total.
const MAX_HTTP: u32 = 8192;
/// How many TLS handshakes there may be at once.
const MAX_HANDSHAKES: usize = 512;
/// How many of them one address may have. It takes 64 addresses to use up all.
const MAX_HANDSHAKES_PER_ADDRESS: usize = 8;

/// Decides which connections are let in.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    /// Trusted proxies. Everyone behind one comes from its address, so that address has no limit.
    trusted: Networks,
    /// Connections of each kind that one address may have.
    pub(super) per_address: u32,
    inside: Arc<Mutex<Inside>>,
    handshakes: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Inside {
    /// The connections of all addresses, without those that speak TURN.
    total: u32,
    by_address: BTreeMap<AddressGroup, Share>,
}

/// The connections and handshakes of one address.
#[derive(Debug)]
struct Share {
    http: u32,
    turn: u32,
    handshakes: Arc<Semaphore>,
}

/// What a connection is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    Turn,
}

/// The place of one connection. It is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    gate: Gate,
    key: Option<AddressGroup>,
    kind: Kind,
}

/// The permission to make a handshake. It is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    _of_address: Option<OwnedSemaphorePermit>,
    _of_all: OwnedSemaphorePermit,
}

impl Gate {
    pub(super) fn new(trusted: Networks, per_address: u32) -> Self {
        Self {
            trusted,
            per_address,
            inside: Arc::default(),
            handshakes: Arc::new(Semaphore::new(MAX_HANDSHAKES)),
        }
    }

    /// Whether this is a trusted proxy, which may name the client for whom it connects.
    pub(super) fn is_trusted(&self, peer: IpAddr) -> bool {
        self.trusted.contains(peer)
    }

    pub(super) fn enter(&self, peer: IpAddr) -> Result<Place, AwayReason> {
        let mut inside = self.lock();
        if inside.total >= MAX_HTTP {
            return Err(AwayReason::Total);
        }
        let key = self.key(peer);
        inside.take(key, Kind::Http, self.per_address)?;
        Ok(Place {
            gate: self.clone(),
            key,
            kind: Kind::Http,
        })
    }

    /// The address to which a connection counts. None for trusted proxies and loopback addresses,
    /// from which many people may come.
    fn key(&self, peer: IpAddr) -> Option<AddressGroup> {
        let peer = peer.to_canonical();
        (!peer.is_loopback() && !self.trusted.contains(peer)).then(|| AddressGroup::of(peer))
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn take(
        &mut self,
        key: Option<AddressGroup>,
        kind: Kind,
        limit: u32,
    ) -> Result<(), AwayReason> {
        if let Some(key) = key {
            let share = self.by_address.entry(key).or_insert_with(|| Share {
                http: 0,
                turn: 0,
                handshakes: Arc::new(Semaphore::new(MAX_HANDSHAKES_PER_ADDRESS)),
            });
            let count = share.count(kind);
            if *count >= limit {
                return Err(AwayReason::Address);
            }
            *count += 1;
        }
        if kind == Kind::Http {
            self.total += 1;
        }
        Ok(())
    }

    fn give_back(&mut self, key: Option<AddressGroup>, kind: Kind) {
        if kind == Kind::Http {
            self.total = self.total.saturating_sub(1);
        }
        let Some(key) = key else { return };
        if let Some(share) = self.by_address.get_mut(&key) {
            let count = share.count(kind);
            *count = count.saturating_sub(1);
            if share.http == 0 && share.turn == 0 {
                self.by_address.remove(&key);
            }
        }
    }
}

impl Share {
    fn count(&mut self, kind: Kind) -> &mut u32 {
        match kind {
            Kind::Http => &mut self.http,
            Kind::Turn => &mut self.turn,
        }
    }
}

impl Place {
    /// A proxy has named its client: from now on the connection counts to that client's address.
    pub(super) fn belongs_to(&mut self, peer: IpAddr) -> Result<(), AwayReason> {
        self.change(self.gate.key(peer), self.kind)
    }

    /// The connection turned out to speak TURN.
    pub(super) fn speaks_turn(&mut self) -> Result<(), AwayReason> {
        self.change(self.key, Kind::Turn)
    }

    fn change(&mut self, key: Option<AddressGroup>, kind: Kind) -> Result<(), AwayReason> {
        let gate = self.gate.clone();
        let mut inside = gate.lock();
        inside.take(key, kind, gate.per_address)?;
        inside.give_back(self.key, self.kind);
        (self.key, self.kind) = (key, kind);
        Ok(())
    }

    /// Waits until a handshake may be made. The limit of the address comes first, so that an
    /// address with many handshakes does not hold up others.
    pub(super) async fn handshake(&self) -> Option<Permit> {
        let own = self.key.and_then(|key| {
            let inside = self.gate.lock();
            let share = inside.by_address.get(&key)?;
            Some(Arc::clone(&share.handshakes))
        });
        let of_address = match own {
            Some(own) => Some(own.acquire_owned().await.ok()?),
            None => None,
        };
        let all = Arc::clone(&self.gate.handshakes);
        Some(Permit {
            _of_address: of_address,
            _of_all: all.acquire_owned().await.ok()?,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.lock().give_back(self.key, self.kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARE: u32 = 128;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn gate() -> Gate {
        Gate::new([ip("10.0.0.9").into()].into_iter().collect(), SHARE)
    }

    #[test]
    fn an_address_has_its_share_and_gives_it_back() {
        let gate = gate();
        let enter = |address: &str| gate.enter(ip(address));
        let mut places: Vec<_> = (0..SHARE)
            .map(|host| enter(&format!("2001:db8::{host:x}")).unwrap())
            .collect();
        assert_eq!(enter("2001:db8::ffff:1").unwrap_err(), AwayReason::Address);
        assert!(enter("2001:db8:0:1::1").is_ok());
        places.pop();
        assert!(enter("2001:db8::1").is_ok());
        drop(places);
        assert!(gate.lock().by_address.is_empty());
        // Loopback addresses and trusted proxies are not held to the share of one address.
        let places: Vec<_> = (0..MAX_HTTP)
            .map(|number| {
                enter(if number % 2 == 0 {
                    "127.0.0.1"
                } else {
                    "10.0.0.9"
                })
                .unwrap()
            })
            .collect();
        assert_eq!(enter("127.0.0.1").unwrap_err(), AwayReason::Total);
        drop(places);
        assert_eq!(gate.lock().total, 0);
    }

    #[test]
    fn those_that_speak_turn_have_a_share_of_their_own() {
        let gate = gate();
        let enter = || gate.enter(ip("198.51.100.1"));
        let mut streams: Vec<_> = (0..SHARE)
            .map(|_| {
                let mut place = enter().unwrap();
                place.speaks_turn().unwrap();
                place
            })
            .collect();
        assert_eq!(gate.lock().total, 0);
        let mut more = enter().unwrap();
        assert_eq!(more.speaks_turn(), Err(AwayReason::Address));
        streams.pop();
        assert_eq!(more.speaks_turn(), Ok(()));
        drop((streams, more));
        assert!(gate.lock().by_address.is_empty());
    }

    #[test]
    fn a_connection_counts_to_whom_the_proxy_speaks_for() {
        let gate = gate();
        let through_proxy = || {
            let mut place = gate.enter(ip("10.0.0.9")).unwrap();
            place.belongs_to(ip("198.51.100.1")).map(|()| place)
        };
        let places: Vec<_> = (0..SHARE).map(|_| through_proxy().unwrap()).collect();
        assert_eq!(through_proxy().unwrap_err(), AwayReason::Address);
        assert_eq!(gate.lock().total, SHARE);
        drop(places);
        assert_eq!(gate.lock().total, 0);
    }

    #[tokio::test]
    async fn one_address_cannot_use_up_the_handshakes() {
        let gate = gate();
        let place = gate.enter(ip("198.51.100.1")).unwrap();
        let mut permits = Vec::new();
        for _ in 0..MAX_HANDSHAKES_PER_ADDRESS {
            permits.push(place.handshake().await.unwrap());
        }
        tokio::select! {
            biased;
            _ = place.handshake() => panic!("more than its share"),
            () = tokio::task::yield_now() => {}
        }
        let other = gate.enter(ip("198.51.100.2")).unwrap();
        assert!(other.handshake().await.is_some());
        drop(permits);
        assert!(place.handshake().await.is_some());
    }
}
