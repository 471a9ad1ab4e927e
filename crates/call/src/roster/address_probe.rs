//! Whether the device has other addresses than its connections know.
//!
//! A browser may tell its connections of a change seconds late: Chromium waits to see whether the
//! change lasts, on Linux for two seconds. A connection that is made where it has to ask the device
//! anew has the addresses of now. So when nothing comes any more such a one is made, with its offer:
//! if it finds an address that the lost connection does not know, it takes that one's place, and if
//! not, it is closed again.

use std::time::Duration;

use protocol::Candidate;
use web_time::Instant;

use super::peer::Peer;
use crate::connection::Connection;
use crate::context::Context;
use crate::outbox::Outbox;

/// By then it has found what there is to find.
const LIFE: Duration = Duration::from_secs(3);
/// What was found so recently need not be looked for again.
const RECENT: Duration = Duration::from_secs(1);
/// After so long every connection of the page knows, too.
const LATE: Duration = Duration::from_secs(5);

/// A connection that looks at the network.
#[derive(Debug, Clone, Default)]
pub(crate) struct AddressProbe {
    /// There is a reason to look, if anybody is lost.
    pub(crate) is_wanted: bool,
    pub(crate) connection: Option<Box<Connection>>,
}

impl AddressProbe {
    pub(crate) fn drop(&mut self, out: &mut Outbox) {
        if let Some(connection) = self.connection.take() {
            let _log = connection.close(out);
        }
    }

    /// Looks at the network if there is a reason to, and puts what found a new address where it is
    /// needed.
    pub(crate) fn settle(&mut self, peers: &mut [Peer], cx: &mut Context<'_>) {
        // Firefox tells its connections at once; where a browser hides its addresses nothing can be
        // found.
        let may_move =
            |it: &Connection| !it.browsers().is_firefox() && addresses(it).next().is_some();
        let mut lost = peers.iter_mut().filter(|it| it.is_lost());
        let Some(peer) = lost.find(|it| it.connection.as_ref().is_some_and(may_move)) else {
            self.is_wanted = false;
            return self.drop(cx.out);
        };
        self.drop_older(LIFE, cx);
        if std::mem::take(&mut self.is_wanted) {
            self.drop_older(RECENT, cx);
            self.connection.get_or_insert_with(|| {
                let mut connection = Connection::create_fresh(cx);
                connection.request_offer();
                Box::new(connection)
            });
        }
        let Some(probe) = &mut self.connection else {
            return;
        };
        probe.drive(cx.now, cx.wishes, true, cx.out);
        let known = peer.connection.as_ref();
        let is_news = known.is_some_and(|known| finds_more(probe, known));
        if is_news && cx.online && peer.about.connected {
            let found = self.connection.take();
            // There may be others to whom the way is lost.
            self.is_wanted = true;
            if let Some(found) = found {
                peer.replace(*found, cx);
            }
        }
    }

    fn drop_older(&mut self, age: Duration, cx: &mut Context<'_>) {
        let born = self.connection.as_ref().map(|it| it.born());
        if born.is_some_and(|born| born + age <= cx.now) {
            self.drop(cx.out);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.connection.as_ref().map(|it| it.born() + LIFE)
    }
}

/// Restarts ICE with everybody, because the device's network has changed. The old paths stay in use
/// for as long as they work.
pub(crate) fn restart_ice(peers: &mut [Peer], now: Instant) {
    let connections = peers.iter_mut().filter_map(|it| it.connection.as_mut());
    for connection in connections.filter(|it| it.is_negotiated() && !knows(it, now)) {
        connection.request_ice_restart();
    }
}

/// It was made so recently, and with the device's addresses of then, that it has nothing to learn of
/// a change that the browser tells now.
fn knows(connection: &Connection, now: Instant) -> bool {
    connection.is_fresh() && now < connection.born() + LATE
}

/// The device has an address that was not there when the known one looked.
fn finds_more(probe: &Connection, known: &Connection) -> bool {
    addresses(probe).any(|it| addresses(known).all(|known| known != it))
}

fn addresses(connection: &Connection) -> impl Iterator<Item = &str> {
    connection.candidates().filter_map(address)
}

/// The address of a host candidate (RFC 8839, section 5.1), if the browser does not hide it behind a
/// name.
fn address(candidate: &Candidate) -> Option<&str> {
    let mut words = candidate.candidate.split_ascii_whitespace();
    let address = words.nth(4)?;
    let is_host = words.nth(2)? == "host";
    (is_host && !address.ends_with(".local")).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<String> {
        let candidate = Candidate {
            candidate: line.to_owned(),
            sdp_mid: None,
            sdp_m_line_index: None,
            username_fragment: None,
        };
        address(&candidate).map(str::to_owned)
    }

    #[test]
    fn only_the_devices_own_addresses_count() {
        let host = "candidate:1 1 udp 2122 192.0.2.7 54400 typ host generation 0";
        assert_eq!(of(host).as_deref(), Some("192.0.2.7"));
        let host = "candidate:1 1 tcp 1518 2001:db8::7 9 typ host tcptype active";
        assert_eq!(of(host).as_deref(), Some("2001:db8::7"));
        for other in [
            "candidate:1 1 udp 2122 192.0.2.7 54400 typ srflx raddr 10.0.0.1 rport 9",
            "candidate:1 1 udp 2122 192.0.2.7 54400 typ relay raddr 0.0.0.0 rport 0",
            "candidate:1 1 udp 2122 0f3a0d5c-7a6e.local 54400 typ host",
            "candidate:1 1 udp 2122 192.0.2.7",
            "",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
