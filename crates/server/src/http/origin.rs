//! The origin of the page that a request comes from, and whether it is one of ours.

use std::fmt;

use axum::http::{HeaderMap, header};

use super::only;
use crate::host::{Authority, Scheme};

/// An origin as a browser writes it (RFC 6454, section 6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
}

impl Origin {
    /// The origin of a request, if its header occurs once and is written as browsers write it.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        Self::parse(only(headers, header::ORIGIN)?)
    }

    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let scheme = [Scheme::Http, Scheme::Https]
            .into_iter()
            .find(|known| known.as_str() == scheme)?;
        let authority = Authority::parse(authority)?;
        let origin = Self { scheme, authority };
        // A browser writes each origin in one way only.
        (origin.to_string() == text).then_some(origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.authority.in_origin(self.scheme);
        write!(f, "{}://{authority}", self.scheme.as_str())
    }
}

/// What a proxy says about the browser's request. The page's origin may fill in what it leaves out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) authority: &'a Authority,
    pub(super) scheme: Option<Scheme>,
}

/// The part in which an origin differs from what a proxy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Difference {
    Host,
    Scheme,
    Port,
}

impl Asked<'_> {
    /// In which part an origin differs. If nothing that the proxy says contradicts the origin,
    /// there is none, and the page is one of ours.
    pub(super) fn differs(&self, origin: &Origin) -> Option<Difference> {
        let Origin { scheme, authority } = origin;
        if authority.host != self.authority.host {
            Some(Difference::Host)
        } else if self.scheme.is_some_and(|said| said != *scheme) {
            Some(Difference::Scheme)
        } else if self.authority.port.is_some()
            && self.authority.in_origin(*scheme) != authority.in_origin(*scheme)
        {
            Some(Difference::Port)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        for text in [
            "https://call.example",
            "http://localhost:8080",
            "https://[2001:db8::1]:8443",
        ] {
            assert_eq!(Origin::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "null",
            "call.example",
            "HTTPS://call.example",
            "https://Call.example",
            "https://call.example:443",
            "https://call.example/",
            "https://call.example.",
            "ftp://call.example",
            "https://a@call.example",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_proxy_leaves_out_is_no_difference() {
        use Difference::{Host, Port, Scheme as OtherScheme};
        let (http, https) = (Some(Scheme::Http), Some(Scheme::Https));
        for (host, scheme, origin, differs) in [
            ("call.example", https, "https://call.example", None),
            (
                "call.example:8444",
                https,
                "https://call.example:8444",
                None,
            ),
            ("call.example:443", https, "https://call.example", None),
            ("call.example", https, "https://call.example:8444", None),
            ("call.example", None, "https://call.example:8444", None),
            ("call.example:8444", None, "https://call.example:8444", None),
            (
                "call.example",
                http,
                "https://call.example",
                Some(OtherScheme),
            ),
            (
                "call.example:8443",
                https,
                "https://call.example",
                Some(Port),
            ),
            ("call.example:80", None, "https://call.example", Some(Port)),
            ("127.0.0.1:8080", https, "https://call.example", Some(Host)),
            ("call.example", https, "https://evil.example", Some(Host)),
        ] {
            let asked = Asked {
                authority: &Authority::parse(host).unwrap(),
                scheme,
            };
            let origin = Origin::parse(origin).unwrap();
            assert_eq!(
                asked.differs(&origin),
                differs,
                "{host} {scheme:?} {origin}"
            );
        }
    }
}
