//! Whether a network is of the kind that it is said to be, found as a STUN client finds it (RFC
//! 5780): how a NAT maps, and what it lets in.

use std::{
    collections::BTreeSet,
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use anyhow::{Context, Result, ensure};

use crate::{
    access::Access,
    namespace::Namespace,
    world::{Home, World},
};

/// Longer than any packet takes here.
const SOON: Duration = Duration::from_secs(1);
/// How long we wait for what should never come.
const NEVER: Duration = Duration::from_millis(300);

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Behaviour {
    /// The computer's own address and port are seen.
    untranslated: bool,
    /// The same for all destinations.
    one_mapping: bool,
    lets_in: LetsIn,
}

/// Who may answer besides the address and port that was sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LetsIn {
    Everybody,
    SameAddress,
    Nobody,
}

fn expected(access: Access) -> Option<Behaviour> {
    let nat = |one_mapping, lets_in| {
        Some(Behaviour {
            untranslated: false,
            one_mapping,
            lets_in,
        })
    };
    match access {
        Access::Open => Some(Behaviour {
            untranslated: true,
            one_mapping: true,
            lets_in: LetsIn::Everybody,
        }),
        Access::EndpointIndependent => nat(true, LetsIn::Everybody),
        Access::AddressRestricted => nat(true, LetsIn::SameAddress),
        Access::PortRestricted => nat(true, LetsIn::Nobody),
        Access::Symmetric => nat(false, LetsIn::Nobody),
        // No UDP over IPv4 at all.
        Access::UdpBlocked
        | Access::Only443
        | Access::OnlyTls
        | Access::Proxy
        | Access::OnlyIpv6 => None,
    }
}

/// An error unless both homes behave as they should.
pub fn check(world: &World) -> Result<()> {
    let public = world.public_computer()?;
    for home in &world.homes {
        let found = find(home, &public)?;
        let expected = expected(home.access);
        ensure!(
            found == expected,
            "the network that should be of kind {} behaves as {found:?}, not {expected:?}",
            home.access
        );
    }
    Ok(())
}

fn socket(there: &Namespace, address: &str) -> Result<UdpSocket> {
    let address: SocketAddr = address.parse()?;
    let socket = there.run(move || UdpSocket::bind(address))??;
    socket.set_read_timeout(Some(SOON))?;
    Ok(socket)
}

fn find(home: &Home, public: &Namespace) -> Result<Option<Behaviour>> {
    // Two ports of one address, and another address.
    let first = socket(public, "9.9.9.2:3478")?;
    let port = socket(public, "9.9.9.2:3479")?;
    let address = socket(public, "9.9.9.3:3478")?;

    let client = socket(&home.client, "0.0.0.0:0")?;
    let mut seen = BTreeSet::new();
    for server in [&first, &port, &address] {
        server.set_read_timeout(Some(if expected(home.access).is_some() {
            SOON
        } else {
            NEVER
        }))?;
        // No route at all is an error at once.
        let sent = client.send_to(b"where am I?", server.local_addr()?);
        let received = sent.and_then(|_| server.recv_from(&mut [0; 64]));
        let Ok((_, from)) = received else {
            return Ok(None);
        };
        seen.insert(from);
    }

    // A port that has sent to the first address alone.
    let client_alone = socket(&home.client, "0.0.0.0:0")?;
    client_alone.send_to(b"where am I?", first.local_addr()?)?;
    let (_, mapped) = first
        .recv_from(&mut [0; 64])
        .context("it has answered before")?;
    // In this order: when the last one has come, the others would have.
    for server in [&address, &port, &first] {
        server.send_to(b"there", mapped)?;
    }
    let mut came = BTreeSet::new();
    while !came.contains(&first.local_addr()?) {
        let (_, from) = client_alone
            .recv_from(&mut [0; 64])
            .context("no answer to a request")?;
        came.insert(from);
    }
    let lets_in = match (
        came.contains(&address.local_addr()?),
        came.contains(&port.local_addr()?),
    ) {
        (true, _) => LetsIn::Everybody,
        (false, true) => LetsIn::SameAddress,
        (false, false) => LetsIn::Nobody,
    };
    let own = SocketAddr::new(home.address()?, client.local_addr()?.port());
    Ok(Some(Behaviour {
        untranslated: seen.contains(&own),
        one_mapping: seen.len() == 1,
        lets_in,
    }))
}
