//! What the owner of the rooms decides.

use std::time::Duration;

use web_time::Instant;

use crate::{RelayKey, TicketKey};

/// Limits and lifetimes. The defaults suit a server on the open Internet.
#[derive(Debug, Clone)]
pub struct Config {
    /// How many participants a room takes.
    pub max_participants: u32,
    /// How many rooms there may be.
    pub max_rooms: usize,
    /// How many connections there may be.
    pub max_connections: usize,
    /// How many connections one [`protocol::AddressGroup`] may have. Many people can share one
    /// address (an office, a mobile carrier), so this is generous.
    pub max_connections_per_address: usize,
    /// How many lobbies may watch one room: each change in it is told to all of them.
    pub max_lobbies_per_room: usize,
    /// Messages per second that a connection may go on sending; 0 for no limit.
    pub messages_per_second: u32,
    /// Messages that it may send at once, as when ICE candidates come in a burst.
    pub message_burst: u32,
    /// Wrong call codes per minute that one address group may try.
    pub code_tries_per_minute: u32,
    /// Wrong call codes per minute from everywhere, beyond which each address group has only
    /// one try at a time.
    pub code_tries_per_minute_in_all: u32,
    /// How long a call code works.
    pub code_lifetime: Duration,
    /// How long the place of a participant is held after its connection was lost.
    pub hold: Duration,
    /// How long the place of a lost participant is held in a room where nobody else ever was.
    pub hold_alone: Duration,
    /// How long the place is held when the page said `away`: it goes away and may be loaded anew.
    pub hold_away: Duration,
    /// How long after the connection was lost a place is kept from somebody else who wants it.
    pub give_away_after: Duration,
    /// How long a participant may take to answer that it is there, when its place is wanted.
    pub answer: Duration,
    /// How long a resume ticket works. Who stays connected is given a new one in time.
    pub ticket_lifetime: Duration,
    /// How long a room that was brought back by a ticket is closed to newcomers, unless a host is
    /// back sooner. Longer than clients wait between two tries: then all that is known of the
    /// room, as that it is locked, is known again.
    pub settle: Duration,
    /// In what time clients should come back when the server stops. They are spread over as
    /// much again, so that they do not come all at once.
    pub retry_after: Duration,
    /// Signs credentials for the relay, if there is one.
    pub relay_key: Option<RelayKey>,
    /// For how long a credential for the relay can be put to its first use.
    pub relay_lifetime: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_participants: 2,
            max_rooms: 10_000,
            max_connections: 20_000,
            max_connections_per_address: 100,
            max_lobbies_per_room: 100,
            messages_per_second: 60,
            message_burst: 120,
            code_tries_per_minute: 10,
            code_tries_per_minute_in_all: 600,
            code_lifetime: Duration::from_secs(10 * 60),
            hold: Duration::from_secs(60),
            hold_alone: Duration::from_secs(10),
            hold_away: Duration::from_secs(10),
            give_away_after: Duration::from_secs(10),
            answer: Duration::from_secs(2),
            ticket_lifetime: Duration::from_secs(24 * 60 * 60),
            settle: Duration::from_secs(10),
            retry_after: Duration::from_secs(1),
            relay_key: None,
            relay_lifetime: Duration::from_secs(5 * 60),
        }
    }
}

/// What the server signs with. All nodes of one server share them.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Signs resume tickets. Tickets outlive a restart only if the key does.
    pub ticket: TicketKey,
}

/// Ties the monotonic clock to the wall clock: one moment, told by both. Tickets, which outlive
/// the process, are dated by the wall clock.
#[derive(Debug, Clone, Copy)]
pub struct Anchor {
    /// The moment on the monotonic clock.
    pub instant: Instant,
    /// The same moment, in milliseconds since 1970-01-01 UTC.
    pub unix_ms: u64,
}

impl Anchor {
    /// Seconds since 1970-01-01 UTC at `now`.
    pub(crate) fn unix_seconds(&self, now: Instant) -> u64 {
        self.unix_ms(now) / 1_000
    }

    /// Milliseconds since 1970-01-01 UTC at `now`.
    pub(crate) fn unix_ms(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.instant).as_millis();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.unix_ms.saturating_add(since)
    }
}
