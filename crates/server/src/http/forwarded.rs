//! What a reverse proxy says about the browser behind it: `X-Forwarded-For`, `-Proto`, `-Host` and
//! `-Port`, and `Forwarded` (RFC 7239) for what those leave open.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};

use crate::host::Scheme;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
/// Other headers that show a proxy, besides all that begin with `x-forwarded-`.
const HINTS: [&str; 7] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "x-original-host",
    "cf-connecting-ip",
    "true-client-ip",
];

/// The words of the proxies, nearest last. Believe them only from a trusted one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    clients: Vec<Option<IpAddr>>,
    /// How the browser came, as the nearest proxy says.
    pub scheme: Option<Scheme>,
    /// The host the browser asked for, as the nearest proxy says.
    pub host: Option<String>,
    /// The port the browser asked for, as the nearest proxy says; where the host has none.
    pub port: Option<u16>,
}

impl Forwarded {
    /// Reads them.
    pub fn read(headers: &HeaderMap) -> Self {
        let standard = elements(headers, &header::FORWARDED);
        let mut clients: Vec<Option<IpAddr>> = elements(headers, &X_FORWARDED_FOR)
            .iter()
            .map(|element| address(element))
            .collect();
        if clients.is_empty() {
            clients = standard
                .iter()
                .filter_map(|element| parameter(element, "for"))
                .map(|value| address(&value))
                .collect();
        }
        let nearest = standard.last().map(String::as_str).unwrap_or_default();
        let proto = elements(headers, &X_FORWARDED_PROTO)
            .pop()
            .or_else(|| parameter(nearest, "proto"));
        Self {
            clients,
            scheme: proto.and_then(|proto| scheme(&proto)),
            host: elements(headers, &X_FORWARDED_HOST)
                .pop()
                .or_else(|| parameter(nearest, "host")),
            port: elements(headers, &X_FORWARDED_PORT)
                .pop()
                .and_then(|port| port.parse().ok()),
        }
    }

    /// The browser: the nearest address that is no trusted proxy. None when a trusted proxy gave
    /// something that is no address.
    pub fn client(&self, is_trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
        let mut farthest = None;
        for client in self.clients.iter().rev() {
            let client = (*client)?;
            farthest = Some(client);
            if !is_trusted(client) {
                break;
            }
        }
        farthest
    }

    /// Whether anything says that a proxy stands between, trusted or not.
    pub fn is_hinted(headers: &HeaderMap) -> bool {
        headers
            .keys()
            .map(HeaderName::as_str)
            .any(|name| name.starts_with("x-forwarded-") || HINTS.contains(&name))
    }
}

/// The elements of a list header, over all its lines.
fn elements(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|element| element.trim().to_owned())
        .filter(|element| !element.is_empty())
        .collect()
}

fn parameter(element: &str, name: &str) -> Option<String> {
    element.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// An address, alone or with a port; IPv6 may stand in brackets.
fn address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()))
        .or_else(|_| text.trim_matches(['[', ']']).parse::<IpAddr>())
        .map(|address| address.to_canonical())
        .ok()
}

fn scheme(text: &str) -> Option<Scheme> {
    match text.to_ascii_lowercase().as_str() {
        "https" | "wss" => Some(Scheme::Https),
        "http" | "ws" => Some(Scheme::Http),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[(&'static str, &'static str)]) -> Forwarded {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        Forwarded::read(&headers)
    }

    fn client(lines: &[(&'static str, &'static str)]) -> Option<String> {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        read(lines)
            .client(|address| address == proxy)
            .map(|address| address.to_string())
    }

    #[test]
    fn the_client_is_the_nearest_that_is_no_proxy() {
        let for_ = "x-forwarded-for";
        assert_eq!(
            client(&[(for_, "1.1.1.1, 2.2.2.2")]).as_deref(),
            Some("2.2.2.2")
        );
        assert_eq!(
            client(&[(for_, "1.1.1.1, 2.2.2.2, 10.0.0.1")]).as_deref(),
            Some("2.2.2.2")
        );
        assert_eq!(
            client(&[(for_, "1.1.1.1"), (for_, "2.2.2.2")]).as_deref(),
            Some("2.2.2.2")
        );
        assert_eq!(client(&[(for_, "10.0.0.1")]).as_deref(), Some("10.0.0.1"));
        assert_eq!(client(&[(for_, "1.1.1.1, what")]), None);
        assert_eq!(client(&[]), None);
    }

    #[test]
    fn reads_the_standard_header_where_the_others_are_silent() {
        let standard = "for=\"[2001:db8::1]:47\";proto=https;host=\"a.example:1\"";
        let read = read(&[("forwarded", standard)]);
        assert_eq!(read.client(|_| false).unwrap().to_string(), "2001:db8::1");
        assert_eq!(read.scheme, Some(Scheme::Https));
        assert_eq!(read.host.as_deref(), Some("a.example:1"));
        assert_eq!(
            client(&[("forwarded", "for=6.6.6.6"), ("x-forwarded-for", "1.1.1.1")]).as_deref(),
            Some("1.1.1.1")
        );
    }
}
