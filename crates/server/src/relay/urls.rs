//! Where a client finds STUN and TURN, under the name by which it found the page.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use room::IceUrls;

use crate::host::{Authority, HTTPS_PORT, Host, Scheme};

/// Writes the URIs (RFC 7064, RFC 7065). The last ones are kept, for most clients share them.
#[derive(Debug, Default)]
pub struct Urls {
    udp: Vec<SocketAddr>,
    /// Where TURN over TLS is found besides the port of the page.
    turn_tls: Option<Authority>,
    last: Mutex<Option<(Asked, Arc<IceUrls>)>>,
}

/// How a client asked for the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The host it asked for.
    pub authority: Authority,
    /// How.
    pub scheme: Scheme,
    /// Through a proxy, which passes nothing on but HTTP.
    pub is_proxied: bool,
}

impl Urls {
    /// With the addresses at which STUN and TURN over UDP are spoken, and the host and port of
    /// TURN over TLS where that is not the page's own.
    pub fn new(udp: &[SocketAddr], turn_tls: Option<Authority>) -> Self {
        Self {
            udp: udp.to_vec(),
            turn_tls,
            last: Mutex::default(),
        }
    }

    /// The URIs for a client.
    pub fn of(&self, asked: Asked) -> Arc<IceUrls> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, urls)) = &*last
            && *known == asked
        {
            return Arc::clone(urls);
        }
        let urls = Arc::new(self.write(&asked));
        *last = Some((asked, Arc::clone(&urls)));
        urls
    }

    fn write(&self, asked: &Asked) -> IceUrls {
        let host = &asked.authority.host;
        let mut urls = IceUrls::default();
        // The same port for all addresses, unless the operator chose otherwise.
        let reachable = |bound: &&SocketAddr| match host {
            Host::Address(address) => {
                bound.is_ipv4() == address.is_ipv4() && is_at(bound.ip(), *address)
            }
            Host::Name(_) => true,
        };
        if let Some(bound) = self.udp.iter().find(reachable) {
            let port = bound.port();
            urls.stun.push(format!("stun:{host}:{port}"));
            urls.turn.push(format!("turn:{host}:{port}?transport=udp"));
        }
        if !asked.is_proxied {
            let port = asked
                .authority
                .port
                .unwrap_or_else(|| asked.scheme.default_port());
            urls.turn.push(format!("turn:{host}:{port}?transport=tcp"));
            if asked.scheme == Scheme::Https {
                urls.turn.push(format!("turns:{host}:{port}?transport=tcp"));
            }
        }
        if let Some(Authority { host, port }) = &self.turn_tls {
            let port = port.unwrap_or(HTTPS_PORT);
            let url = format!("turns:{host}:{port}?transport=tcp");
            if !urls.turn.contains(&url) {
                urls.turn.push(url);
            }
        }
        urls
    }
}

/// Whether a socket that is bound there can be reached by this address. Behind a NAT the address
/// is none of ours; only a loopback one is surely not the way to anything else.
fn is_at(bound: IpAddr, address: IpAddr) -> bool {
    bound.is_unspecified() || bound == address || (!bound.is_loopback() && !address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(
        udp: &[&str],
        asked: &str,
        scheme: Scheme,
        is_proxied: bool,
    ) -> (Vec<String>, Vec<String>) {
        let udp: Vec<SocketAddr> = udp
            .iter()
            .map(|address| address.parse().expect("an address"))
            .collect();
        let urls = Urls::new(&udp, None).of(Asked {
            authority: Authority::parse(asked).expect("a host"),
            scheme,
            is_proxied,
        });
        (urls.stun.clone(), urls.turn.clone())
    }

    #[test]
    fn they_name_the_host_and_port_that_the_browser_used() {
        let both = ["0.0.0.0:3478", "[::]:3478"];
        let (stun, turn) = urls(&both, "call.example", Scheme::Https, false);
        assert_eq!(stun, ["stun:call.example:3478"]);
        assert_eq!(
            turn,
            [
                "turn:call.example:3478?transport=udp",
                "turn:call.example:443?transport=tcp",
                "turns:call.example:443?transport=tcp"
            ]
        );
        let (stun, turn) = urls(&both, "[2001:db8::5]:8443", Scheme::Https, false);
        assert_eq!(stun, ["stun:[2001:db8::5]:3478"]);
        assert_eq!(turn[2], "turns:[2001:db8::5]:8443?transport=tcp");
        let (_, turn) = urls(&both, "localhost:8080", Scheme::Http, false);
        assert_eq!(
            turn,
            [
                "turn:localhost:3478?transport=udp",
                "turn:localhost:8080?transport=tcp"
            ]
        );
    }

    #[test]
    fn what_does_not_lead_here_is_left_out() {
        let (stun, turn) = urls(&["0.0.0.0:3478"], "[2001:db8::5]", Scheme::Https, false);
        assert!(stun.is_empty(), "no UDP over IPv6");
        assert_eq!(turn.len(), 2);
        let (stun, _) = urls(&["127.0.0.1:3478"], "192.168.1.5", Scheme::Https, false);
        assert!(stun.is_empty(), "bound to the loopback address only");
        let (stun, turn) = urls(&["0.0.0.0:3478"], "call.example", Scheme::Https, true);
        assert_eq!(
            (stun.len(), turn.len()),
            (1, 1),
            "a proxy passes only HTTP on"
        );
        let (stun, turn) = urls(&[], "call.example", Scheme::Https, true);
        assert!(stun.is_empty() && turn.is_empty());
    }

    #[test]
    fn behind_a_proxy_the_port_of_turn_over_tls_is_the_one_that_the_operator_named() {
        let at = |turn_tls: &str, asked: &str, is_proxied| {
            let urls = Urls::new(&[], Authority::parse(turn_tls)).of(Asked {
                authority: Authority::parse(asked).expect("a host"),
                scheme: Scheme::Https,
                is_proxied,
            });
            urls.turn.clone()
        };
        assert_eq!(
            at("turn.example:5349", "call.example", true),
            ["turns:turn.example:5349?transport=tcp"]
        );
        assert_eq!(
            at("turn.example", "call.example", true),
            ["turns:turn.example:443?transport=tcp"]
        );
        // Somebody who came by that very port is told of it once and not twice.
        let direct = at("call.example:443", "call.example", false);
        assert_eq!(direct.len(), 2, "{direct:?}");
    }
}
