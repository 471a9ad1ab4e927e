//! The running server, from the first socket to the last.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::{
    net::TcpListener,
    sync::watch,
    time::{MissedTickBehavior, interval, timeout},
};

use crate::{
    config::settings::Settings,
    data_dir::{self, DataDir},
    fault::Fault,
    http,
    listen::{self, Doors, Listener},
    machine::{Machine, Probe},
    signalling::{self, Signalling},
    site::{Bound, Site},
    tls::{authority::Authority, identity::Identity, names::Subjects},
};

/// How long clients may take to hear that the server stops. With [`DRAIN_LIMIT`] below the 5 s
/// after which an operator's patience ends.
const FAREWELL_LIMIT: Duration = Duration::from_secs(3);
/// How long answers under way may take to be read.
const DRAIN_LIMIT: Duration = Duration::from_secs(1);

/// A server that listens, and answers once it runs.
#[derive(Debug)]
pub struct Server {
    site: Arc<Site>,
    listeners: Vec<Listener>,
    probe: Probe,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Makes everything ready. Needs a tokio runtime; answers nobody before [`Self::run`].
    pub fn start(settings: Settings, probe: Probe) -> Result<Self, Fault> {
        let machine = probe.look();
        let sockets = Sockets::bind(&settings)?;
        let bound = sockets.bound()?;
        let dir = DataDir::open(&settings.data_dir)?;
        let identity = if sockets.https.is_empty() {
            None
        } else {
            Some(Arc::new(identity(&dir, &machine, &settings)?))
        };
        let signalling = Signalling::start(
            signalling::Options {
                max_participants: settings.max_participants,
                limits: settings.limits.clone(),
                ..signalling::Options::new(dir.ticket_key()?)
            },
            data_dir::random_32()?,
        );
        let trusted = settings.trusted_proxies.clone();
        let site = Arc::new(Site::new(settings, bound, identity, signalling, machine));
        let (stop, stopped) = watch::channel(false);
        let doors = Doors::new(site.meters.clone(), trusted, stopped);
        let listeners = sockets.listeners(&site, &doors)?;
        Ok(Self {
            site,
            listeners,
            probe,
            stop,
        })
    }

    /// What it serves and where.
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// Serves until `stop`; then takes nobody any more, tells every client, and lets what is
    /// under way end. Takes less than 5 s from `stop`.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tracing::info!(http = ?self.site.bound.http, https = ?self.site.bound.https, "listening");
        for listener in self.listeners {
            tokio::spawn(listener.run());
        }
        tokio::select! {
            () = stop => {}
            () = keep_watch(&self.site, &self.probe) => {}
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

fn identity(dir: &DataDir, machine: &Machine, settings: &Settings) -> Result<Identity, Fault> {
    let now = OffsetDateTime::now_utc();
    let authority = Authority::open(dir, machine, now)?;
    let wanted = Subjects::of(machine, &settings.names);
    Identity::open(authority, dir.clone(), &wanted, now)
}

/// Follows the machine from network to network; never ends.
async fn keep_watch(site: &Site, probe: &Probe) {
    let mut ticks = interval(probe.period());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let machine = probe.look();
        if machine != *site.machine() {
            tracing::info!("the addresses or the name of this computer changed");
            site.set_machine(machine);
        }
        let Some(identity) = &site.identity else {
            continue;
        };
        let wanted = Subjects::of(&site.machine(), &site.settings.names);
        match identity.refresh(&wanted, OffsetDateTime::now_utc()) {
            Ok(true) => tracing::info!("made a new certificate"),
            Ok(false) => {}
            Err(fault) => tracing::error!("no new certificate: {fault}"),
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
        let mut https = Vec::new();
        for &address in &settings.https {
            // A machine without IPv6 is fine as long as nobody asked for it.
            if settings.https_by_default && address.is_ipv6() && !listen::has_ipv6() {
                tracing::debug!("no IPv6 here");
                continue;
            }
            https.push(listen::bind(address, "--https")?);
        }
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
            let config = Arc::new(identity.server_config()?);
            listeners.extend(self.https.into_iter().map(|socket| {
                Listener::https(
                    socket,
                    Arc::clone(&config),
                    router.clone(),
                    redirect.clone(),
                    doors.clone(),
                )
            }));
        }
        Ok(listeners)
    }
}
