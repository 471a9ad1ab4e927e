//! STUN, and TURN by each transport: two allocations of our own send to one another, which the
//! server hands over inside of itself; so nothing is needed on the other side.

use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use protocol::{IceLink, IceUri};
use tokio::time::timeout;
use turn::{
    Message,
    client::{FromServer, Session, Transaction, binding, send_indication},
};

use super::{
    in_time,
    page::{Visit, took},
    report::Report,
    way::{self, Way},
};
use crate::data_dir::random_32;

/// How long an answer is waited for before a datagram is sent again.
const AGAIN: Duration = Duration::from_millis(300);
const OPEN_UDP: &str = "let it through the server's firewall and have the router forward it; until then calls are \
     relayed by TLS, with more delay";

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
        let advice = "only devices on one network reach each other; see --udp";
        report.note("relay", "the server offers none", advice);
    }
    let is_stream = |it: &Offer| matches!(it.kind, IceLink::TurnTcp | IceLink::TurnTls);
    if offers.iter().any(|it| it.kind == IceLink::TurnUdp) && !offers.iter().any(is_stream) {
        report.failed_at(
            "TURN over TLS",
            "the server offers none, so that who has no UDP cannot call here",
            "it is behind a proxy that passes only HTTP on: lead another port to it and name that \
             by --turn-tls HOST:PORT",
        );
    }
    // At the same time, so that what is silent is waited for once.
    let trials = offers.iter().map(|offer| async move {
        let start = Instant::now();
        let seen = in_time(offer.examine(visit)).await;
        (seen, took(start))
    });
    let mut relayed = None;
    for (offer, (seen, took)) in offers.iter().zip(join_all(trials).await) {
        let link = offer.link();
        match (seen, offer.kind) {
            (Ok(seen), IceLink::Stun) => {
                report.good(link, format!("{took}, sees us as {seen}"));
            }
            (Ok(seen), _) => {
                report.good(link, format!("allocation and echo, {took}"));
                relayed = Some(seen.ip());
            }
            (Err(problem), IceLink::Stun | IceLink::TurnUdp) => {
                let fix = format!("UDP port {}: {OPEN_UDP}", offer.port);
                report.failed_at(link, problem, fix);
            }
            (Err(problem), _) => {
                let fix = format!(
                    "see whether TCP port {} leads to the server itself, or to a proxy that \
                     passes only HTTP on",
                    offer.port
                );
                report.failed_at(link, problem, fix);
            }
        }
    }
    if let Some(relayed) = relayed {
        relayed_address(visit.server.ip(), relayed, report);
    }
}

/// Others must be able to reach what the relay gives out.
fn relayed_address(server: IpAddr, relayed: IpAddr, report: &mut Report) {
    const LINK: &str = "relayed address";
    if is_private(relayed) && !is_private(server) {
        report.failed_at(
            LINK,
            format!("{relayed} cannot be reached from outside"),
            format!("start the server with --public-ip {server}"),
        );
    } else {
        report.good(LINK, relayed);
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
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
    async fn examine(&self, visit: &Visit) -> Result<SocketAddr, String> {
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

    async fn way(&self, visit: &Visit) -> Result<Way, String> {
        let addresses = way::addresses(&self.host, self.port).await?;
        // The family by which the page was reached.
        let same = |it: &&SocketAddr| it.is_ipv4() == visit.server.is_ipv4();
        let mut addresses: Vec<SocketAddr> = addresses.iter().filter(same).copied().collect();
        addresses.truncate(1);
        match self.kind {
            IceLink::Stun | IceLink::TurnUdp => Way::datagrams(&addresses).await,
            IceLink::TurnTcp => Ok(Way::stream(Box::new(way::connect(&addresses).await?))),
            IceLink::TurnTls => {
                let stream = way::connect(&addresses).await?;
                let stream =
                    way::encrypted(stream, &self.host, &visit.onlooker, b"stun.turn").await?;
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
}

impl Client {
    async fn new(offer: &Offer, visit: &Visit) -> Result<Self, String> {
        let (username, password) = offer.login.as_ref().ok_or("no credentials came with it")?;
        let mut client = Self {
            way: offer.way(visit).await?,
            session: Session::new(username, password),
            relayed: visit.server,
        };
        let answer = client
            .request(|session, it| session.allocate(it, None))
            .await?;
        let relayed = Message::parse(&answer).and_then(|it| it.relayed);
        client.relayed = relayed.ok_or("no relayed address came back")?;
        Ok(client)
    }

    async fn permit(&mut self, peer: SocketAddr) -> Result<(), String> {
        self.request(|session, it| session.create_permission(it, &[peer]))
            .await
            .map(drop)
    }

    /// The good response to a request.
    async fn request(
        &mut self,
        make: impl Fn(&Session, Transaction) -> Vec<u8>,
    ) -> Result<Vec<u8>, String> {
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
        Err("the server asks for credentials again and again".to_owned())
    }
}

fn refused(response: &Message<'_>) -> String {
    match response.error {
        Some(401 | 438) => "the server does not take its own credentials (401)".to_owned(),
        Some(486) => "too many allocations for one participant or address (486)".to_owned(),
        Some(508) => "the relay is full (508)".to_owned(),
        Some(code) => format!("refused with {code}"),
        None => "an answer that says nothing".to_owned(),
    }
}

/// Sends a request, again and again over datagrams, and gives what answers it.
async fn ask(way: &mut Way, request: &[u8], transaction: Transaction) -> Result<Vec<u8>, String> {
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
async fn hear(way: &mut Way, is_it: impl Fn(&[u8]) -> bool) -> Result<Option<Vec<u8>>, String> {
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
async fn pass(from: &mut Client, to: &mut Client) -> Result<(), String> {
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

fn transaction() -> Result<Transaction, String> {
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
    }
}
