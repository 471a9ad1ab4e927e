//! What an unexpected HTTP answer tells about the proxy or server that gave it.

use axum::http::{HeaderMap, StatusCode, header};

use serde::Deserialize;

use super::{cause::Cause, report::Trouble};
use crate::http::UNREADABLE_HOST;

/// The head of an answer and as much of its body as was read.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// What the server says when it refuses a page because of its origin.
#[derive(Deserialize)]
struct WrongOrigin {
    host: String,
    advice: String,
    add: Vec<String>,
}

impl Answer {
    /// The value of a header as text; several values are joined by commas.
    pub(super) fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter();
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        values.join(", ")
    }

    pub(super) fn is_html(&self) -> bool {
        self.header("content-type").starts_with("text/html")
    }

    /// Who gave the answer, by its `Server` header. It helps to find the place to mend.
    fn by(&self) -> String {
        let server = self.header("server");
        if server.is_empty() {
            String::new()
        } else {
            format!(" from {server}")
        }
    }

    /// Why a request for the path `what` of the server at `page` got this answer.
    pub(super) fn trouble(&self, what: &str, page: &str) -> Trouble {
        let (status, by) = (self.status.as_u16(), self.by());
        let seen = format!("{what} is answered with {status}{by}");
        if !self.header(protocol::REFUSED).is_empty() {
            return self.wrong_origin(what, page);
        }
        match status {
            421 => Trouble::new(
                Cause::UnknownName,
                format!("the server does not know the name that {page} asks for"),
                "start it with that name, by --name, or by --domain if it is public; or have the proxy in front \
                 pass on the name that browsers use (X-Forwarded-Host), and name the proxy with --trusted-proxy",
            ),
            400 if self.body == UNREADABLE_HOST => Trouble::new(
                Cause::UnreadableHost,
                "the server was asked for a host that is no valid name",
                "a proxy in front asks for its own name of the server: have it pass on the host that the browser \
                 asked for, in nginx by `proxy_set_header Host $http_host;`",
            ),
            426 => Trouble::new(
                Cause::NoUpgrade,
                "the request for a WebSocket arrives as an ordinary one",
                "have the proxy in front pass WebSockets on: HTTP/1.1 with Upgrade and Connection",
            ),
            300..=399 | 401 | 407 => self.login(&seen),
            403 if self.is_html() => self.login(&seen),
            200 if self.is_html() => self.login(&format!("{seen} and a page")),
            404 => Trouble::new(
                Cause::NotCrabcall,
                seen,
                "see whether Crabcall is behind this address, and whether the proxy in front passes every path on",
            ),
            429 => Trouble::new(
                Cause::TooMany,
                seen,
                "one address has as many connections as it may have: see the limit of the proxy in front, and \
                 --max-connections-per-address",
            ),
            502..=504 => Trouble::new(
                Cause::ProxyDown,
                seen,
                "the proxy in front does not reach Crabcall: see whether it runs, and whether the proxy has its \
                 address and port right",
            ),
            _ => Trouble::new(
                Cause::NoSignalling,
                seen,
                "find out what answers so, and have it pass /ws, /events and /send on",
            ),
        }
    }

    /// The server itself says why it refused the page's origin.
    fn wrong_origin(&self, what: &str, page: &str) -> Trouble {
        let said = serde_json::from_str::<WrongOrigin>(&self.body).ok();
        let host = said
            .as_ref()
            .map_or("another host or scheme", |it| it.host.as_str());
        let fix = match &said {
            Some(said) => [said.advice.as_str()]
                .into_iter()
                .chain(said.add.iter().map(String::as_str))
                .collect::<Vec<_>>()
                .join(" "),
            None => "have the proxy in front pass on the Host and the scheme that the browser asked for, and name it \
                     with --trusted-proxy"
                .to_owned(),
        };
        let seen = format!("{what} is refused: the server was asked for {host}, not for {page}");
        Trouble::new(Cause::Origin, seen, fix)
    }

    fn login(&self, seen: &str) -> Trouble {
        let to = self.header(header::LOCATION.as_str());
        let seen = if to.is_empty() {
            seen.to_owned()
        } else {
            // The query and the fragment may hold a token.
            let place = to.split(['?', '#']).next().unwrap_or_default();
            format!("{seen} to {place}")
        };
        Trouble::new(
            Cause::Login,
            seen,
            "a login or something like it answers in Crabcall's place: let /, /ws, /events and /send through \
             without it, or have it accept its cookie there",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let headers = headers.iter().map(|(name, value)| {
            (
                header::HeaderName::from_static(name),
                value.parse().unwrap(),
            )
        });
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.collect(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn the_cause_is_named() {
        let html = ("content-type", "text/html; charset=utf-8");
        for (answer, cause) in [
            (
                answer(302, &[("location", "https://sso.example/?next=1")], ""),
                Cause::Login,
            ),
            (answer(401, &[], ""), Cause::Login),
            (answer(200, &[html], "<html>Log in</html>"), Cause::Login),
            (answer(403, &[html], "<html>"), Cause::Login),
            (answer(403, &[], ""), Cause::NoSignalling),
            (
                answer(403, &[(protocol::REFUSED, "proxy_host")], ""),
                Cause::Origin,
            ),
            (answer(421, &[], ""), Cause::UnknownName),
            (answer(400, &[], UNREADABLE_HOST), Cause::UnreadableHost),
            (answer(426, &[], ""), Cause::NoUpgrade),
            (answer(404, &[html], ""), Cause::NotCrabcall),
            (answer(429, &[], ""), Cause::TooMany),
            (answer(502, &[html], ""), Cause::ProxyDown),
        ] {
            let trouble = answer.trouble("/ws", "https://call.example");
            assert_eq!(trouble.cause, cause, "{answer:?}");
            assert!(!trouble.seen.contains("next=1"), "{}", trouble.seen);
        }
    }
}
