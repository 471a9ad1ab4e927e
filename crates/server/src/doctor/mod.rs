//! `crabcall doctor`: goes the way of a client link by link, and says which one fails and what to
//! do about it.

mod page;
mod relay;
mod report;
mod requests;
mod trust;
mod way;

use std::{future::Future, time::Duration};

use tokio::time::timeout;

pub use report::{Finding, Health, Report};

use crate::{
    fault::Fault,
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
}

impl Target {
    /// Reads the address of a page: `https://host`, `http://host:port`, or a host alone, which
    /// means HTTPS. What follows the host is not looked at.
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
        Ok(Self {
            scheme,
            host,
            port: port.unwrap_or_else(|| scheme.default_port()),
        })
    }

    /// How this computer reaches a server in it.
    fn of(site: &Site) -> Option<Self> {
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
        })
    }

    /// The host without the brackets that URLs have around IPv6 addresses.
    fn bare_host(&self) -> String {
        match &self.host {
            Host::Address(address) => address.to_string(),
            Host::Name(name) => name.to_string(),
        }
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

fn no_address(text: &str) -> Fault {
    Fault::new(
        text,
        "is no address of a page",
        "write it as the browser shows it: https://call.example",
    )
}

/// Tries everything that a call needs of a server.
pub async fn examine(target: &Target) -> Report {
    let mut report = Report::default();
    if let Some(mut visit) = page::visit(target, &mut report).await {
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
    let report = examine(&target).await;
    for finding in report.failed() {
        tracing::warn!("checked itself: {finding}");
    }
    if report.failed().next().is_none() {
        tracing::info!("checked itself: {}", report.good_links());
    }
}

/// What came of it in time, or that nothing did.
async fn in_time<T>(future: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    match timeout(PATIENCE, future).await {
        Ok(result) => result,
        Err(_) => Err(format!("no answer in {} s", PATIENCE.as_secs())),
    }
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
        }
        for wrong in ["", "ftp://a", "https://", "https://a:x", "two words"] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }
}
