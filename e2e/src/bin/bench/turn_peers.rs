//! The relays that are measured: ours and Debian's coturn.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use e2e::{Process, eventually_within, free_port, relay_user, tools};
use hmac::{Hmac, KeyInit, Mac};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use sha1::Sha1;

use crate::turn_wire::Target;

/// Shared between coturn and those who make its credentials.
const SECRET: &str = "bench";

/// A running relay.
pub struct Relay {
    process: Process,
    http: SocketAddr,
    udp: SocketAddr,
    tls: SocketAddr,
    trust: Arc<ClientConfig>,
    folder: tempfile::TempDir,
}

impl Relay {
    /// Ours, with no limit in the way of a load from one address.
    pub async fn ours() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (http, tls) = (loopback(free_port()?), loopback(free_port()?));
        let udp = loopback(free_port()?);
        let mut command = Command::new(tools::crabcall()?);
        command
            .args(["serve", "--http", &http.to_string()])
            .args(["--https", &tls.to_string(), "--udp", &udp.to_string()])
            .arg("--data-dir")
            .arg(folder.path().join("data"))
            .args(["--relay-allow", "127.0.0.0/8"])
            // The head of the PROXY protocol lets one computer come from many addresses.
            .args(["--trusted-proxy", "127.0.0.1"])
            .args(["--relay-kilobits-per-second", "0"])
            .args(["--relay-kilobits-per-second-per-address", "0"])
            .args(["--relay-kilobits-per-second-in-all", "0"])
            .args(["--relay-ports", "20000-65535"])
            .args(["--relay-allocations", "100000"])
            .args(["--relay-allocations-per-participant", "100000"])
            .args(["--relay-allocations-per-address", "100000"])
            .args(["--log-level", "warn"]);
        let process = Process::start(&mut command, &folder.path().join("log"))?;
        listening(&process, http).await?;
        // It takes connections before it has made its certificates.
        let ca = folder.path().join("data/ca.pem");
        let made = async || Ok(trusting(&ca).ok());
        let trust = eventually_within(Duration::from_secs(20), "a certificate", made).await?;
        Ok(Self {
            process,
            http,
            udp,
            tls,
            trust,
            folder,
        })
    }

    /// Debian's coturn, with the certificate that ours has made for itself.
    pub async fn coturn(ours: &Self) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (udp, tls) = (loopback(free_port()?), loopback(free_port()?));
        let certificate = ours.folder.path().join("data/certificate.pem");
        let mut command = Command::new(tools::find("TURNSERVER", &["turnserver"])?);
        command
            .args(["-n", "--no-cli", "--no-dtls", "--no-multicast-peers"])
            .args(["--lt-cred-mech", "--use-auth-secret", "--realm", "bench"])
            .args(["--static-auth-secret", SECRET])
            .args(["--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1"])
            .args(["--listening-port", &udp.port().to_string()])
            .args(["--tls-listening-port", &tls.port().to_string()])
            .args(["--min-port", "20000", "--max-port", "65535"])
            .arg("--allow-loopback-peers")
            .arg("--cert")
            .arg(&certificate)
            .arg("--pkey")
            .arg(&certificate)
            .args(["--log-file", "stdout", "--simple-log"])
            .arg("--pidfile")
            .arg(folder.path().join("pid"));
        let process = Process::start(&mut command, &folder.path().join("log"))?;
        listening(&process, udp).await?;
        Ok(Self {
            process,
            http: udp,
            udp,
            tls,
            trust: Arc::clone(&ours.trust),
            folder,
        })
    }

    /// Where it speaks UDP.
    pub fn udp(&self) -> SocketAddr {
        self.udp
    }

    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// For its clients, with credentials of this moment.
    pub async fn target(&self, is_ours: bool) -> Result<Target> {
        let (username, password) = if is_ours {
            relay_user(self.http).await?
        } else {
            shared_secret()?
        };
        Ok(Target {
            udp: self.udp,
            tcp: self.http,
            tls: self.tls,
            trust: Arc::clone(&self.trust),
            username,
            password,
        })
    }
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

async fn listening(process: &Process, address: SocketAddr) -> Result<()> {
    let reach = async || Ok(tokio::net::TcpStream::connect(address).await.ok());
    eventually_within(Duration::from_secs(20), "the relay", reach)
        .await
        .with_context(|| process.log())?;
    Ok(())
}

fn trusting(ca: &Path) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(read_pem(ca)?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()?
    .with_root_certificates(roots)
    .with_no_client_auth();
    Ok(Arc::new(config))
}

fn read_pem(path: &Path) -> Result<CertificateDer<'static>> {
    Ok(CertificateDer::from_pem_slice(&fs::read(path)?)?)
}

/// As coturn's REST API has it.
fn shared_secret() -> Result<(String, String)> {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let username = format!("{}:bench", unix + 3_600);
    let mac = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes())?
        .chain_update(username.as_bytes())
        .finalize();
    Ok((username, STANDARD.encode(mac.into_bytes())))
}
