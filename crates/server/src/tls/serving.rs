//! Which certificate is shown to whom: the public one in the open, the private one at home.

use std::{fmt, net::IpAddr, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    server::{ClientHello, ProducesTickets, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio_rustls::TlsAcceptor;

use super::{
    identity::Identity,
    names,
    provider::provider,
    public::{PublicCertificate, Source},
};
use crate::{
    fault::Fault,
    host::{Host, HostName},
};

/// The protocol of an authority that checks whether a name is ours (RFC 8737, section 6.2).
pub const CHALLENGE_PROTOCOL: &[u8] = b"acme-tls/1";
/// TURN in the handshake of TLS (RFC 7443, section 3).
pub const TURN_PROTOCOL: &[u8] = b"stun.turn";

/// The TLS of a port, for peers of both kinds.
#[derive(Clone)]
pub struct Acceptors {
    home: TlsAcceptor,
    open: TlsAcceptor,
    public: Option<Arc<PublicCertificate>>,
}

impl fmt::Debug for Acceptors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptors")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// Where a connection comes from, as far as its addresses tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The local network, or this computer.
    Home,
    /// Anywhere.
    Open,
}

impl Acceptors {
    /// With the private certificate, and the public one if there is to be one.
    pub fn new(
        private: &Arc<Identity>,
        public: Option<&Arc<PublicCertificate>>,
    ) -> Result<Self, Fault> {
        // Resumption by tickets costs the server no memory.
        let tickets = aws_lc_rs::Ticketer::new().map_err(|error| unusable(&error))?;
        let acceptor = |side| {
            let chooser = Chooser {
                private: Arc::clone(private),
                public: public.cloned(),
                side,
            };
            config(chooser, &tickets).map(|config| TlsAcceptor::from(Arc::new(config)))
        };
        Ok(Self {
            home: acceptor(Side::Home)?,
            open: acceptor(Side::Open)?,
            public: public.cloned(),
        })
    }

    /// The one for a connection between these addresses.
    pub fn of(&self, own: IpAddr, peer: IpAddr) -> &TlsAcceptor {
        let is_for = |address| {
            self.public
                .as_ref()
                .is_some_and(|public| public.covers(&Host::Address(address)))
        };
        match side(own.to_canonical(), peer.to_canonical(), is_for) {
            Side::Home => &self.home,
            Side::Open => &self.open,
        }
    }
}

/// A browser that goes to an address does not say which (RFC 6066, section 3), and behind a router
/// that forwards its port our own address is a private one even so. What tells is the peer's.
fn side(own: IpAddr, peer: IpAddr, is_for: impl Fn(IpAddr) -> bool) -> Side {
    if names::may_certify_address(peer) && !is_for(own) {
        Side::Home
    } else {
        Side::Open
    }
}

fn unusable(error: &dyn fmt::Display) -> Fault {
    Fault::new(
        "TLS",
        error,
        "this is a fault of the program, please report it",
    )
}

fn config(chooser: Chooser, tickets: &Arc<dyn ProducesTickets>) -> Result<ServerConfig, Fault> {
    let mut protocols = vec![b"http/1.1".to_vec(), TURN_PROTOCOL.to_vec()];
    let asks = |public: &Arc<PublicCertificate>| public.source() == Source::Acme;
    if chooser.public.as_ref().is_some_and(asks) {
        protocols.push(CHALLENGE_PROTOCOL.to_vec());
    }
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(chooser));
    config.alpn_protocols = protocols;
    config.ticketer = Arc::clone(tickets);
    Ok(config)
}

struct Chooser {
    private: Arc<Identity>,
    public: Option<Arc<PublicCertificate>>,
    side: Side,
}

impl fmt::Debug for Chooser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chooser")
            .field("side", &self.side)
            .finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Chooser {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let private = || Some(self.private.key());
        let Some(public) = &self.public else {
            return private();
        };
        if is_challenge(&hello) {
            return public.challenge(hello.server_name()?);
        }
        let Some(certificate) = public.current() else {
            return private();
        };
        let name = hello.server_name().and_then(HostName::parse);
        let is_public = match name {
            Some(name) if certificate.covers(&Host::Name(name.clone())) => true,
            Some(name) if names::may_certify(&name) => false,
            _ => self.side == Side::Open,
        };
        if is_public {
            Some(Arc::clone(certificate.key()))
        } else {
            private()
        }
    }
}

/// An authority offers its protocol and no other.
fn is_challenge(hello: &ClientHello<'_>) -> bool {
    hello
        .alpn()
        .is_some_and(|mut offered| offered.all(|protocol| protocol == CHALLENGE_PROTOCOL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_tell_home_from_the_open() {
        let is_for = |address: IpAddr| address.to_string() == "203.0.113.7";
        for (own, peer, expected) in [
            ("192.168.1.5", "192.168.1.9", Side::Home),
            ("127.0.0.1", "127.0.0.1", Side::Home),
            // A router or a cloud forwards the port.
            ("192.168.1.5", "198.51.100.1", Side::Open),
            ("203.0.113.7", "198.51.100.1", Side::Open),
            // A cloud's neighbour that goes to the public address.
            ("203.0.113.7", "10.0.0.9", Side::Open),
            ("fd00::5", "fe80::1", Side::Home),
            ("2001:db8::5", "2001:db8::9", Side::Open),
        ] {
            let found = side(own.parse().unwrap(), peer.parse().unwrap(), is_for);
            assert_eq!(found, expected, "{peer} to {own}");
        }
    }
}
