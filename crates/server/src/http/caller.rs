//! Who asks, and how.

use std::net::{IpAddr, SocketAddr};

use super::origin;
use crate::{
    host::{Authority, Host, Scheme},
    relay,
};

/// The connection a request came by, as the listener knows it.
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    /// Who is at the other end: the browser, or a proxy that speaks HTTP itself.
    pub peer: SocketAddr,
    /// Whether TLS is spoken on it.
    pub scheme: Scheme,
    /// Whether a trusted proxy has named the peer, by the PROXY protocol.
    pub is_announced: bool,
}

/// Who asks, as a trusted proxy tells, if one stands between.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The browser's address.
    pub address: IpAddr,
    /// The host it asked for.
    pub authority: Authority,
    /// The scheme by which the browser asked. If a proxy does not tell it, HTTPS is assumed,
    /// because browsers give no camera otherwise.
    pub scheme: Scheme,
    /// Whether the connection itself or a proxy tells the scheme, so that it is not only assumed.
    pub is_scheme_known: bool,
    /// Whether the request came from this computer, as far as that can be told: from a loopback
    /// address, for a loopback host, and without a sign of a proxy. A forwarder on this computer
    /// that only passes bytes on shows no sign either, so the operator has to name it by
    /// --trusted-proxy.
    pub is_local: bool,
    /// Whether the request came to a name and by a certificate that every browser trusts, on the
    /// usual port of HTTPS.
    pub is_public_https: bool,
    /// Whether the request came through a trusted proxy.
    pub is_proxied: bool,
}

impl Caller {
    /// The origin of our pages, as this caller's browser writes it.
    pub fn origin(&self) -> String {
        format!(
            "{}://{}",
            self.scheme.as_str(),
            self.authority.in_origin(self.scheme)
        )
    }

    /// What is known of how the browser asked.
    pub(super) fn asked(&self) -> origin::Asked<'_> {
        origin::Asked {
            authority: &self.authority,
            scheme: self.is_scheme_known.then_some(self.scheme),
        }
    }

    /// What the addresses of STUN and TURN depend on.
    pub(super) fn ice(&self) -> relay::Asked {
        relay::Asked {
            authority: self.authority.clone(),
            scheme: self.scheme,
            is_proxied: self.is_proxied,
        }
    }

    /// The origin of our WebSocket as a content security policy can name it: not with an IPv6
    /// address, for which its grammar has no place.
    pub(super) fn web_socket_origin(&self) -> Option<String> {
        let is_nameable = !matches!(self.authority.host, Host::Address(IpAddr::V6(_)));
        is_nameable.then(|| {
            format!(
                "{}://{}",
                self.scheme.web_socket(),
                self.authority.in_origin(self.scheme)
            )
        })
    }
}
