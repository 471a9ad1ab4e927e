//! Binds the sockets that listen, and explains why when that fails.

use std::{
    io,
    net::{Ipv6Addr, SocketAddr},
};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

use crate::fault::Fault;

/// Connections the system holds until we take them.
const BACKLOG: i32 = 1024;

/// Binds a socket for one family: `[::]` leaves IPv4 to a socket of its own.
pub fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, Fault> {
    try_bind(address).map_err(|error| Fault::of_binding(address, option, &error))
}

/// Whether this computer speaks IPv6 at all.
pub fn has_ipv6() -> bool {
    try_bind((Ipv6Addr::UNSPECIFIED, 0).into()).is_ok()
}

/// The addresses that are to be bound. On a machine without IPv6, `[::]` is left out if there is
/// another address, so that one configuration serves every machine.
pub fn bindable(addresses: &[SocketAddr], has_ipv6: bool) -> Vec<SocketAddr> {
    let is_all_of_ipv6 = |address: &SocketAddr| address.is_ipv6() && address.ip().is_unspecified();
    let others = addresses.iter().any(|address| !is_all_of_ipv6(address));
    addresses
        .iter()
        .filter(|address| has_ipv6 || !others || !is_all_of_ipv6(address))
        .copied()
        .collect()
}

fn try_bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // On Windows this would let two programs share the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_ipv6_is_left_out_where_there_is_none() {
        let list = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let both = list(&["0.0.0.0:8443", "[::]:8443"]);
        assert_eq!(bindable(&both, true), both);
        assert_eq!(bindable(&both, false), list(&["0.0.0.0:8443"]));
        // Without another address, or with a certain one, the operator has to hear that it can't be
        // bound.
        for asked in [
            list(&["[::]:8443"]),
            list(&["0.0.0.0:1", "[2001:db8::5]:1"]),
        ] {
            assert_eq!(bindable(&asked, false), asked);
        }
    }
}
