//! The front door: who asks, for which host, and whether that is one of ours.
//!
//! A page of another site whose name is made to point at this machine (DNS rebinding) would pass
//! every check that looks only at addresses. So the host asked for has to be an address or a name
//! that is known to be this server's.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Response, StatusCode, header},
    middleware::Next,
};

use super::{
    caller::{Caller, Connection},
    crowd::{CROWD, Crowd},
    forwarded::Forwarded,
    headers, only,
    origin::Origin,
    wrong_origin::WrongOrigin,
};
use protocol::fallback::{EVENTS_PATH, SESSION};

use crate::{
    host::{Authority, HTTPS_PORT, Host, HostName, Scheme},
    seldom::Seldom,
    signalling::{ClientAddress, ExpectedOrigin, IceServers, OriginRefused},
    site::Site,
};

/// The paths that supervisors ask for.
const HEALTH: [&str; 2] = ["/healthz", "/readyz"];
const METRICS_PATH: &str = "/metrics";
/// How often the log says that somebody was refused.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// What the front door remembers.
#[derive(Debug)]
pub struct Front {
    site: Arc<Site>,
    crowd: Crowd,
    /// When the log last said that a page was refused.
    wrong_origin: Seldom,
    /// When the log last said that a host was refused.
    strange_host: Seldom,
}

impl Front {
    /// The front door of this server.
    pub fn new(site: &Arc<Site>) -> Arc<Self> {
        Arc::new(Self {
            site: Arc::clone(site),
            crowd: Crowd::default(),
            wrong_origin: Seldom::new(SAID_EVERY),
            strange_host: Seldom::new(SAID_EVERY),
        })
    }

    fn refuse(&self, refusal: &Refusal, path: &str) -> Response<Body> {
        if let Refusal::StrangeHost(authority) = refusal
            && let Some(times) = self.strange_host.now()
        {
            let host = authority.to_string();
            tracing::info!(
                host,
                times,
                "asked for a host that is not known to be this server"
            );
        }
        let mut response = refusal.response();
        headers::add(response.headers_mut(), None, path);
        response
    }

    /// Warns when all connections come from one local address. A session of the fallback counts once,
    /// however often it asks for events.
    fn watch(&self, caller: &Caller, request: &Request) {
        let is_new = match request.uri().path() {
            "/ws" => true,
            EVENTS_PATH => !request.headers().contains_key(SESSION),
            _ => false,
        };
        let is_elsewhere = !caller.is_proxied && !caller.authority.host.is_loopback();
        if is_new && is_elsewhere && self.crowd.came(caller.address) {
            tracing::warn!(
                address = %caller.address,
                "the first {CROWD} connections to signalling all came from one local address: if a forwarder or a \
                 container's network stands between, all people share the limits of that address; let it send \
                 the PROXY protocol (version 2) and name it by --trusted-proxy"
            );
        }
    }
}

/// Lets a request in with its [`Caller`], or turns it away.
pub async fn admit(
    State(front): State<Arc<Front>>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let caller = match caller(&front.site, &request) {
        Ok(caller) => caller,
        // The health is no secret, and supervisors ask for it by any name or by none.
        Err(_) if HEALTH.contains(&path.as_str()) => {
            let mut response = next.run(request).await;
            headers::add(response.headers_mut(), None, &path);
            return response;
        }
        Err(refusal) => return front.refuse(&refusal, &path),
    };
    front.watch(&caller, &request);
    let asked = request.headers().clone();
    let extensions = request.extensions_mut();
    extensions.insert(ClientAddress(caller.address));
    extensions.insert(ExpectedOrigin(caller.origin()));
    extensions.insert(IceServers(front.site.ice_urls.of(caller.ice())));
    extensions.insert(caller.clone());
    let mut response = next.run(request).await;
    if response.extensions().get::<OriginRefused>().is_some() {
        let why = WrongOrigin::of(&caller, &asked);
        why.explain(&mut response);
        if why.is_of_note()
            && let Some(times) = front.wrong_origin.now()
        {
            why.log(times);
        }
    }
    headers::add(response.headers_mut(), Some(&caller), &path);
    response
}

/// The answer, with status 400, to a request without a host that can be read. `doctor` knows it by
/// these words.
pub(crate) const UNREADABLE_HOST: &str = "The request names no host, or one that can't be read.\n";

#[derive(Debug, Clone, PartialEq, Eq)]
enum Refusal {
    NoConnection,
    NoHost,
    StrangeHost(Authority),
}

impl Refusal {
    fn response(&self) -> Response<Body> {
        let (status, text) = match self {
            Self::NoConnection => (StatusCode::INTERNAL_SERVER_ERROR, "No connection.\n"),
            Self::NoHost => (StatusCode::BAD_REQUEST, UNREADABLE_HOST),
            Self::StrangeHost(_) => (
                StatusCode::MISDIRECTED_REQUEST,
                "This Crabcall does not know the host name you asked for.\n\
                 If it is right, start the server with: crabcall serve --name THAT.NAME\n\
                 For a public name: crabcall serve --acme --domain THAT.NAME\n\
                 Behind a reverse proxy, name the proxy with --trusted-proxy.\n",
            ),
        };
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

fn caller(site: &Site, request: &Request) -> Result<Caller, Refusal> {
    let connection = request
        .extensions()
        .get::<Connection>()
        .copied()
        .ok_or(Refusal::NoConnection)?;
    let peer = connection.peer.ip().to_canonical();
    let headers = request.headers();
    let forwarded = Forwarded::read(headers);
    let is_proxy = site.settings.trusted_proxies.contains(peer);
    // Inside TLS that a proxy only passes through, the headers are the browser's own words.
    let is_proxied = is_proxy || (connection.is_announced && connection.scheme == Scheme::Http);
    let mut authority = match &forwarded.host {
        Some(host) if is_proxied => Authority::parse(host),
        _ => asked_for(request),
    }
    .ok_or(Refusal::NoHost)?;
    // Whoever may read the metrics may ask for them by any name.
    if !is_proxied && !is_ours(site, &authority.host) && request.uri().path() != METRICS_PATH {
        return Err(Refusal::StrangeHost(authority));
    }
    let client = forwarded.client(|address| site.settings.trusted_proxies.contains(address));
    let known = if is_proxied {
        authority.port = authority.port.or(forwarded.port);
        forwarded.scheme
    } else {
        Some(connection.scheme)
    };
    let mut caller = Caller {
        address: client.filter(|_| is_proxy).unwrap_or(peer),
        scheme: known.unwrap_or(Scheme::Https),
        is_scheme_known: known.is_some(),
        is_local: peer.is_loopback()
            && authority.host.is_loopback()
            && !is_proxy
            && !connection.is_announced
            && !Forwarded::is_hinted(headers),
        is_public_https: connection.scheme == Scheme::Https && is_public_https(site, &authority),
        is_proxied,
        authority,
    };
    if is_proxied
        && let Some(origin) = Origin::of(headers)
        && (caller.asked().differs(&origin).is_none() || is_named(site, &origin))
    {
        (caller.scheme, caller.authority) = (origin.scheme, origin.authority);
    }
    Ok(caller)
}

/// Whether the operator named this origin as the address of the server. Another port of the same
/// name may be somebody else's.
fn is_named(site: &Site, origin: &Origin) -> bool {
    let Host::Name(name) = &origin.authority.host else {
        return false;
    };
    origin.scheme == Scheme::Https
        && origin.authority.port.is_none()
        && (site.live().is_named(&origin.authority.host)
            || site.settings.in_the_open.domains.contains(name))
}

/// The host of the request: in its target, or in its `Host` header, of which there is one.
fn asked_for(request: &Request) -> Option<Authority> {
    if let Some(authority) = request.uri().authority() {
        return Authority::parse(authority.as_str());
    }
    Authority::parse(only(request.headers(), header::HOST)?)
}

fn is_ours(site: &Site, host: &Host) -> bool {
    match host {
        Host::Address(_) => true,
        Host::Name(name) => {
            name.is_under("localhost")
                || name.is_under("local")
                || site.live().is_named(host)
                || site.settings.in_the_open.domains.contains(name)
                || site
                    .public
                    .as_ref()
                    .is_some_and(|public| public.covers(host))
                || site
                    .machine()
                    .name
                    .as_ref()
                    .is_some_and(|own| is_own(own, name))
        }
    }
}

fn is_public_https(site: &Site, authority: &Authority) -> bool {
    matches!(authority.host, Host::Name(_))
        && authority.port.is_none_or(|port| port == HTTPS_PORT)
        && site.public.as_ref().is_some_and(|public| {
            public
                .current()
                .is_some_and(|current| current.is_public() && current.covers(&authority.host))
        })
}

/// The machine's name, or its first label as its neighbours may call it.
fn is_own(own: &HostName, name: &HostName) -> bool {
    own == name || own.first_label() == name.as_str()
}
