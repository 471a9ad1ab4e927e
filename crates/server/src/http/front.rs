//! The front door: who asks, for which host, and whether that is one of ours.
//!
//! A page of another site whose name is made to point at this machine (DNS rebinding) would pass
//! every check that looks only at addresses. So the host asked for has to be an address or a name
//! that is known to be this server's.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    middleware::Next,
};

use super::{forwarded::Forwarded, headers};
use crate::{
    host::{Authority, HTTPS_PORT, Host, HostName, Scheme},
    relay::Asked,
    signalling::{ClientAddress, ExpectedOrigin, IceServers},
    site::Site,
};

/// The connection a request came by, as the listener knows it.
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    /// Who is at the other end: the browser or a proxy.
    pub peer: SocketAddr,
    /// Whether TLS is spoken on it.
    pub scheme: Scheme,
}

/// Who asks, after a trusted proxy had its say.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The browser's address.
    pub address: IpAddr,
    /// The host it asked for.
    pub authority: Authority,
    /// How it came.
    pub scheme: Scheme,
    /// It came from this computer with no proxy between.
    pub is_local: bool,
    /// It came to a name and by a certificate that every browser trusts, on the port that is
    /// HTTPS's own.
    pub is_public_https: bool,
    /// It came through a trusted proxy.
    pub is_proxied: bool,
}

impl Caller {
    /// The origin of our pages, as this caller's browser writes it.
    pub fn origin(&self) -> String {
        format!(
            "{}://{}",
            self.scheme.as_str(),
            self.authority.in_origin(self.scheme)
        )
    }

    /// How it asked, as STUN and TURN are named after that.
    fn asked(&self) -> Asked {
        Asked {
            authority: self.authority.clone(),
            scheme: self.scheme,
            is_proxied: self.is_proxied,
        }
    }

    /// The origin of our WebSocket as a content security policy can name it: not with an IPv6
    /// address, for which its grammar has no place.
    pub(super) fn web_socket_origin(&self) -> Option<String> {
        let is_nameable = !matches!(self.authority.host, Host::Address(IpAddr::V6(_)));
        is_nameable.then(|| {
            format!(
                "{}://{}",
                self.scheme.web_socket(),
                self.authority.in_origin(self.scheme)
            )
        })
    }
}

/// Lets a request in with its [`Caller`], or turns it away.
pub async fn admit(
    State(site): State<Arc<Site>>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
    match caller(&site, &request) {
        Ok(caller) => {
            let extensions = request.extensions_mut();
            extensions.insert(ClientAddress(caller.address));
            extensions.insert(ExpectedOrigin(caller.origin()));
            extensions.insert(IceServers(site.ice_urls.of(caller.asked())));
            extensions.insert(caller.clone());
            let mut response = next.run(request).await;
            headers::add(response.headers_mut(), Some(&caller), &path);
            response
        }
        Err(refusal) => {
            let mut response = refusal.response();
            headers::add(response.headers_mut(), None, &path);
            response
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    NoConnection,
    NoHost,
    StrangeHost,
}

impl Refusal {
    fn response(self) -> Response<Body> {
        let (status, text) = match self {
            Self::NoConnection => (StatusCode::INTERNAL_SERVER_ERROR, "No connection.\n"),
            Self::NoHost => (
                StatusCode::BAD_REQUEST,
                "The request names no host, or one that can't be read.\n",
            ),
            Self::StrangeHost => (
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
    let trusted = site.settings.trusted_proxies.contains(peer);
    let authority = match &forwarded.host {
        Some(host) if trusted => Authority::parse(host),
        _ => asked_for(request),
    }
    .ok_or(Refusal::NoHost)?;
    if !trusted && !is_ours(site, &authority.host) {
        return Err(Refusal::StrangeHost);
    }
    let caller = if trusted {
        Caller {
            address: forwarded
                .client(|address| site.settings.trusted_proxies.contains(address))
                .unwrap_or(peer),
            scheme: forwarded.scheme.unwrap_or(connection.scheme),
            authority,
            is_local: false,
            is_public_https: false,
            is_proxied: true,
        }
    } else {
        Caller {
            address: peer,
            scheme: connection.scheme,
            authority,
            is_local: false,
            is_public_https: false,
            is_proxied: false,
        }
    };
    Ok(Caller {
        is_local: peer.is_loopback() && !Forwarded::is_hinted(headers),
        is_public_https: connection.scheme == Scheme::Https
            && is_public_https(site, &caller.authority),
        ..caller
    })
}

/// The host of the request: in its target, or in its `Host` header, of which there is one.
fn asked_for(request: &Request) -> Option<Authority> {
    if let Some(authority) = request.uri().authority() {
        return Authority::parse(authority.as_str());
    }
    Authority::parse(only(request.headers(), header::HOST)?)
}

fn only(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

fn is_ours(site: &Site, host: &Host) -> bool {
    match host {
        Host::Address(_) => true,
        Host::Name(name) => {
            name.is_under("localhost")
                || name.is_under("local")
                || site.settings.names.contains(name)
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
