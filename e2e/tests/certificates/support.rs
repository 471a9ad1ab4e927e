//! A server in the open: Pebble is its authority.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use e2e::{Pebble, REFUSED, Result, Server, eventually_within, free_port, tls};
use rustls::pki_types::CertificateDer;

/// A server and its authority.
pub struct InTheOpen {
    pub pebble: Pebble,
    pub server: Server,
    host: String,
    https: SocketAddr,
}

impl InTheOpen {
    /// Starts both and waits for the first certificate, which is good for `lifetime`.
    pub async fn start(option: &str, host: &str, lifetime: Duration) -> Result<Self> {
        let open = Self::start_both(option, host, lifetime).await?;
        let root = open.pebble.root().await?;
        open.shows_one_below(&root, Duration::from_secs(30)).await?;
        Ok(open)
    }

    /// Starts both with a name for which the authority refuses a certificate, and waits until it has.
    pub async fn start_refused() -> Result<Self> {
        let open = Self::start_both("--domain", REFUSED, Duration::from_secs(86_400)).await?;
        open.says("no certificate: ", 1).await?;
        Ok(open)
    }

    /// Waits until its log says these words so many times.
    pub async fn says(&self, words: &str, times: usize) -> Result {
        eventually_within(Duration::from_secs(30), words, async || {
            let found = self.server.log().matches(words).count();
            Ok((found == times).then_some(()))
        })
        .await
        .map_err(|error| error.context(self.server.log()))
    }

    async fn start_both(option: &str, host: &str, lifetime: Duration) -> Result<Self> {
        let https = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let pebble = Pebble::start(https, lifetime).await?;
        let ca = pebble.ca().display().to_string();
        let directory = pebble.directory();
        let server = Server::start_on(
            https,
            &[
                "--acme",
                option,
                host,
                "--acme-directory",
                &directory,
                "--acme-ca",
                &ca,
                "--acme-contact",
                "admin@example.org",
            ],
        )
        .await?;
        Ok(Self {
            pebble,
            server,
            host: host.to_owned(),
            https,
        })
    }

    /// The certificate it shows to somebody who trusts only what is below `root`.
    pub async fn shown(&self, root: &CertificateDer<'static>) -> Result<CertificateDer<'static>> {
        let stream = tls(self.https, root.clone(), &self.host).await?;
        let (_, connection) = stream.get_ref();
        let chain = connection.peer_certificates().unwrap_or_default();
        Ok(chain.first().expect("no certificate").clone())
    }

    /// The same once there is one.
    pub async fn shows_one_below(
        &self,
        root: &CertificateDer<'static>,
        within: Duration,
    ) -> Result<CertificateDer<'static>> {
        eventually_within(within, "a certificate", async || {
            self.shown(root).await.map(Some)
        })
        .await
        .map_err(|error| error.context(self.server.log()))
    }

    /// A value of its metrics.
    pub async fn metric(&self, name: &str) -> Result<Option<i64>> {
        let (_, text) = self.server.get("/metrics").await?;
        Ok(text.lines().find_map(|line| {
            let value = line.strip_prefix("crabcall_certificate_")?;
            value.strip_prefix(name)?.trim().parse().ok()
        }))
    }

    /// Waits until one of its metrics has this value.
    pub async fn counts(&self, name: &str, value: i64, within: Duration) -> Result {
        eventually_within(within, name, async || {
            let found = self.metric(name).await?;
            Ok((found == Some(value)).then_some(()))
        })
        .await
        .map_err(|error| error.context(self.server.log()))
    }
}
