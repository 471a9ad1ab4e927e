//! Who is inside, and how many of one address.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{meters::AwayReason, networks::Networks};

/// Connections that speak HTTP, or have yet to speak, at once. One that becomes a WebSocket is
/// counted by signalling, one that speaks TURN by its address alone: the relay bounds them all.
const MAX_HTTP: u32 = 8192;
/// TLS handshakes at once.
const MAX_HANDSHAKES: usize = 512;
/// The same of one address. It takes as many addresses to use up all handshakes as it takes to use
/// up all connections.
const MAX_HANDSHAKES_PER_ADDRESS: usize = 8;

/// Counts who is inside.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    /// Behind a trusted proxy everyone has its address.
    trusted: Networks,
    /// Connections of each kind that one address may have.
    pub(super) per_address: u32,
    inside: Arc<Mutex<Inside>>,
    handshakes: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Inside {
    /// Of all addresses, those that speak TURN left out.
    total: u32,
    by_address: BTreeMap<IpAddr, Share>,
}

/// What one address has.
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

/// A place inside, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    gate: Gate,
    key: Option<IpAddr>,
    kind: Kind,
}

/// A handshake may be made.
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

    /// Whether a proxy is there that speaks for others.
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

    /// Whom a connection counts to; nobody for those who speak for many.
    fn key(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        (!peer.is_loopback() && !self.trusted.contains(peer)).then(|| subscriber(peer))
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn take(&mut self, key: Option<IpAddr>, kind: Kind, limit: u32) -> Result<(), AwayReason> {
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

    fn give_back(&mut self, key: Option<IpAddr>, kind: Kind) {
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
    /// A proxy has said for whom it made the connection: it counts to that one from now on.
    pub(super) fn belongs_to(&mut self, peer: IpAddr) -> Result<(), AwayReason> {
        self.change(self.gate.key(peer), self.kind)
    }

    /// It turned out to speak TURN.
    pub(super) fn speaks_turn(&mut self) -> Result<(), AwayReason> {
        self.change(self.key, Kind::Turn)
    }

    fn change(&mut self, key: Option<IpAddr>, kind: Kind) -> Result<(), AwayReason> {
        let gate = self.gate.clone();
        let mut inside = gate.lock();
        inside.take(key, kind, gate.per_address)?;
        inside.give_back(self.key, self.kind);
        (self.key, self.kind) = (key, kind);
        Ok(())
    }

    /// Waits until a handshake may be made: first within the address, so that nobody's wait is for
    /// those of another.
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

/// One household: an IPv4 address, or the /64 an IPv6 subscriber has all of.
fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let prefix = u128::from(address) >> 64 << 64;
            IpAddr::V6(prefix.into())
        }
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
        // Whoever speaks for many is not held to one's share.
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
