//! Requests to the server, each by a connection of its own.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::Body,
    http::{Method, Request, Response, header, request},
};
use http_body_util::{BodyExt as _, Limited};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use super::{
    Target,
    answer::Answer,
    error::Error,
    onlooker::Onlooker,
    way::{self, Stream},
};
use crate::host::Scheme;

/// Far more than the body of any answer that is read here.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// How the server is reached from here.
#[derive(Debug, Clone)]
pub(super) struct Door {
    pub(super) target: Target,
    pub(super) server: SocketAddr,
    /// Remembers the certificate of every encrypted connection.
    pub(super) onlooker: Arc<Onlooker>,
}

/// An answer whose body is still coming. Its connection ends when this is dropped.
pub(super) struct Coming {
    pub(super) response: Response<Incoming>,
    _connection: JoinSet<hyper::Result<()>>,
}

impl Door {
    /// The page's origin.
    pub(super) fn page(&self) -> String {
        let target = &self.target;
        format!("{}://{}", target.scheme.as_str(), target.authority())
    }

    /// Opens a connection, which is encrypted if the page's address says so.
    pub(super) async fn connect(&self) -> Result<Box<dyn Stream>, Error> {
        let stream = way::connect(&[self.server]).await?;
        Ok(match self.target.scheme {
            Scheme::Http => Box::new(stream),
            Scheme::Https => {
                let host = self.target.bare_host();
                way::encrypted(stream, &host, &self.onlooker, b"http/1.1").await?
            }
        })
    }

    /// A request as a browser makes it.
    pub(super) fn request(&self, method: Method, path: &str) -> request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.target.authority())
            .header(header::USER_AGENT, "Mozilla/5.0 (crabcall doctor)")
    }

    /// Sends a request, and returns when the head of the answer is there.
    pub(super) async fn begin(&self, request: Request<Body>) -> Result<Coming, Error> {
        let stream = self.connect().await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let mut tasks = JoinSet::new();
        tasks.spawn(connection);
        let response = sender.send_request(request).await?;
        Ok(Coming {
            response,
            _connection: tasks,
        })
    }

    /// Sends a request, and reads the whole answer.
    pub(super) async fn ask(&self, request: Request<Body>) -> Result<Answer, Error> {
        let coming = self.begin(request).await?;
        let (parts, body) = coming.response.into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
        let body = body.map_err(Error::of_body)?.to_bytes();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    /// Reads the whole answer for a path.
    pub(super) async fn get(&self, path: &str, accept: &str) -> Result<Answer, Error> {
        let request = self
            .request(Method::GET, path)
            .header(header::ACCEPT, accept);
        self.ask(request.body(Body::empty())?).await
    }

    /// Reads the head of the answer for a path, without its body.
    pub(super) async fn look(&self, path: &str) -> Result<Answer, Error> {
        let request = self
            .request(Method::GET, path)
            .header(header::ACCEPT, "*/*");
        let coming = self.begin(request.body(Body::empty())?).await?;
        let (parts, _) = coming.response.into_parts();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::new(),
        })
    }

    /// Reads the bytes at a path.
    pub(super) async fn bytes(&self, path: &str) -> Result<Vec<u8>, Error> {
        let request = self.request(Method::GET, path);
        let coming = self.begin(request.body(Body::empty())?).await?;
        let body = Limited::new(coming.response.into_body(), MAX_ANSWER_BYTES);
        Ok(body
            .collect()
            .await
            .map_err(Error::of_body)?
            .to_bytes()
            .to_vec())
    }
}
