//! How somebody is connected to the internet, as rules of their router.

use std::fmt;

/// What stands between a computer and the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// A public address, and nothing in the way.
    Open,
    /// NAT: one mapping for all destinations, anybody may answer to it (RFC 4787: endpoint-
    /// independent mapping and filtering).
    EndpointIndependent,
    /// The same mapping; an address must have been sent to before it may answer.
    AddressRestricted,
    /// The same mapping; address and port must have been sent to.
    PortRestricted,
    /// Another mapping for each destination, on another random port.
    Symmetric,
    /// NAT, and all UDP is dropped.
    UdpBlocked,
    /// NAT, and everything but TCP to port 443 is dropped.
    Only443,
    /// The same, and what is STUN without TLS is dropped there as well.
    OnlyTls,
    /// No way out but an HTTP proxy that allows CONNECT to port 443.
    Proxy,
    /// A public IPv6 address and no IPv4 at all.
    OnlyIpv6,
}

impl Access {
    /// Those of the matrix.
    pub const MATRIX: [Self; 6] = [
        Self::Open,
        Self::EndpointIndependent,
        Self::AddressRestricted,
        Self::PortRestricted,
        Self::Symmetric,
        Self::UdpBlocked,
    ];

    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Open,
        Self::EndpointIndependent,
        Self::AddressRestricted,
        Self::PortRestricted,
        Self::Symmetric,
        Self::UdpBlocked,
        Self::Only443,
        Self::OnlyTls,
        Self::Proxy,
        Self::OnlyIpv6,
    ];

    /// Its word in the names of cells.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::EndpointIndependent => "independent",
            Self::AddressRestricted => "address",
            Self::PortRestricted => "port",
            Self::Symmetric => "symmetric",
            Self::UdpBlocked => "blocked",
            Self::Only443 => "443",
            Self::OnlyTls => "tls",
            Self::Proxy => "proxy",
            Self::OnlyIpv6 => "ipv6",
        }
    }

    /// Whether the computer has a public address of its own.
    pub fn is_public(self) -> bool {
        matches!(self, Self::Open | Self::OnlyIpv6)
    }

    /// The router's rules: `client` is the address behind it, its interfaces are `lan` and `wan`.
    pub fn rules(self, client: &str) -> String {
        if self.is_public() {
            return String::new();
        }
        let forward = match self {
            Self::Proxy => "",
            Self::Only443 | Self::OnlyTls => "iifname lan tcp dport 443 accept",
            Self::UdpBlocked => "iifname lan meta l4proto != udp accept",
            _ => "iifname lan accept",
        };
        // The magic cookie of STUN, in every message that is not encrypted.
        let inspect = match self {
            Self::OnlyTls => "tcp dport 443 @ih,32,32 0x2112a442 drop",
            _ => "",
        };
        let masquerade = match self {
            Self::Symmetric => "masquerade random,fully-random",
            _ => "masquerade",
        };
        format!(
            "table inet guard {{
               chain input {{
                 # What is dropped here is not tracked, so it takes no port from who is behind.
                 type filter hook input priority filter; policy accept;
                 iifname wan ct state new drop
               }}
               chain forward {{
                 type filter hook forward priority filter; policy drop;
                 {inspect}
                 ct state established,related accept
                 ct status dnat accept
                 {forward}
               }}
             }}
             table ip translate {{
               {}
               chain out {{
                 type nat hook postrouting priority srcnat; policy accept;
                 oifname wan {masquerade}
               }}
             }}",
            self.filtering(client)
        )
    }

    /// The kernel alone lets in only address and port that were sent to; these let in more. The
    /// kernel keeps the port when it can, and one computer alone behind a router can always.
    fn filtering(self, client: &str) -> String {
        let (kind, sent_to, answers) = match self {
            Self::EndpointIndependent => ("inet_service", "udp sport", "udp dport"),
            Self::AddressRestricted => (
                "ipv4_addr . inet_service",
                "ip daddr . udp sport",
                "ip saddr . udp dport",
            ),
            _ => return String::new(),
        };
        format!(
            "set mapped {{ type {kind}; flags dynamic,timeout; timeout 2m; }}
             chain note {{
               type filter hook postrouting priority 50; policy accept;
               oifname wan meta l4proto udp update @mapped {{ {sent_to} }}
             }}
             chain answers {{
               type nat hook prerouting priority dstnat; policy accept;
               iifname wan meta l4proto udp {answers} @mapped dnat to {client}
             }}"
        )
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::EndpointIndependent => "endpoint-independent",
            Self::AddressRestricted => "address-restricted",
            Self::PortRestricted => "port-restricted",
            Self::Symmetric => "symmetric",
            Self::UdpBlocked => "UDP blocked",
            Self::Only443 => "only TCP 443",
            Self::OnlyTls => "only TLS on 443",
            Self::Proxy => "HTTP proxy",
            Self::OnlyIpv6 => "only IPv6",
        })
    }
}
