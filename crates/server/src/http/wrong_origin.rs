//! Why the origin of a page was refused, for programs, people and the log. The usual reason is a
//! proxy that passes on too little, and nothing else would tell the operator so.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Response, header},
};
use protocol::{REFUSED, WrongOrigin as Cause};
use serde::Serialize;

use super::{
    caller::Caller,
    forwarded::Forwarded,
    only,
    origin::{Difference, Origin},
};
use crate::host::Scheme;

/// The body of the answer.
#[derive(Debug, Serialize)]
pub(super) struct WrongOrigin {
    refused: &'static str,
    cause: Cause,
    /// The page's origin as its browser says; none if that can't be read.
    origin: Option<String>,
    /// The origin of a page that was loaded from the host of this request.
    expected: String,
    /// The host that this server was asked for.
    host: String,
    /// What is wrong and what to do about it, in English.
    advice: String,
    /// What to add to the proxy's configuration, or to the command that starts the server.
    add: Vec<&'static str>,
}

const PASS_HOST: [&str; 2] = [
    "nginx: proxy_set_header Host $http_host;",
    "Apache: ProxyPreserveHost On",
];
const PASS_SCHEME: [&str; 3] = [
    "nginx: proxy_set_header X-Forwarded-Proto $scheme;",
    "Apache: RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}",
    "HAProxy: http-request set-header X-Forwarded-Proto https if { ssl_fc }",
];
const NAME_PROXY: [&str; 1] = ["crabcall serve --trusted-proxy PROXY"];

impl WrongOrigin {
    /// Explains the refusal of a request by this caller.
    pub(super) fn of(caller: &Caller, headers: &HeaderMap) -> Self {
        let origin = Origin::of(headers);
        let cause = cause(caller, headers, origin.as_ref());
        let host = caller.authority.to_string();
        let page = origin.as_ref().map(Origin::to_string);
        let from = page.as_deref().unwrap_or("somewhere");
        let (advice, add) = match cause {
            Cause::NoOrigin => (
                "The header Origin has to stand there once, as browsers write it.".to_owned(),
                &[][..],
            ),
            Cause::OtherSite => (
                format!(
                    "A page of {from} asked for {host}. If that page is this server's and came \
                     through a proxy, name the proxy by its address and have it pass on the host."
                ),
                &NAME_PROXY[..],
            ),
            Cause::UnknownProxy => (
                format!(
                    "A page of {from} asked for {host}, through a proxy that is not named. \
                     Name it by its address, so that it is believed."
                ),
                &NAME_PROXY[..],
            ),
            Cause::ProxyHost => (
                format!(
                    "A page of {from} asked, and the proxy asked for {host} in its place. \
                     Have it pass on the header Host, or name the host by --domain."
                ),
                &PASS_HOST[..],
            ),
            Cause::ProxyPort => (
                format!(
                    "A page of {from} asked, and the proxy asked for {host}, which is another \
                     port. Have it pass on the header Host as it is."
                ),
                &PASS_HOST[..],
            ),
            Cause::ProxyScheme => (
                format!(
                    "A page of {from} asked, and the proxy says that it came by {}. \
                     Have it say how the browser came.",
                    caller.scheme.as_str()
                ),
                &PASS_SCHEME[..],
            ),
        };
        Self {
            refused: "origin",
            cause,
            origin: page,
            expected: caller.origin(),
            host,
            advice,
            add: add.to_vec(),
        }
    }

    /// Whether it is worth a line in the log, because the operator may have to mend something.
    pub(super) fn is_of_note(&self) -> bool {
        self.cause != Cause::NoOrigin
    }

    /// Writes the line to the log. A stranger's origin is in it only if it could be read as one.
    pub(super) fn log(&self, times: u64) {
        let page = self.origin.as_deref().unwrap_or("none that can be read");
        let add = self.add.join(" | ");
        tracing::warn!(
            origin = page,
            host = self.host,
            times,
            "a page was refused: {} Add {add}",
            self.advice
        );
    }

    /// Replaces the body of a refusal by this explanation.
    pub(super) fn explain(&self, response: &mut Response<Body>) {
        let Ok(body) = serde_json::to_string(self) else {
            return;
        };
        *response.body_mut() = Body::from(body);
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        for (name, value) in [
            (HeaderName::from_static(REFUSED), self.cause.as_str()),
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "no-store, no-transform"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

fn cause(caller: &Caller, headers: &HeaderMap, origin: Option<&Origin>) -> Cause {
    let Some(origin) = origin else {
        return match only(headers, header::ORIGIN) {
            Some(_) => Cause::OtherSite,
            None => Cause::NoOrigin,
        };
    };
    if caller.is_proxied {
        return match caller.asked().differs(origin) {
            Some(Difference::Scheme) => Cause::ProxyScheme,
            Some(Difference::Port) => Cause::ProxyPort,
            Some(Difference::Host) | None => Cause::ProxyHost,
        };
    }
    let is_same_host = origin.authority.host == caller.authority.host;
    let is_decrypted = origin.scheme == Scheme::Https && caller.scheme == Scheme::Http;
    if Forwarded::is_hinted(headers) || (is_same_host && is_decrypted) {
        Cause::UnknownProxy
    } else {
        Cause::OtherSite
    }
}
