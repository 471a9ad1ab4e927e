//! What is answered over HTTP.

mod encoding;
mod forwarded;
pub mod front;
mod headers;
mod info;
mod operator;
mod page;
mod trust;

use std::sync::Arc;

use axum::{Router, extract::Request, middleware, response::Redirect, routing};

use self::front::Caller;
use crate::site::Site;

/// The whole site: `more` are the routes of signalling.
pub fn router(site: &Arc<Site>, more: Router) -> Router {
    Router::new()
        .merge(more)
        .merge(info::routes(site.clone()))
        .merge(trust::routes(site.clone()))
        .merge(operator::routes(site.clone()))
        .fallback(page::serve)
        .layer(middleware::from_fn_with_state(site.clone(), front::admit))
}

/// What plain HTTP is told on the HTTPS port: the same, over HTTPS.
pub fn redirect(site: &Arc<Site>) -> Router {
    Router::new()
        .fallback(routing::any(async |request: Request| {
            let authority = request
                .extensions()
                .get::<Caller>()
                .map(|caller| match caller.authority.port {
                    Some(port) => format!("{}:{port}", caller.authority.host),
                    None => caller.authority.host.to_string(),
                })
                .unwrap_or_default();
            let path = request
                .uri()
                .path_and_query()
                .map_or("/", |path| path.as_str());
            Redirect::permanent(&format!("https://{authority}{path}"))
        }))
        .layer(middleware::from_fn_with_state(site.clone(), front::admit))
}
