//! Pebble, Let's Encrypt's authority for tests: it really connects to the program to see whether a
//! name or an address is its own.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::Command,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{eventually, ports::free_port, process::Process, tools};

/// A name for which it refuses every order.
pub const REFUSED: &str = "refused.example.org";

/// A running Pebble that looks for every name on this computer.
#[derive(Debug)]
pub struct Pebble {
    folder: TempDir,
    api: SocketAddr,
    management: SocketAddr,
    dns: SocketAddr,
    _names: Process,
    process: Process,
}

impl Pebble {
    /// Starts it: it looks for HTTPS on `https`, and its certificates are good for `lifetime`.
    pub async fn start(https: SocketAddr, lifetime: Duration) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("crabcall-pebble-")
            .tempdir()?;
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let api = local(free_port()?);
        let management = local(free_port()?);
        let dns = local(free_port()?);
        let chain = chain()?;
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("ca.pem"), chain.root)?;
        std::fs::write(path("cert.pem"), chain.certificate)?;
        std::fs::write(path("key.pem"), chain.key)?;
        let config = json!({ "pebble": {
            "listenAddress": api.to_string(),
            "managementListenAddress": management.to_string(),
            "certificate": path("cert.pem"),
            "privateKey": path("key.pem"),
            "httpPort": free_port()?,
            "tlsPort": https.port(),
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
            "certificateValidityPeriod": lifetime.as_secs(),
            "domainBlocklist": [REFUSED],
        }});
        std::fs::write(path("config.json"), config.to_string())?;
        let names = names(dns, &folder)?;
        let process = spawn(dns, &folder)?;
        let pebble = Self {
            folder,
            api,
            management,
            dns,
            _names: names,
            process,
        };
        pebble.ready().await?;
        Ok(pebble)
    }

    /// The address of its directory.
    pub fn directory(&self) -> String {
        format!("https://{}/dir", self.api)
    }

    /// The root its own HTTPS is below.
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The root its certificates are below. Each start makes a new one.
    pub async fn root(&self) -> Result<CertificateDer<'static>> {
        let own = CertificateDer::from_pem_file(self.ca())?;
        let mut stream = tls(self.management, own, "127.0.0.1").await?;
        stream
            .write_all(b"GET /roots/0 HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            .await?;
        let mut answer = Vec::new();
        if let Err(error) = stream.read_to_end(&mut answer).await {
            // Some peers don't say goodbye.
            anyhow::ensure!(error.kind() == io::ErrorKind::UnexpectedEof, error);
        }
        Ok(CertificateDer::from_pem_slice(&answer)?)
    }

    /// How many requests for a new account and for a new order Pebble has received.
    pub fn asked(&self) -> (usize, usize) {
        let log = self.process.log();
        let posts = |path: &str| log.matches(&format!("POST {path} ")).count();
        (posts("/sign-me-up"), posts("/order-plz"))
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on the same ports. It has forgotten every account.
    pub async fn start_again(&mut self) -> Result<()> {
        self.process = spawn(self.dns, &self.folder)?;
        self.ready().await
    }

    async fn ready(&self) -> Result<()> {
        eventually("Pebble to answer", async || self.root().await.map(Some))
            .await
            .with_context(|| format!("Pebble's log:\n{}", self.process.log()))
            .map(drop)
    }
}

/// A TLS connection to `address` that asks for `name` and trusts only what is below `root`.
pub async fn tls(
    address: SocketAddr,
    root: CertificateDer<'static>,
    name: &str,
) -> Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(root)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name.to_owned())?;
    Ok(TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?)
}

fn spawn(dns: SocketAddr, folder: &TempDir) -> Result<Process> {
    let mut command = Command::new(tools::pebble()?);
    command
        .arg("-config")
        .arg(folder.path().join("config.json"))
        .args(["-dnsserver", &dns.to_string()])
        // It would wait up to 15 s before it looks.
        .env("PEBBLE_VA_NOSLEEP", "1")
        // It would refuse one request in twenty by chance, which is then made again and counted
        // twice.
        .env("PEBBLE_WFE_NONCEREJECT", "0");
    Process::start(&mut command, &folder.path().join("pebble.log"))
}

/// A DNS server for which every name is on this computer.
fn names(dns: SocketAddr, folder: &TempDir) -> Result<Process> {
    let mut command = Command::new(tools::pebble_challtestsrv()?);
    command.args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""]);
    command.args(["-dns01", &dns.to_string()]);
    command.args(["-http01", "", "-https01", "", "-tlsalpn01", ""]);
    command.args(["-management", &format!("127.0.0.1:{}", free_port()?)]);
    Process::start(&mut command, &folder.path().join("names.log"))
}

struct Chain {
    root: String,
    certificate: String,
    key: String,
}

fn chain() -> Result<Chain> {
    let ca_key = KeyPair::generate()?;
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = ca.self_signed(&ca_key)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()])?
        .signed_by(&key, &Issuer::from_params(&ca, &ca_key))?;
    Ok(Chain {
        root: root.pem(),
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    })
}
