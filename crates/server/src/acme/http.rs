//! Requests to the authority: HTTPS, one connection each, bounded in time and size. The only place
//! from which a server goes to another host.

use std::{
    error::Error as StdError,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use axum::{
    body::Bytes,
    http::{HeaderValue, Request, header, uri::Scheme},
};
use http_body_util::{BodyExt as _, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{net::TcpStream, task::JoinSet, time::timeout};
use tokio_rustls::TlsConnector;

use crate::tls::provider::provider;

/// From the look-up of the host to the last byte of the answer.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Far more than a certificate chain.
const MAX_BODY_BYTES: usize = 256 * 1024;

type Problem = Box<dyn StdError + Send + Sync>;

/// Asks authorities that show a certificate below one of its roots.
#[derive(Clone)]
pub struct Http {
    connector: TlsConnector,
    /// The wait that the authority asked for, until somebody takes it.
    asked: Arc<Mutex<Option<Duration>>>,
}

impl Http {
    /// With these roots.
    pub fn new(roots: RootCertStore) -> Result<Self, rustls::Error> {
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            asked: Arc::default(),
        })
    }

    /// How long the authority asked us to wait when it last refused a request (RFC 8555, section
    /// 6.6). Each such wait is returned once.
    pub fn take_asked(&self) -> Option<Duration> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    async fn ask(self, request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse, Problem> {
        let (mut parts, body) = request.into_parts();
        let uri = std::mem::take(&mut parts.uri);
        let authority = match (uri.scheme() == Some(&Scheme::HTTPS), uri.authority()) {
            (true, Some(authority)) => authority.clone(),
            _ => return Err(format!("{uri} is no https:// address").into()),
        };
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned())?;
        let port = authority.port_u16().unwrap_or(443);
        let stream = TcpStream::connect((host, port))
            .await
            .map_err(|error| format!("can't connect to {authority}: {error}"))?;
        let stream = self
            .connector
            .connect(name, stream)
            .await
            .map_err(|error| format!("no TLS with {authority}: {error}"))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Ends with this function.
        let mut tasks = JoinSet::new();
        tasks.spawn(connection);

        parts.uri = uri
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .parse()?;
        let host = HeaderValue::try_from(authority.as_str())?;
        parts.headers.insert(header::HOST, host);
        let response = sender
            .send_request(Request::from_parts(parts, body))
            .await?;
        let (parts, body) = response.into_parts();
        if parts.status.is_client_error() || parts.status.is_server_error() {
            let value = parts.headers.get(header::RETRY_AFTER);
            let value = value.and_then(|value| value.to_str().ok());
            let asked = value.and_then(|value| retry_after(value, SystemTime::now()));
            *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = asked;
        }
        let body = Limited::new(body, MAX_BODY_BYTES).collect().await?;
        Ok(BytesResponse {
            parts,
            body: Box::new(body.to_bytes()),
        })
    }
}

impl HttpClient for Http {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let asked = self.clone().ask(request);
        Box::pin(async move {
            match timeout(TIME_LIMIT, asked).await {
                Ok(answered) => answered.map_err(Error::Other),
                Err(elapsed) => Err(Error::Other(elapsed.into())),
            }
        })
    }
}

/// Reads a `Retry-After` header, which is a number of seconds or a date (RFC 9110, section 10.2.3).
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let date = httpdate::parse_http_date(value).ok()?;
            date.duration_since(now).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
        let seconds = |value| retry_after(value, now).map(|it| it.as_secs());
        assert_eq!(seconds("7200"), Some(7200));
        assert_eq!(seconds("Thu, 01 Jan 1970 00:02:00 GMT"), Some(60));
        assert_eq!(seconds("Thu, 01 Jan 1970 00:00:00 GMT"), None);
        assert_eq!(seconds("soon"), None);
    }
}
