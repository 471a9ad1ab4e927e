//! The sockets that listen. Every connection is accepted, within bounds, and its first byte tells
//! what it speaks. One port speaks HTTP and TURN, and inside TLS both of them again.

mod arrival;
mod bind;
mod gate;
mod proxy_protocol;
mod serve;

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::sleep,
};

use self::{arrival::Arrival, gate::Gate};
use crate::{
    meters::{Away, AwayReason, Meters},
    networks::Networks,
    relay::Relay,
    seldom::Seldom,
    tls::serving::Acceptors,
};

pub use bind::{bind, bindable, has_ipv6};

/// How long accepting pauses when the system has no more sockets for us.
const BREATH: Duration = Duration::from_millis(200);
/// How often the log says that somebody was turned away.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// Takes connections and serves them.
pub struct Listener {
    socket: TcpListener,
    tls: Option<Acceptors>,
    router: Router,
    /// Answers plain HTTP on a port with TLS.
    redirect: Router,
    doors: Doors,
}

/// What the listeners share.
#[derive(Clone)]
pub struct Doors {
    gate: Gate,
    meters: Meters,
    stop: watch::Receiver<bool>,
    http: http1::Builder,
    relay: Relay,
    /// When the log last said that somebody was turned away.
    turned_away: Arc<Seldom>,
}

impl Doors {
    /// `stop` turns true when nobody is to be let in any more. `per_address` is how many
    /// connections one address may have, of HTTP and of TURN each.
    pub fn new(
        meters: Meters,
        trusted: Networks,
        per_address: u32,
        relay: Relay,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            gate: Gate::new(trusted, per_address),
            meters,
            stop,
            http: serve::builder(),
            relay,
            turned_away: Arc::new(Seldom::new(SAID_EVERY)),
        }
    }

    /// Counts somebody who was turned away, and says so now and then.
    fn turn_away(&self, reason: AwayReason) {
        self.meters
            .turned_away
            .get_or_create(&Away { reason })
            .inc();
        let Some(times) = self.turned_away.now() else {
            return;
        };
        match reason {
            AwayReason::Address => tracing::warn!(
                times,
                limit = self.gate.per_address,
                "turned away TCP connections: one address has as many as it may have; \
                 if many people share it, raise --max-tcp-per-address"
            ),
            AwayReason::Total => {
                tracing::warn!(
                    times,
                    "turned away TCP connections: there are too many in all"
                );
            }
        }
    }

    /// Waits until nobody is to be let in any more.
    async fn stopped(&mut self) {
        // An error means that whoever could say so is gone, which is the same.
        let _gone = self.stop.wait_for(|stop| *stop).await;
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

impl Listener {
    /// A listener for plain HTTP.
    pub fn http(socket: TcpListener, router: Router, doors: Doors) -> Self {
        Self {
            socket,
            tls: None,
            redirect: router.clone(),
            router,
            doors,
        }
    }

    /// A listener for HTTPS. Plain HTTP there is answered by `redirect`.
    pub fn https(
        socket: TcpListener,
        tls: Acceptors,
        router: Router,
        redirect: Router,
        doors: Doors,
    ) -> Self {
        Self {
            socket,
            tls: Some(tls),
            router,
            redirect,
            doors,
        }
    }

    /// Takes connections until it is told to stop.
    pub async fn run(self) {
        let mut doors = self.doors.clone();
        tokio::select! {
            () = self.accept() => {}
            () = doors.stopped() => {}
        }
    }

    async fn accept(&self) {
        loop {
            match self.socket.accept().await {
                Ok((stream, peer)) => self.take(stream, peer),
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "no connection can be taken now");
                    sleep(BREATH).await;
                }
            }
        }
    }

    fn take(&self, stream: TcpStream, peer: SocketAddr) {
        self.doors.meters.accepted.inc();
        let place = match self.doors.gate.enter(peer.ip()) {
            Ok(place) => place,
            Err(reason) => return self.doors.turn_away(reason),
        };
        // A message is small and somebody waits for it.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        let own = stream.local_addr().unwrap_or(peer);
        let arrival = Arrival::new(self.doors.clone(), place, peer, own);
        let (router, redirect) = (self.router.clone(), self.redirect.clone());
        let tls = self.tls.clone();
        tokio::spawn(async move {
            match tls {
                None => arrival.plain(stream, router).await,
                Some(tls) => arrival.encrypted(stream, &tls, router, redirect).await,
            }
        });
    }
}

/// Whether the error is about the one connection that was being accepted, and not about the socket
/// that listens.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
