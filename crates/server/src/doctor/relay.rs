//! STUN, and TURN by each transport: two allocations of our own send to one another, which the
//! server hands over inside of itself; so nothing is needed on the other side.

use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use protocol::{IceLink, IceUri};
use tokio::{net::UdpSocket, time::timeout};
use turn::{
    Family, Message,
    client::{FromServer, Session, Transaction, binding, send_indication},
};

use super::{
    call::Visit,
    cause::Cause,
    error::Error,
    in_time,
    report::{Report, Trouble},
    took,
    way::{self, Way},
};
use crate::{data_dir::random_32, networks::is_private};

/// How long an answer is waited for before a datagram is sent again.
const AGAIN: Duration = Duration::from_millis(300);
/// How long a packet through the relay's own port may take.
const RELAYED_IN: Duration = Duration::from_secs(3);
/// The relay refuses the peer (RFC 8656, section 9.2).
const FORBIDDEN: u16 = 403;
/// The relay has no address of that family (RFC 8656, section 7.2).
const NO_SUCH_FAMILY: u16 = 440;

/// Tries all that the server offers.
pub(super) async fn examine(visit: &Visit, report: &mut Report) {
    let all = &visit.ice_servers;
    let offers: Vec<Offer> = all
        .iter()
        .flat_map(|server| {
            let login = server.username.clone().zip(server.credential.clone());
            let urls = server.urls.iter();
            urls.filter_map(move |url| Offer::parse(url, login.clone()))
        })
        .collect();
    if offers.is_empty() {
        let trouble = Trouble::new(
            Cause::NoRelay,
            "the server offers none",
            "only devices on one network reach each other; see --udp",
        );
        report.note("relay", trouble);
        return;
    }
    let is_udp = |kind: IceLink| matches!(kind, IceLink::Stun | IceLink::TurnUdp);
    let has_streams = offers.iter().any(|offer| !is_udp(offer.kind));
    let is_turn_by_udp = |it: &Offer| it.kind == IceLink::TurnUdp;
    if offers.iter().any(is_turn_by_udp) && !has_streams {
        let trouble = Trouble::new(
            Cause::OnlyUdp,
            "the server offers none, so people whose network blocks UDP cannot call",
            "it is behind a proxy that passes on only HTTP: let another port lead to the server, and name that port \
             by --turn-tls HOST:PORT",
        );
        report.failed_at("TURN over TLS", trouble);
    }
    // At the same time, so that what is silent is waited for once.
    let trials = offers.iter().map(|offer| async move {
        let start = Instant::now();
        let seen = in_time(offer.examine(visit)).await;
        (seen, took(start))
    });
    let mut relayed = None;
    let mut by_udp = None;
    for (offer, (seen, took)) in offers.iter().zip(join_all(trials).await) {
        let link = offer.link();
        match (seen, offer.kind) {
            (Ok(seen), IceLink::Stun) => {
                report.good(link, format!("{took}, sees us as {seen}"));
            }
            (Ok(seen), kind) => {
                report.good(link, format!("allocation and echo, {took}"));
                relayed = Some(seen.ip());
                if kind == IceLink::TurnUdp {
                    by_udp = Some(offer);
                }
            }
            (Err(problem), IceLink::Stun | IceLink::TurnUdp) => {
                report.failed_at(link, no_udp(offer.port, &problem, has_streams));
            }
            (Err(problem), _) => report.failed_at(link, no_stream(offer.port, &problem)),
        }
    }
    let Some(relayed) = relayed else {
        return;
    };
    relayed_address(visit.door.server.ip(), relayed, report);
    if let Some(offer) = by_udp {
        relay_ports(offer, visit, report).await;
    }
}

fn no_udp(port: u16, problem: &Error, has_streams: bool) -> Trouble {
    if has_streams {
        return Trouble::new(
            Cause::NoUdp,
            problem,
            format!(
                "UDP port {port}: let it through the server's firewall and have the router forward it; until then \
                 calls are relayed by TLS, with more delay"
            ),
        );
    }
    Trouble::new(
        Cause::NoMedia,
        problem,
        format!(
            "UDP port {port}: let it through the server's firewall and have the router forward it to the server \
             itself, as no HTTP proxy passes it on; there is no other way for the media of those who don't reach each \
             other directly"
        ),
    )
}

fn no_stream(port: u16, problem: &Error) -> Trouble {
    let fix = if problem.is_too_many() {
        "wait, or raise the server's --relay-allocations…".to_owned()
    } else if matches!(problem, Error::Closed(_)) {
        format!(
            "see whether TCP port {port} leads to the server itself, or to a proxy that passes only HTTP on; the \
             server also closes connections of an address that has too many"
        )
    } else {
        format!(
            "see whether TCP port {port} leads to the server itself, or to a proxy that passes only HTTP on"
        )
    };
    let cause = if problem.is_too_many() {
        Cause::TooMany
    } else {
        Cause::NoTurn
    };
    Trouble::new(cause, problem, fix)
}

/// Others must be able to reach what the relay gives out.
fn relayed_address(server: IpAddr, relayed: IpAddr, report: &mut Report) {
    const LINK: &str = "relayed address";
    if !is_private(relayed) || is_private(server) {
        return report.good(LINK, relayed);
    }
    let fix = if relayed.is_ipv4() == server.is_ipv4() {
        format!("start the server with --public-ip {server}")
    } else {
        format!(
            "if the server has a public address of the same family as {relayed}, start it with --public-ip and that \
             one too"
        )
    };
    let seen = format!("{relayed} cannot be reached from outside");
    report.failed_at(LINK, Trouble::new(Cause::RelayedAddress, seen, fix));
}

/// Tries the relay's own UDP ports with a packet from here. The echo between two allocations does
/// not show whether these ports are open, because it never leaves the server.
async fn relay_ports(offer: &Offer, visit: &Visit, report: &mut Report) {
    const LINK: &str = "relay ports";
    match in_time(through_the_port(offer, visit)).await {
        Ok(Some(relayed)) => report.good(LINK, format!("a packet to {relayed} came through")),
        Ok(None) => {
            let seen = "the relay does not send to this computer's address, so they were not tried";
            let fix = "run this from another network as well";
            report.note(LINK, Trouble::new(Cause::RelayPortsUntried, seen, fix));
        }
        Err(problem) => {
            let fix = "open the relay's UDP ports in the server's firewall and have the router forward them \
                       (--relay-ports, 49152-65535 as delivered); until then only those who are both relayed reach \
                       each other";
            report.failed_at(LINK, Trouble::new(Cause::RelayPorts, problem, fix));
        }
    }
}

/// Sends a packet to a relayed address, and waits until the owner of that address gets it. None if
/// the relay refuses this computer as a peer.
async fn through_the_port(offer: &Offer, visit: &Visit) -> Result<Option<SocketAddr>, Error> {
    let mut owner = Client::new(offer, visit).await?;
    let any = if owner.relayed.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(any).await?;
    let Some(peer) = owner.mapped else {
        return Ok(None);
    };
    if peer.is_ipv4() != owner.relayed.is_ipv4() {
        return Ok(None);
    }
    match owner.permit(peer).await {
        Err(Error::Refused(FORBIDDEN)) => return Ok(None),
        permitted => permitted?,
    }
    let data = random_32().map_err(|fault| fault.to_string())?;
    let is_it = |bytes: &[u8]| match FromServer::parse(bytes) {
        Some(FromServer::Data { data: came, .. }) => came == data,
        _ => false,
    };
    let passing = async {
        loop {
            socket.send_to(&data, owner.relayed).await?;
            if hear(&mut owner.way, is_it).await?.is_some() {
                return Ok::<(), Error>(());
            }
        }
    };
    match timeout(RELAYED_IN, passing).await {
        Ok(passed) => passed?,
        Err(_) => {
            return Err(format!(
                "a packet to UDP {} of the server does not come through",
                owner.relayed
            )
            .into());
        }
    }
    let relayed = owner.relayed;
    owner.request(|session, it| session.refresh(it, 0)).await?;
    Ok(Some(relayed))
}

/// One URI of an ICE server (RFC 7064, RFC 7065).
#[derive(Clone, PartialEq, Eq)]
struct Offer {
    kind: IceLink,
    host: String,
    port: u16,
    login: Option<(String, String)>,
}

impl Offer {
    fn parse(url: &str, login: Option<(String, String)>) -> Option<Self> {
        let IceUri { link, host, port } = IceUri::parse(url)?;
        let host = host.trim_matches(['[', ']']).to_owned();
        Some(Self {
            kind: link,
            host,
            port,
            login,
        })
    }

    fn link(&self) -> &'static str {
        match self.kind {
            IceLink::Stun => "STUN over UDP",
            IceLink::TurnUdp => "TURN over UDP",
            IceLink::TurnTcp => "TURN over TCP",
            IceLink::TurnTls => "TURN over TLS",
        }
    }

    /// The address that the server sees, or the relayed one.
    async fn examine(&self, visit: &Visit) -> Result<SocketAddr, Error> {
        if self.kind == IceLink::Stun {
            let mut way = self.way(visit).await?;
            let transaction = transaction()?;
            let answer = ask(&mut way, &binding(transaction), transaction).await?;
            let response = Message::parse(&answer).ok_or("no STUN came back")?;
            return response.mapped.ok_or_else(|| refused(&response));
        }
        let mut one = Client::new(self, visit).await?;
        let mut other = Client::new(self, visit).await?;
        one.permit(other.relayed).await?;
        other.permit(one.relayed).await?;
        for (from, to) in [(&mut one, &mut other)] {
            pass(from, to).await?;
            pass(to, from).await?;
        }
        let relayed = one.relayed;
        for mut client in [one, other] {
            client.request(|session, it| session.refresh(it, 0)).await?;
        }
        Ok(relayed)
    }

    async fn way(&self, visit: &Visit) -> Result<Way, Error> {
        let addresses = way::addresses(&self.host, self.port).await?;
        // The family by which the page was reached.
        let same = |it: &&SocketAddr| it.is_ipv4() == visit.door.server.is_ipv4();
        let mut addresses: Vec<SocketAddr> = addresses.iter().filter(same).copied().collect();
        addresses.truncate(1);
        match self.kind {
            IceLink::Stun | IceLink::TurnUdp => Way::datagrams(&addresses).await,
            IceLink::TurnTcp => Ok(Way::stream(Box::new(way::connect(&addresses).await?))),
            IceLink::TurnTls => {
                let stream = way::connect(&addresses).await?;
                let stream =
                    way::encrypted(stream, &self.host, &visit.door.onlooker, b"stun.turn").await?;
                Ok(Way::stream(stream))
            }
        }
    }
}

/// Somebody with an allocation.
struct Client {
    way: Way,
    session: Session,
    relayed: SocketAddr,
    /// Where the server sees us.
    mapped: Option<SocketAddr>,
}

impl Client {
    async fn new(offer: &Offer, visit: &Visit) -> Result<Self, Error> {
        let (username, password) = offer.login.as_ref().ok_or("no credentials came with it")?;
        let mut client = Self {
            way: offer.way(visit).await?,
            session: Session::new(username, password),
            relayed: visit.door.server,
            mapped: None,
        };
        // An address of the family by which the page was reached, if the relay has one.
        let family = Family::of(visit.door.server.ip().to_canonical());
        let answer = match client
            .request(|session, it| session.allocate(it, Some(family)))
            .await
        {
            Err(Error::Refused(NO_SUCH_FAMILY)) => {
                client
                    .request(|session, it| session.allocate(it, None))
                    .await?
            }
            answer => answer?,
        };
        let response = Message::parse(&answer).ok_or("no TURN came back")?;
        client.mapped = response.mapped;
        client.relayed = response.relayed.ok_or("no relayed address came back")?;
        Ok(client)
    }

    async fn permit(&mut self, peer: SocketAddr) -> Result<(), Error> {
        self.request(|session, it| session.create_permission(it, &[peer]))
            .await
            .map(drop)
    }

    /// The good response to a request.
    async fn request(
        &mut self,
        make: impl Fn(&Session, Transaction) -> Vec<u8>,
    ) -> Result<Vec<u8>, Error> {
        // A challenge, and a nonce that may be stale by then.
        for _ in 0..3 {
            let transaction = transaction()?;
            let request = make(&self.session, transaction);
            let answer = ask(&mut self.way, &request, transaction).await?;
            let response = Message::parse(&answer).ok_or("no TURN came back")?;
            if response.class == turn::Class::Success {
                return Ok(answer);
            }
            if !self.session.learn(&response) {
                return Err(refused(&response));
            }
        }
        Err("the server asks for credentials again and again".into())
    }
}

fn refused(response: &Message<'_>) -> Error {
    match response.error {
        Some(code) => Error::Refused(code),
        None => "an answer that says nothing".into(),
    }
}

/// Sends a request, again and again over datagrams, and gives what answers it.
async fn ask(way: &mut Way, request: &[u8], transaction: Transaction) -> Result<Vec<u8>, Error> {
    loop {
        way.send(request).await?;
        let is_it = |bytes: &[u8]| match FromServer::parse(bytes) {
            Some(FromServer::Response(response)) => response.transaction == transaction,
            _ => false,
        };
        if let Some(answer) = hear(way, is_it).await? {
            return Ok(answer);
        }
    }
}

/// The next message that is the one; `None` if it is time to send again.
async fn hear(way: &mut Way, is_it: impl Fn(&[u8]) -> bool) -> Result<Option<Vec<u8>>, Error> {
    let repeats = matches!(way, Way::Datagrams(_));
    let listening = async {
        loop {
            let message = way.receive().await?;
            if is_it(&message) {
                return Ok(message);
            }
        }
    };
    if !repeats {
        return listening.await.map(Some);
    }
    match timeout(AGAIN, listening).await {
        Ok(heard) => heard.map(Some),
        Err(_) => Ok(None),
    }
}

/// Sends data from one allocation to the other.
async fn pass(from: &mut Client, to: &mut Client) -> Result<(), Error> {
    let data = random_32().map_err(|fault| fault.to_string())?;
    let sender = from.relayed;
    let is_it = |bytes: &[u8]| match FromServer::parse(bytes) {
        Some(FromServer::Data { peer, data: came }) => peer == sender && came == data,
        _ => false,
    };
    loop {
        let indication = send_indication(transaction()?, to.relayed, &data);
        from.way.send(&indication).await?;
        if hear(&mut to.way, is_it).await?.is_some() {
            return Ok(());
        }
    }
}

fn transaction() -> Result<Transaction, Error> {
    let bytes = random_32().map_err(|fault| fault.to_string())?;
    let [a, b, c, d, e, f, g, h, i, j, k, l, ..] = bytes;
    Ok([a, b, c, d, e, f, g, h, i, j, k, l])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_address_is_looked_up_without_its_brackets() {
        let offer = Offer::parse("turn:[2001:db8::1]:7?transport=udp", None).unwrap();
        assert_eq!((offer.host.as_str(), offer.port), ("2001:db8::1", 7));
    }

    #[test]
    fn a_private_relayed_address_is_named_where_the_server_is_public() {
        let find = |server: &str, relayed: &str| {
            let mut report = Report::default();
            relayed_address(
                server.parse().unwrap(),
                relayed.parse().unwrap(),
                &mut report,
            );
            report.failed().map(ToString::to_string).next()
        };
        assert_eq!(find("192.168.1.2", "192.168.1.2"), None);
        assert_eq!(find("8.8.8.8", "8.8.8.8"), None);
        let fault = find("8.8.8.8", "10.0.0.5").unwrap();
        assert!(
            fault.ends_with("start the server with --public-ip 8.8.8.8"),
            "{fault}"
        );
        // A public IPv6 address is no advice against a private IPv4 address of the relay.
        let fault = find("2001:4860::1", "10.0.0.5").unwrap();
        assert!(!fault.contains("--public-ip 2001:4860::1"), "{fault}");
    }
}
