//! What every part of the running server shares.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::{
    config::settings::{Live, Settings},
    host::{Authority, HTTPS_PORT, Host, HostName, HostPattern, Scheme},
    machine::Machine,
    meters::Meters,
    relay::{self, Relay},
    signalling::Signalling,
    tls::{
        identity::Identity,
        names,
        public::{PublicCertificate, Source},
    },
};

/// The running server.
#[derive(Debug)]
pub struct Site {
    /// What the operator decided.
    pub settings: Settings,
    /// Where it listens.
    pub bound: Bound,
    /// The certificate it shows; none without HTTPS.
    pub identity: Option<Arc<Identity>>,
    /// The certificate for the open Internet, if there is to be one.
    pub public: Option<Arc<PublicCertificate>>,
    /// The calls.
    pub signalling: Signalling,
    /// STUN and TURN.
    pub relay: Relay,
    /// Where clients find them.
    pub ice_urls: relay::Urls,
    /// What is counted.
    pub meters: Meters,
    live: ArcSwap<Live>,
    machine: ArcSwap<Machine>,
    reloads: watch::Sender<()>,
    ready: AtomicBool,
}

/// The addresses it listens on, with the ports the system gave for 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bound {
    /// Plain HTTP.
    pub http: Option<SocketAddr>,
    /// HTTPS.
    pub https: Vec<SocketAddr>,
}

impl Site {
    /// Puts it together; it is ready from now on.
    pub fn new(
        settings: Settings,
        bound: Bound,
        identity: Option<Arc<Identity>>,
        public: Option<Arc<PublicCertificate>>,
        signalling: Signalling,
        relay: Relay,
        machine: Machine,
    ) -> Self {
        let turn_tls = settings.relay.turn_tls.clone();
        Self {
            live: ArcSwap::from_pointee(settings.live.clone()),
            settings,
            bound,
            identity,
            public,
            signalling,
            ice_urls: relay::Urls::new(relay.udp(), turn_tls),
            relay,
            meters: Meters::default(),
            machine: ArcSwap::from_pointee(machine),
            reloads: watch::Sender::new(()),
            ready: AtomicBool::new(true),
        }
    }

    /// The machine as it was last seen.
    pub fn machine(&self) -> Arc<Machine> {
        self.machine.load_full()
    }

    /// Remembers how the machine is now.
    pub fn set_machine(&self, machine: Machine) {
        self.machine.store(Arc::new(machine));
    }

    /// The settings that can change without a restart, as they are now.
    pub fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// Replaces the settings that can change without a restart, and makes those who read
    /// certificates and the ticket key look at their files again.
    pub fn reload(&self, live: Live) {
        self.live.store(Arc::new(live));
        self.reloads.send_replace(());
    }

    /// Changes with each [`Self::reload`]. Whoever is busy meanwhile finds the change afterwards.
    pub fn reloads(&self) -> watch::Receiver<()> {
        self.reloads.subscribe()
    }

    /// The operator's names and addresses that no certificate of this server is for.
    pub fn uncertified(&self) -> Vec<HostPattern> {
        let is_certified = |pattern: &HostPattern| {
            // What is for one name below, whichever it is, is for all of them.
            let host = match pattern {
                HostPattern::Host(host) => Some(host.clone()),
                HostPattern::Below(name) => HostName::parse(&format!("any.{name}")).map(Host::Name),
            };
            names::may_certify_pattern(pattern)
                || self
                    .public
                    .as_ref()
                    .zip(host)
                    .is_some_and(|(public, host)| public.covers(&host))
        };
        let live = self.live();
        let has_none = self.identity.is_some() && self.settings.trusted_proxies.is_empty();
        live.names
            .iter()
            .filter(|pattern| has_none && !is_certified(pattern))
            .cloned()
            .collect()
    }

    /// Whether people who come through a proxy for HTTP find no relay but by UDP.
    pub fn has_no_way_around_proxies(&self) -> bool {
        !self.settings.trusted_proxies.is_empty() && self.settings.relay.turn_tls.is_none()
    }

    /// Whether new visitors are welcome.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// New visitors are to go elsewhere: the end is near.
    pub fn close(&self) {
        self.ready.store(false, Ordering::Relaxed);
    }

    /// The page's address for a browser on this computer.
    pub fn local_url(&self) -> Option<String> {
        if let Some(address) = self.bound.http {
            return Some(url(Scheme::Http, local_host(address.ip()), address.port()));
        }
        let address = self.bound.https.first()?;
        Some(url(Scheme::Https, local_host(address.ip()), address.port()))
    }

    /// The page's addresses in the open.
    pub fn public_urls(&self) -> Vec<String> {
        let (Some(public), Some(bound)) = (&self.public, self.bound.https.first()) else {
            return Vec::new();
        };
        let open = &self.settings.in_the_open;
        let names = open.domains.iter().cloned().map(Host::Name);
        let addresses = open.public_ips.iter().copied().map(Host::Address);
        let port = match public.source() {
            // Where the authority came for its proof.
            Source::Acme => HTTPS_PORT,
            Source::Files => bound.port(),
        };
        names
            .chain(addresses)
            .filter(|host| match public.source() {
                // The one that is on its way is for names, or for addresses without them.
                Source::Acme => open.domains.is_empty() || matches!(host, Host::Name(_)),
                Source::Files => public.covers(host),
            })
            .map(|host| url(Scheme::Https, host, port))
            .collect()
    }

    /// The page's addresses for other devices on the network, the likeliest to work first. Only
    /// those the certificate is for.
    pub fn network_urls(&self) -> Vec<String> {
        let machine = self.machine();
        let mut urls = Vec::new();
        if let (Some(_), Some(bound)) = (&self.identity, self.bound.https.first()) {
            // The names that the operator gave come first.
            let live = self.live();
            let named = live.names.iter().filter_map(HostPattern::host);
            let named = named.filter(|it| names::may_certify_host(it));
            urls.extend(named.map(|host| url(Scheme::Https, host.clone(), bound.port())));
        }
        for address in machine.addresses.iter().copied() {
            for bound in &self.bound.https {
                let listens = bound.ip() == address
                    || (bound.ip().is_unspecified() && bound.is_ipv4() == address.is_ipv4());
                if listens && names::may_certify_address(address) {
                    let url = url(Scheme::Https, Host::Address(address), bound.port());
                    if !urls.contains(&url) {
                        urls.push(url);
                    }
                }
            }
        }
        urls
    }
}

/// How this computer calls an address it listens on itself.
fn local_host(address: IpAddr) -> Host {
    let is_localhost = address.is_unspecified()
        || address == IpAddr::from([127, 0, 0, 1])
        || address == IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]);
    match HostName::parse("localhost") {
        Some(name) if is_localhost => Host::Name(name),
        _ => Host::Address(address),
    }
}

fn url(scheme: Scheme, host: Host, port: u16) -> String {
    let authority = Authority {
        host,
        port: Some(port),
    };
    format!("{}://{}", scheme.as_str(), authority.in_origin(scheme))
}
