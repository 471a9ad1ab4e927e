//! Looks up the name, and opens an encrypted connection to each of its addresses.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Instant,
};

use futures_util::future::join_all;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;

use super::{
    Target,
    cause::Cause,
    door::Door,
    error::Error,
    in_time,
    onlooker::Onlooker,
    report::{Report, Trouble},
    took, way,
};
use crate::{host::Scheme, networks};

/// How many addresses of a name are tried. Most names have few.
const MAX_ADDRESSES: usize = 8;

/// Tries each address of the target's host, and gives the first that works.
pub(super) async fn door(
    target: &Target,
    more_roots: &[CertificateDer<'static>],
    report: &mut Report,
) -> Option<Door> {
    let host = target.bare_host();
    match in_time(way::addresses(&host, target.port)).await {
        Ok(addresses) => door_at(target, &addresses, more_roots, report).await,
        Err(problem) => {
            let fix = "see to the name's A or AAAA entry, or use the address itself";
            let trouble = Trouble::new(Cause::NoAddress, problem, fix);
            report.failed_at(format!("name {host}"), trouble);
            None
        }
    }
}

async fn door_at(
    target: &Target,
    addresses: &[SocketAddr],
    more_roots: &[CertificateDer<'static>],
    report: &mut Report,
) -> Option<Door> {
    let addresses = addresses.get(..MAX_ADDRESSES).unwrap_or(addresses);
    let tried = addresses
        .iter()
        .map(|address| try_one(target, *address, more_roots));
    let tried: Vec<_> = addresses.iter().zip(join_all(tried).await).collect();
    let works = tried.iter().any(|(_, tried)| tried.is_ok());
    let mut first = None;
    for (address, tried) in tried {
        // A server on this computer need not listen at both loopback addresses.
        if works && tried.is_err() && target.is_localhost() {
            continue;
        }
        let link = match addresses.len() {
            1 => format!("TCP port {}", target.port),
            _ => format!("TCP port {} at {}", target.port, address.ip()),
        };
        match tried {
            Ok((door, took)) => {
                report.good(link, format!("{}, {took}", address.ip()));
                first.get_or_insert(door);
            }
            Err(failure) => {
                let link = if failure.is_tls {
                    "TLS".to_owned()
                } else {
                    link
                };
                let mut trouble = failure.trouble;
                if works {
                    trouble = Trouble::new(
                        Cause::DeadAddress,
                        format!("{}: {}", address.ip(), trouble.seen),
                        format!(
                            "browsers that try this address of {} first wait in vain: take it out of the name's {} \
                             entry, or let it lead to the server",
                            target.host,
                            if address.is_ipv6() { "AAAA" } else { "A" }
                        ),
                    );
                }
                report.failed_at(link, trouble);
            }
        }
    }
    first
}

struct Failure {
    is_tls: bool,
    trouble: Trouble,
}

async fn try_one(
    target: &Target,
    server: SocketAddr,
    more_roots: &[CertificateDer<'static>],
) -> Result<(Door, String), Failure> {
    let start = Instant::now();
    let stream = match in_time(way::connect(&[server])).await {
        Ok(stream) => stream,
        Err(problem) => {
            return Err(Failure {
                is_tls: false,
                trouble: unreachable(target, server, &problem).await,
            });
        }
    };
    let took = took(start);
    let onlooker = Onlooker::new(more_roots).map_err(|problem| Failure {
        is_tls: true,
        trouble: Trouble::new(Cause::Here, problem, "start this program anew"),
    })?;
    let door = Door {
        target: target.clone(),
        server,
        onlooker,
    };
    if target.scheme == Scheme::Https
        && let Err(problem) = in_time(shake_hands(&door, stream)).await
    {
        return Err(Failure {
            is_tls: true,
            trouble: no_tls(&door, &problem).await,
        });
    }
    Ok((door, took))
}

async fn shake_hands(door: &Door, stream: TcpStream) -> Result<(), Error> {
    let host = door.target.bare_host();
    way::encrypted(stream, &host, &door.onlooker, b"http/1.1")
        .await
        .map(drop)
}

/// Why nobody answers at an address.
async fn unreachable(target: &Target, server: SocketAddr, problem: &Error) -> Trouble {
    let port = target.port;
    let this = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if server != this && is_crabcall(target, this).await {
        return Trouble::new(
            Cause::NoWayBack,
            format!("{problem}, though a Crabcall answers on this computer at port {port}"),
            "if that is the server you mean: many routers don't lead their own network back to its public address, \
             so try from another network; and see that the router forwards the port, and that the address is right",
        );
    }
    let inside = if networks::is_private(server.ip()) {
        ""
    } else {
        "; from inside of the server's own network many routers don't lead back to its public address, so try from \
         outside as well"
    };
    Trouble::new(
        Cause::Unreachable,
        problem,
        format!(
            "start the server there; let TCP port {port} through its firewall, and have the router forward it{inside}"
        ),
    )
}

/// Whether a Crabcall listens there with the target's scheme.
async fn is_crabcall(target: &Target, server: SocketAddr) -> bool {
    let Ok(onlooker) = Onlooker::new(&[]) else {
        return false;
    };
    let door = Door {
        target: Target {
            host: crate::host::Host::Address(server.ip()),
            ..target.clone()
        },
        server,
        onlooker,
    };
    let answer = in_time(door.get("/info.json", "application/json")).await;
    answer.is_ok_and(|answer| answer.body.contains("\"network_urls\""))
}

/// Why an address that takes connections does not speak TLS.
async fn no_tls(door: &Door, problem: &Error) -> Trouble {
    let plain = Door {
        target: Target {
            scheme: Scheme::Http,
            ..door.target.clone()
        },
        ..door.clone()
    };
    if in_time(plain.get("/", "text/html")).await.is_ok() {
        return Trouble::new(
            Cause::PlainHttp,
            "plain HTTP is spoken there",
            "see whether this port is the server's --https, and not --http; or ask for http://",
        );
    }
    if matches!(problem, Error::Closed(_)) {
        return too_many("a connection is taken and closed at once");
    }
    Trouble::new(
        Cause::NoTls,
        problem,
        "see whether this port is the server's --https, and not --http",
    )
}

pub(super) fn too_many(seen: &str) -> Trouble {
    Trouble::new(
        Cause::TooMany,
        seen,
        "the server does this when one address has too many connections, for example because many people share it: \
         see crabcall_tcp_turned_away_total in its /metrics, its log, and its limits per address",
    )
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::doctor::Health;

    /// As with a name whose AAAA entry still names a computer that is gone.
    #[tokio::test]
    async fn each_address_of_a_name_is_reported_by_itself() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let works = listener.local_addr().unwrap();
        let dead = SocketAddr::from(([127, 0, 0, 9], works.port()));
        let target = Target::parse(&format!("http://call.example:{}", works.port())).unwrap();
        let mut report = Report::default();
        let door = door_at(&target, &[dead, works], &[], &mut report).await;
        assert_eq!(door.unwrap().server, works);
        let [first, second] = report.findings() else {
            panic!("{report}");
        };
        assert_eq!(first.cause, Some(Cause::DeadAddress), "{report}");
        assert!(first.link.ends_with("at 127.0.0.9"), "{report}");
        assert_eq!(second.health, Health::Good, "{report}");
        assert!(second.link.ends_with("at 127.0.0.1"), "{report}");
    }
}
