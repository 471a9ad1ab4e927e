//! The running server, from the first socket to the last.

use std::{io, sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::{
    net::TcpListener,
    sync::watch,
    time::{MissedTickBehavior, interval, timeout},
};

use crate::{
    acme::Renewal,
    config::{certificates::CertificateSource, settings::Settings},
    data_dir::{self, DataDir, TicketKeyFile},
    doctor::{ADDRESS_FILE, Target},
    fault::Fault,
    host::{Host, HostPattern},
    http,
    listen::{self, Doors, Listener},
    machine::{Machine, Probe},
    moment::Moment,
    relay::{self, Relay},
    signalling::{self, Signalling},
    site::{Bound, Site},
    tls::{
        authority::PrivateAuthority,
        files::Files,
        identity::Identity,
        names::Subjects,
        public::{PublicCertificate, Source},
        serving::Acceptors,
    },
};

/// How long clients may take to hear that the server stops. With [`DRAIN_LIMIT`] below the 5 s
/// after which an operator's patience ends.
const FAREWELL_LIMIT: Duration = Duration::from_secs(3);
/// How long answers under way may take to be read.
const DRAIN_LIMIT: Duration = Duration::from_secs(1);

/// How often the time is noted, for the next start to know whether the clock was set back.
const CLOCK_PERIOD: Duration = Duration::from_secs(3600);

/// A server that listens, and answers once it runs.
#[derive(Debug)]
pub struct Server {
    site: Arc<Site>,
    listeners: Vec<Listener>,
    probe: Probe,
    dir: DataDir,
    ticket_key: TicketKeyFile,
    upkeep: Upkeep,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Makes everything ready. Needs a tokio runtime; answers nobody before [`Self::run`].
    pub fn start(settings: Settings, probe: Probe) -> Result<Self, Fault> {
        let machine = probe.look().map_err(unknown)?;
        let sockets = Sockets::bind(&settings)?;
        let bound = sockets.bound()?;
        let dir = DataDir::open(&settings.data_dir)?;
        let identity = if sockets.https.is_empty() {
            None
        } else {
            Some(Arc::new(identity(&dir, &machine, &settings)?))
        };
        let (public, upkeep) = in_the_open(&settings, &dir)?;
        let relay = relay(&settings, &machine)?;
        let signalling = Signalling::start(
            signalling::Options {
                relay: Some(signalling_relay(&relay)),
                max_participants: settings.max_participants,
                limits: settings.limits.clone(),
                ..signalling::Options::new(dir.ticket_key(OffsetDateTime::now_utc())?)
            },
            data_dir::random_32()?,
        );
        let ticket_key = TicketKeyFile::new(dir.clone())?;
        let trusted = settings.trusted_proxies.clone();
        let site = Arc::new(Site::new(
            settings, bound, identity, public, signalling, relay, machine,
        ));
        let (stop, stopped) = watch::channel(false);
        let relay = site.relay.clone();
        let per_address = site.settings.max_tcp_per_address;
        let doors = Doors::new(site.meters.clone(), trusted, per_address, relay, stopped);
        let listeners = sockets.listeners(&site, &doors)?;
        let server = Self {
            site,
            listeners,
            probe,
            dir,
            ticket_key,
            upkeep,
            stop,
        };
        server.leave_address();
        Ok(server)
    }

    /// What it serves and where.
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// Writes the server's address to the data folder, where `crabcall doctor` finds it.
    fn leave_address(&self) {
        if let Some(target) = Target::of(&self.site)
            && let Err(fault) = self
                .dir
                .write(ADDRESS_FILE, format!("{target}\n").as_bytes())
        {
            tracing::debug!(%fault, "the address can't be written to the data folder");
        }
    }

    /// Serves until `stop`; then takes nobody any more, tells every client, and lets what is
    /// under way end. Takes less than 5 s from `stop`.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        if self.site.has_no_way_around_proxies() {
            tracing::warn!(
                "where a proxy (--trusted-proxy) passes on only HTTP, people whose network blocks UDP cannot call \
                 through it: name a port that leads here by --turn-tls HOST:PORT"
            );
        }
        tracing::info!(http = ?self.site.bound.http, https = ?self.site.bound.https, "listening");
        warn_of_names(&self.site);
        if let Some(identity) = &self.site.identity
            && identity.authority().is_new()
        {
            tracing::info!(
                folder = %self.dir.path("").display(),
                "made a certificate authority: devices that trust it do so for as long as this folder is kept"
            );
        }
        for listener in self.listeners {
            tokio::spawn(listener.run());
        }
        let Upkeep { files, renewal } = self.upkeep;
        tokio::select! {
            () = stop => {}
            () = keep_watch(&self.site, &self.probe, &self.dir, files, self.ticket_key) => {}
            () = keep_renewed(&self.site, renewal) => {}
        }
        tracing::info!("stopping");
        self.site.close();
        self.stop.send_replace(true);
        if timeout(FAREWELL_LIMIT, self.site.signalling.stop())
            .await
            .is_err()
        {
            tracing::warn!("some clients did not hear that the server stops");
        }
        // Closed once the last connection dropped its receiver.
        if timeout(DRAIN_LIMIT, self.stop.closed()).await.is_err() {
            tracing::warn!("some connections were cut");
        }
        tracing::info!("stopped");
    }
}

/// The fault that this computer's addresses are not known. The relay needs them, because its
/// clients must not reach them.
fn unknown(error: io::Error) -> Fault {
    Fault::new(
        "the addresses of this computer",
        format!("can't be listed: {error}"),
        "let the program open sockets of the kind AF_NETLINK (systemd: RestrictAddressFamilies=), \
         and enough of them (LimitNOFILE=)",
    )
}

fn identity(dir: &DataDir, machine: &Machine, settings: &Settings) -> Result<Identity, Fault> {
    let now = OffsetDateTime::now_utc();
    let authority = PrivateAuthority::open(dir, machine, now)?;
    let wanted = Subjects::of(machine, &settings.live.names);
    Identity::open(authority, dir.clone(), &wanted, now)
}

/// Binds its sockets and starts it.
fn relay(settings: &Settings, machine: &Machine) -> Result<Relay, Fault> {
    let wanted = &settings.relay;
    let has_ipv6 = listen::has_ipv6();
    let udp = listen::bindable(&wanted.udp, has_ipv6);
    let udp = udp.into_iter().map(relay::bind).collect::<Result<_, _>>()?;
    Relay::start(relay::Options {
        udp,
        public: wanted.public,
        here: machine.here(),
        ports: wanted.ports.clone(),
        limits: turn::Config {
            ipv6: has_ipv6,
            // One for each connection, and one for each place that is held for somebody who lost
            // theirs.
            max_participants: settings.limits.max_connections.saturating_mul(2),
            max_participants_per_address: settings
                .limits
                .max_connections_per_address
                .saturating_mul(2),
            ..wanted.limits.clone()
        },
    })
}

/// What signalling has to know of it.
fn signalling_relay(relay: &Relay) -> signalling::RelayControl {
    let key = relay.key();
    let (grants, revokes, expects) = (relay.clone(), relay.clone(), relay.clone());
    signalling::RelayControl {
        key,
        grant: Arc::new(move |user, address| grants.grant(user, address)),
        revoke: Arc::new(move |user| revokes.revoke(user)),
        expect: Arc::new(move |address| expects.expect(address)),
    }
}

/// What keeps the certificate for the open Internet new.
#[derive(Debug, Default)]
struct Upkeep {
    files: Option<Files>,
    renewal: Option<Renewal>,
}

fn in_the_open(
    settings: &Settings,
    dir: &DataDir,
) -> Result<(Option<Arc<PublicCertificate>>, Upkeep), Fault> {
    let now = OffsetDateTime::now_utc();
    let open = &settings.in_the_open;
    match &open.source {
        None => Ok((None, Upkeep::default())),
        Some(CertificateSource::Files { certificate, key }) => {
            let hosts = open.domains.iter().cloned().map(Host::Name).collect();
            let (files, read) = Files::open(certificate.clone(), key.clone(), hosts, now)?;
            let upkeep = Upkeep {
                files: Some(files),
                renewal: None,
            };
            let public = Arc::new(PublicCertificate::new(Source::Files, Some(read)));
            Ok((Some(public), upkeep))
        }
        Some(CertificateSource::Acme(options)) => {
            let renewal = Renewal::open(options.clone(), dir, now)?;
            let public = Arc::clone(renewal.public());
            let upkeep = Upkeep {
                files: None,
                renewal: Some(renewal),
            };
            Ok((Some(public), upkeep))
        }
    }
}

/// Never ends; without a renewal, nothing that asks another host is even made.
async fn keep_renewed(site: &Site, renewal: Option<Renewal>) {
    match renewal {
        Some(renewal) => renewal.run(site.reloads()).await,
        None => std::future::pending().await,
    }
}

/// Names in the log the operator's names and addresses by which browsers will warn, and what to do
/// about it.
fn warn_of_names(site: &Site) {
    for pattern in site.uncertified() {
        let remedy = match &pattern {
            HostPattern::Below(_) => {
                "name each host that is under .local, .home.arpa or .internal by itself; for others, give a \
                 certificate with --cert and --key"
            }
            HostPattern::Host(Host::Address(_)) => "get one with --public-ip and --acme",
            HostPattern::Host(Host::Name(name)) if name.is_under("ts.net") => {
                "get one with `tailscale cert`, and give it with --cert and --key"
            }
            HostPattern::Host(Host::Name(_)) => {
                "give one that is with --cert and --key, or use an address or a name under .local, .home.arpa or \
                 .internal"
            }
        };
        tracing::warn!(
            "--name {pattern}: browsers will warn there, for the certificates made here can't be for it; {remedy}"
        );
    }
}

/// Follows the machine from network to network, and the files; never ends.
async fn keep_watch(
    site: &Site,
    probe: &Probe,
    dir: &DataDir,
    mut files: Option<Files>,
    mut ticket_key: TicketKeyFile,
) {
    let mut reloads = site.reloads();
    let mut ticks = interval(probe.period());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut clock = interval(CLOCK_PERIOD);
    let mut is_known = true;
    loop {
        let is_reload = tokio::select! {
            _ = ticks.tick() => false,
            Ok(()) = reloads.changed() => true,
            _ = clock.tick() => {
                dir.note_time();
                continue;
            }
        };
        match probe.look() {
            Ok(machine) => {
                is_known = true;
                if machine != *site.machine() {
                    tracing::info!("the addresses or the name of this computer changed");
                    site.relay.set_here(machine.here());
                    site.set_machine(machine);
                }
            }
            // The addresses that were known last stay in use.
            Err(error) if std::mem::take(&mut is_known) => {
                tracing::warn!(%error, "the addresses of this computer can't be listed");
            }
            Err(_) => {}
        }
        if let (Some(files), Some(public)) = (&mut files, &site.public) {
            if is_reload {
                // The first look at broken files reports nothing, because they may be half written.
                // After a reload the operator wants to know at once, so there are two looks.
                take_files(files, public);
            }
            take_files(files, public);
        }
        if is_reload {
            warn_of_names(site);
            take_ticket_key(site, &mut ticket_key);
        }
        if let Some(identity) = &site.identity {
            take_identity(site, identity, is_reload);
        }
    }
}

fn take_ticket_key(site: &Site, file: &mut TicketKeyFile) {
    match file.look() {
        Ok(None) => {}
        Ok(Some(key)) => {
            site.signalling.take_ticket_key(&key);
            tracing::info!("took the new ticket key: older tickets bring nobody back any more");
        }
        Err(fault) => tracing::error!("the ticket key stays as it was: {fault}"),
    }
}

fn take_identity(site: &Site, identity: &Identity, is_reload: bool) {
    let machine = site.machine();
    let wanted = Subjects::of(&machine, &site.live().names);
    let now = OffsetDateTime::now_utc();
    if is_reload && let Err(fault) = identity.reopen(&wanted, &machine, now) {
        tracing::error!("the certificate and its authority stay as they were: {fault}");
    }
    match identity.refresh(&wanted, &machine, now) {
        Ok(true) => tracing::info!("made a new certificate"),
        Ok(false) => {}
        Err(fault) => tracing::error!("no new certificate: {fault}"),
    }
}

fn take_files(files: &mut Files, public: &PublicCertificate) {
    match files.look(OffsetDateTime::now_utc()) {
        None => {}
        Some(Ok(certificate)) => {
            tracing::info!(until = %Moment(certificate.lifetime().not_after), "took the new certificate");
            public.renewed(certificate);
        }
        Some(Err(fault)) => {
            tracing::error!("the new certificate is not taken, the old one stays: {fault}");
            public.renewal_failed();
        }
    }
}

struct Sockets {
    http: Option<TcpListener>,
    https: Vec<TcpListener>,
}

impl Sockets {
    fn bind(settings: &Settings) -> Result<Self, Fault> {
        let http = settings
            .http
            .map(|address| listen::bind(address, "--http"))
            .transpose()?;
        let https = listen::bindable(&settings.https, listen::has_ipv6())
            .into_iter()
            .map(|address| listen::bind(address, "--https"))
            .collect::<Result<_, _>>()?;
        Ok(Self { http, https })
    }

    fn bound(&self) -> Result<Bound, Fault> {
        let address = |socket: &TcpListener| {
            socket
                .local_addr()
                .map_err(|error| Fault::new("a socket just made", error, "start again"))
        };
        Ok(Bound {
            http: self.http.as_ref().map(address).transpose()?,
            https: self.https.iter().map(address).collect::<Result<_, _>>()?,
        })
    }

    fn listeners(self, site: &Arc<Site>, doors: &Doors) -> Result<Vec<Listener>, Fault> {
        let router = http::router(site, site.signalling.routes());
        let redirect = http::redirect(site);
        let mut listeners: Vec<Listener> = self
            .http
            .into_iter()
            .map(|socket| Listener::http(socket, router.clone(), doors.clone()))
            .collect();
        if let Some(identity) = &site.identity {
            let acceptors = Acceptors::new(identity, site.public.as_ref())?;
            listeners.extend(self.https.into_iter().map(|socket| {
                Listener::https(
                    socket,
                    acceptors.clone(),
                    router.clone(),
                    redirect.clone(),
                    doors.clone(),
                )
            }));
        }
        Ok(listeners)
    }
}
