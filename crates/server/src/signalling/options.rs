//! What the operator decides.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use room::RelayKey;

/// How signalling is to be run.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many participants a room takes.
    pub max_participants: u32,
    /// The relay, if there is one.
    pub relay: Option<RelayControl>,
    /// Signs resume tickets: 32 random bytes, which have to survive a restart for calls to
    /// survive it, and have to stay secret.
    pub ticket_key: [u8; 32],
    pub limits: Limits,
}

impl Options {
    /// A room for two and the usual limits.
    pub fn new(ticket_key: [u8; 32]) -> Self {
        Self {
            max_participants: 2,
            relay: None,
            ticket_key,
            limits: Limits::default(),
        }
    }
}

/// Has the relay work for the user of this name, who is at this address.
type Grant = Arc<dyn Fn(&str, IpAddr) + Send + Sync>;

/// The relay, as far as signalling has to do with it.
#[derive(Clone)]
pub struct RelayControl {
    /// Signs its credentials.
    pub key: [u8; 32],
    /// Has it work for somebody, until [`Self::revoke`].
    pub grant: Grant,
    /// Ends at once what it does for the user of this name.
    pub revoke: Arc<dyn Fn(&str) + Send + Sync>,
    /// Tells it that somebody has connected from this address.
    pub expect: Arc<dyn Fn(IpAddr) + Send + Sync>,
}

impl fmt::Debug for RelayControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelayControl(..)")
    }
}

/// What clients may use up.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many rooms there may be.
    pub max_rooms: usize,
    /// How many connections there may be.
    pub max_connections: usize,
    /// How many connections one IPv4 address or IPv6 /64 may have.
    pub max_connections_per_address: usize,
    /// Messages per second that a connection may go on sending; 0 for no limit.
    pub messages_per_second: u32,
    /// Messages that it may send at once.
    pub message_burst: u32,
    /// Messages that may wait for a client to read them.
    pub outbox_messages: usize,
    /// The same in bytes.
    pub outbox_bytes: usize,
    /// How often a client is asked whether it is still there. It is closed when it has not been
    /// heard of for two such times after the first.
    pub ping_interval: Duration,
    /// How long writing to a client may stand still.
    pub write_limit: Duration,
    /// For how long a credential for the relay can be put to its first use.
    pub relay_lifetime: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let rooms = room::Config::default();
        Self {
            max_rooms: rooms.max_rooms,
            max_connections: rooms.max_connections,
            max_connections_per_address: rooms.max_connections_per_address,
            messages_per_second: rooms.messages_per_second,
            message_burst: rooms.message_burst,
            outbox_messages: 512,
            outbox_bytes: 1024 * 1024,
            ping_interval: Duration::from_secs(25),
            write_limit: Duration::from_secs(10),
            relay_lifetime: rooms.relay_lifetime,
        }
    }
}

impl Options {
    /// The part that the rooms decide by.
    pub(super) fn rooms(&self) -> room::Config {
        room::Config {
            max_participants: self.max_participants,
            max_rooms: self.limits.max_rooms,
            max_connections: self.limits.max_connections,
            max_connections_per_address: self.limits.max_connections_per_address,
            messages_per_second: self.limits.messages_per_second,
            message_burst: self.limits.message_burst,
            relay_lifetime: self.limits.relay_lifetime,
            relay_key: self.relay.as_ref().map(|relay| RelayKey::new(&relay.key)),
            ..room::Config::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_in_protocol_md_are_the_usual_ones() {
        let document = include_str!("../../../../PROTOCOL.md");
        let limits = Limits::default();
        let mebibytes = limits.outbox_bytes / (1024 * 1024);
        for row in [
            format!(
                "| {}, and {mebibytes} MiB | close 4002 |",
                limits.outbox_messages
            ),
            format!(
                "| {} seconds | the connection is dropped |",
                limits.write_limit.as_secs()
            ),
            format!(
                "a WebSocket ping every {} seconds",
                limits.ping_interval.as_secs()
            ),
        ] {
            assert!(document.contains(&row), "{row}");
        }
    }
}
