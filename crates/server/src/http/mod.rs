//! What is answered over HTTP.

pub mod caller;
mod crowd;
mod encoding;
mod forwarded;
mod front;
mod headers;
mod info;
mod language;
mod operator;
mod origin;
mod page;
mod trust;
mod trust_words;
mod wrong_origin;

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderName},
    middleware,
    response::Redirect,
    routing,
};

pub(crate) use self::front::UNREADABLE_HOST;
pub use self::headers::CONTENT_SECURITY_POLICY_BEGINS;
use self::{caller::Caller, front::Front};
use crate::site::Site;

/// The whole site: `more` are the routes of signalling.
pub fn router(site: &Arc<Site>, more: Router) -> Router {
    Router::new()
        .merge(more)
        .merge(info::routes(site.clone()))
        .merge(trust::routes(site.clone()))
        .merge(operator::routes(site.clone()))
        .fallback(page::serve)
        .layer(middleware::from_fn_with_state(
            Front::new(site),
            front::admit,
        ))
}

/// What plain HTTP is told on the HTTPS port: the same, over HTTPS.
pub fn redirect(site: &Arc<Site>) -> Router {
    Router::new()
        .fallback(routing::any(async |request: Request| {
            let authority = request
                .extensions()
                .get::<Caller>()
                .map(|caller| caller.authority.to_string())
                .unwrap_or_default();
            let path = request
                .uri()
                .path_and_query()
                .map_or("/", |path| path.as_str());
            Redirect::permanent(&format!("https://{authority}{path}"))
        }))
        .layer(middleware::from_fn_with_state(
            Front::new(site),
            front::admit,
        ))
}

/// The value of a header that occurs exactly once.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}
