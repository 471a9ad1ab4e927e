//! `crabcall doctor`: goes the way of a client link by link, and says which one fails and what to
//! do about it.

mod answer;
mod call;
mod cause;
mod door;
mod error;
mod local;
mod onlooker;
mod page;
mod reach;
mod relay;
mod report;
mod requests;
mod trust;
mod way;

use std::{
    fmt,
    future::Future,
    path::Path,
    time::{Duration, Instant},
};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use tokio::time::timeout;

pub use cause::Cause;
pub use local::{ADDRESS_FILE, find};
pub use report::{Finding, Health, Report};

use self::error::Error;
use crate::{
    fault::{Fault, one_line},
    host::{Authority, Host, HostName, Scheme},
    site::Site,
};

/// How long one link may take. A client would have given up.
const PATIENCE: Duration = Duration::from_secs(5);

/// The page of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    scheme: Scheme,
    host: Host,
    port: u16,
    /// The path of the page on that host.
    path: String,
}

impl Target {
    /// Reads the address of a page: `https://host`, `http://host:port`, or a host alone, which
    /// means HTTPS.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (scheme, rest) = match text.split_once("://") {
            Some(("https", rest)) => (Scheme::Https, rest),
            Some(("http", rest)) => (Scheme::Http, rest),
            Some(_) => return Err(no_address(text)),
            None => (Scheme::Https, text),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let authority = rest.get(..end).and_then(Authority::parse);
        let Authority { host, port } = authority.ok_or_else(|| no_address(text))?;
        let path = rest.get(end..).unwrap_or_default();
        let path = path.split(['?', '#']).next().unwrap_or_default();
        if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(no_address(text));
        }
        Ok(Self {
            scheme,
            host,
            port: port.unwrap_or_else(|| scheme.default_port()),
            path: if path.is_empty() { "/" } else { path }.to_owned(),
        })
    }

    /// The address of a server that was started without options.
    fn usual() -> Self {
        Self {
            scheme: Scheme::Https,
            host: Host::Address([127, 0, 0, 1].into()),
            port: 8443,
            path: "/".to_owned(),
        }
    }

    /// How this computer reaches a server in it.
    pub fn of(site: &Site) -> Option<Self> {
        let https = site.bound.https.first().map(|it| (Scheme::Https, *it));
        let http = site.bound.http.map(|it| (Scheme::Http, it));
        let (scheme, bound) = https.or(http)?;
        let host = if bound.ip().is_unspecified() || bound.ip().is_loopback() {
            Host::Name(HostName::parse("localhost")?)
        } else {
            Host::Address(bound.ip())
        };
        Some(Self {
            scheme,
            host,
            port: bound.port(),
            path: "/".to_owned(),
        })
    }

    /// The host without the brackets that URLs have around IPv6 addresses.
    fn bare_host(&self) -> String {
        match &self.host {
            Host::Address(address) => address.to_string(),
            Host::Name(name) => name.to_string(),
        }
    }

    fn is_localhost(&self) -> bool {
        matches!(&self.host, Host::Name(name) if name.is_under("localhost"))
    }

    /// Host and port as a browser writes them.
    fn authority(&self) -> String {
        let authority = Authority {
            host: self.host.clone(),
            port: Some(self.port),
        };
        authority.in_origin(self.scheme)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, authority) = (self.scheme.as_str(), self.authority());
        write!(f, "{scheme}://{authority}{}", self.path)
    }
}

fn no_address(text: &str) -> Fault {
    Fault::new(
        text,
        "is no address of a page",
        "write it as the browser shows it: https://call.example",
    )
}

/// The root certificates in a PEM file, for [`examine`].
pub fn roots(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let fault = |problem: &dyn fmt::Display| {
        Fault::new(
            format!("--ca-file {}", path.display()),
            problem,
            "name a PEM file with the root certificate that devices trust",
        )
    };
    let text = std::fs::read(path).map_err(|error| fault(&error))?;
    let roots = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| fault(&error))?;
    if roots.is_empty() {
        return Err(fault(&"holds no certificate"));
    }
    Ok(roots)
}

/// Tries everything that a call needs of a server. `more_roots` are trusted besides those that
/// every browser trusts.
pub async fn examine(target: &Target, more_roots: &[CertificateDer<'static>]) -> Report {
    let mut report = Report::default();
    let Some(door) = reach::door(target, more_roots, &mut report).await else {
        return report;
    };
    trust::examine(&door, &mut report).await;
    if page::examine(&door, &mut report).await.is_none() {
        return report;
    }
    if let Some(mut visit) = call::enter(&door, &mut report).await {
        relay::examine(&visit, &mut report).await;
        visit.leave().await;
    }
    report
}

/// The same once when the server starts, by the shortest way, as a line in the log.
pub async fn at_start(site: &Site) {
    let Some(target) = Target::of(site) else {
        return;
    };
    let report = examine(&target, &[]).await;
    for finding in report.failed() {
        tracing::warn!("checked itself: {finding}");
    }
    if report.failed().next().is_none() {
        tracing::info!("checked itself: {}", report.good_links());
    }
}

/// What came of it in time, or that nothing did.
async fn in_time<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(PATIENCE, future).await.unwrap_or(Err(Error::Late))
}

fn took(start: Instant) -> String {
    format!("{:.1} ms", start.elapsed().as_secs_f64() * 1e3)
}

fn words(error: impl fmt::Display) -> String {
    one_line(&error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_what_the_browser_shows() {
        for (text, scheme, authority, port) in [
            (
                "https://Call.example/r/abc?x#y",
                Scheme::Https,
                "call.example",
                443,
            ),
            (
                "call.example:8443",
                Scheme::Https,
                "call.example:8443",
                8443,
            ),
            (
                "http://localhost:8080",
                Scheme::Http,
                "localhost:8080",
                8080,
            ),
            ("https://[2001:db8::1]", Scheme::Https, "[2001:db8::1]", 443),
        ] {
            let target = Target::parse(text).unwrap();
            assert_eq!((target.scheme, target.port), (scheme, port));
            assert_eq!(target.authority(), authority);
            assert_eq!(Target::parse(&target.to_string()).unwrap(), target);
        }
        for wrong in ["", "ftp://a", "https://", "https://a:x", "two words"] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }
}
