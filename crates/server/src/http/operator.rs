//! What is for the operator: health, metrics, and a view of the calls without secrets.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    Extension, Router,
    body::Body,
    extract::State,
    http::{HeaderValue, Response, StatusCode, header},
    routing,
};
use room::Snapshot;
use serde::Serialize;
use time::OffsetDateTime;

use super::{caller::Caller, language::Language, page};
use crate::{metrics, moment::Moment, site::Site};

pub fn routes(site: Arc<Site>) -> Router {
    Router::new()
        .route("/healthz", routing::get(health))
        .route("/readyz", routing::get(ready))
        .route("/metrics", routing::get(metrics))
        .route("/state", routing::get(state))
        .route("/state.json", routing::get(state_json))
        .with_state(site)
}

async fn health() -> Response<Body> {
    fresh("text/plain; charset=utf-8", "ok\n".to_owned())
}

async fn ready(State(site): State<Arc<Site>>) -> Response<Body> {
    if site.is_ready() {
        return fresh("text/plain; charset=utf-8", "ready\n".to_owned());
    }
    let mut response = fresh("text/plain; charset=utf-8", "stopping\n".to_owned());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response
}

async fn metrics(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    language: Language,
) -> Response<Body> {
    if !caller.is_local && !site.live().metrics_from.contains(caller.address) {
        return page::not_found(language);
    }
    match metrics::encode(&site) {
        Ok(text) => fresh(metrics::CONTENT_TYPE, text),
        Err(error) => {
            tracing::error!(%error, "the metrics can't be written");
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

async fn state_json(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    language: Language,
) -> Response<Body> {
    if !caller.is_local {
        return page::not_found(language);
    }
    let state = Everything {
        snapshot: site.signalling.snapshot(),
        certificate: PublicCertificate::of(&site),
    };
    match serde_json::to_string(&state) {
        Ok(text) => fresh("application/json", text),
        Err(error) => {
            tracing::error!(%error, "the state can't be written");
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

async fn state(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    language: Language,
) -> Response<Body> {
    if !caller.is_local {
        return page::not_found(language);
    }
    let allocations = site.relay.numbers().allocations;
    let mut html = view(&site.signalling.snapshot(), allocations);
    if let Some(certificate) = PublicCertificate::of(&site) {
        html.push_str(&certificate.view());
    }
    page::plain(Language::English, StatusCode::OK, "State", &html)
}

/// What `/state.json` tells.
#[derive(Debug, Serialize)]
struct Everything {
    #[serde(flatten)]
    snapshot: Snapshot,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<PublicCertificate>,
}

/// The certificate for the open Internet, in a word.
#[derive(Debug, Serialize)]
struct PublicCertificate {
    source: &'static str,
    /// Seconds since 1970; none while there is no certificate.
    not_after: Option<i64>,
    /// The last renewal failed; the log says why.
    renewal_failing: bool,
}

impl PublicCertificate {
    fn of(site: &Site) -> Option<Self> {
        let public = site.public.as_ref()?;
        let current = public.current();
        Some(Self {
            source: public.source().as_str(),
            not_after: current.map(|current| current.lifetime().not_after.unix_timestamp()),
            renewal_failing: public.renewals().last_failed.unwrap_or(false),
        })
    }

    fn view(&self) -> String {
        let until = match self
            .not_after
            .and_then(|end| OffsetDateTime::from_unix_timestamp(end).ok())
        {
            Some(end) => format!("good until {}", Moment(end)),
            None => "none yet".to_owned(),
        };
        let failing = if self.renewal_failing {
            "; its last renewal <b>failed</b>, the log says why"
        } else {
            ""
        };
        format!(
            "<p>Public certificate ({}): {until}{failing}.</p>\n",
            self.source
        )
    }
}

/// Nothing in it was written by a visitor: ids, ages and words of ours.
fn view(snapshot: &Snapshot, allocations: usize) -> String {
    let mut html = format!(
        "<h1>State</h1>\n<p class=\"quiet\">Connections: {} (of these looking into a room: {}). \
         Participants: {}. Call codes: {}. Relayed ways: {allocations}. Also as <a href=\"/state.json\">JSON</a>.</p>\n",
        snapshot.connections, snapshot.lobbies, snapshot.participants, snapshot.codes
    );
    if snapshot.rooms.is_empty() {
        html.push_str("<p>There is no room now.</p>\n");
    }
    for room in &snapshot.rooms {
        let locked = if room.locked { ", locked" } else { "" };
        let _ = write!(
            html,
            "<table>\n<caption>Room {}, {}{locked}</caption>\n\
             <tr><th scope=\"col\">Participant</th><th scope=\"col\">Role</th>\
             <th scope=\"col\">Connection</th><th scope=\"col\">Here for</th></tr>\n",
            room.label,
            age(room.age_seconds)
        );
        for participant in &room.participants {
            let _ = writeln!(
                html,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
                participant.id.as_str(),
                format!("{:?}", participant.role).to_lowercase(),
                if participant.connected {
                    "open"
                } else {
                    "lost"
                },
                age(participant.age_seconds)
            );
        }
        html.push_str("</table>\n");
    }
    html
}

fn age(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {seconds} s"),
        _ => format!("{hours} h {minutes} min"),
    }
}

/// An answer that is true only now.
fn fresh(content_type: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        assert_eq!(age(59), "59 s");
        assert_eq!(age(61), "1 min 1 s");
        assert_eq!(age(7260), "2 h 1 min");
    }
}
