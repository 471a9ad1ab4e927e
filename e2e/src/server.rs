//! The program under test.

use std::{
    ffi::OsString,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{ports::free_port, process::Process, tools, wait::eventually_within};

/// A running `crabcall serve` with a data folder of its own.
#[derive(Debug)]
pub struct Server {
    process: Process,
    http: SocketAddr,
    https: SocketAddr,
    udp: SocketAddr,
    data: PathBuf,
    log: PathBuf,
    more: Vec<OsString>,
    // Removed with everything in it when the server goes.
    _folder: tempfile::TempDir,
}

impl Server {
    /// Starts it on free ports of the loopback address and waits until it is ready.
    pub async fn start() -> Result<Self> {
        Self::start_with(IpAddr::V4(Ipv4Addr::LOCALHOST), &[]).await
    }

    /// Starts it with HTTPS on `https`, and with more arguments.
    pub async fn start_with(https: IpAddr, more: &[&str]) -> Result<Self> {
        Self::start_on(SocketAddr::new(https, free_port()?), more).await
    }

    /// The same on a port of the caller's choice.
    pub async fn start_on(https: SocketAddr, more: &[&str]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("crabcall-e2e-").tempdir()?;
        let data = folder.path().join("data");
        let log = folder.path().join("server.log");
        let http = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), free_port()?);
        let udp = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), free_port()?);
        let more: Vec<OsString> = more.iter().map(OsString::from).collect();
        let process = spawn([http, https, udp], &data, &log, &more)?;
        let mut server = Self {
            process,
            http,
            https,
            udp,
            data,
            log,
            more,
            _folder: folder,
        };
        server.ready().await?;
        Ok(server)
    }

    /// The page's address on this computer, without a slash at the end.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.http.port())
    }

    /// The page's address on the network, without a slash at the end.
    pub fn https_origin(&self) -> String {
        format!("https://{}", self.https)
    }

    /// Where HTTPS is answered.
    pub fn https(&self) -> SocketAddr {
        self.https
    }

    /// Where HTTP is answered.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// The process id.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// All it has logged, over restarts.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Stops it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Passes nothing on until [`Self::go_on`].
    pub fn pause(&self) -> Result<()> {
        self.process.pause()
    }

    /// Ends [`Self::pause`].
    pub fn go_on(&self) -> Result<()> {
        self.process.go_on()
    }

    /// Stops it as an operator would; an error unless it ends well within 5 s.
    pub async fn stop(&mut self) -> Result<()> {
        self.process.terminate()?;
        let status = self.process.wait(Duration::from_secs(5)).await?;
        ensure!(
            status.success(),
            "the server ended with {status}:\n{}",
            self.log()
        );
        Ok(())
    }

    /// Starts it again: same ports, same data folder.
    pub async fn start_again(&mut self) -> Result<()> {
        let addresses = [self.http, self.https, self.udp];
        self.process = spawn(addresses, &self.data, &self.log, &self.more)?;
        self.ready().await
    }

    /// Starts it again and waits for no more than that it takes connections.
    pub async fn port_opens(&mut self) -> Result<()> {
        let addresses = [self.http, self.https, self.udp];
        self.process = spawn(addresses, &self.data, &self.log, &self.more)?;
        let http = self.http;
        eventually_within(Duration::from_secs(20), "the port to open", async || {
            TcpStream::connect(http).await?;
            Ok(Some(()))
        })
        .await
    }

    /// An answer of its HTTP port: status and body.
    pub async fn get(&self, path: &str) -> Result<(u16, String)> {
        get(self.http, path).await
    }

    /// The CA's certificate as a device would get it, by the link on the page `/trust`.
    pub async fn download_ca(&self) -> Result<PathBuf> {
        let (status, page) = self.get("/trust").await?;
        ensure!(status == 200, "/trust: {status}");
        let link = page
            .split('"')
            .find(|part| part.ends_with(".pem"))
            .context("/trust links to no certificate")?;
        let (status, ca) = self.get(link).await?;
        ensure!(status == 200, "{link}: {status}");
        let file = self.data.join("downloaded.pem");
        std::fs::write(&file, ca)?;
        Ok(file)
    }

    async fn ready(&mut self) -> Result<()> {
        let http = self.http;
        let process = &mut self.process;
        let ready = eventually_within(
            Duration::from_secs(20),
            "the server to be ready",
            async || {
                if let Some(status) = process.ended()? {
                    return Ok(Some(Err(status)));
                }
                let (status, _) = get(http, "/readyz").await?;
                Ok((status == 200).then_some(Ok(())))
            },
        )
        .await
        .with_context(|| format!("server log:\n{}", self.process.log()))?;
        ready.map_err(|status| {
            anyhow::anyhow!("the server ended with {status}:\n{}", self.process.log())
        })
    }
}

fn spawn(
    [http, https, udp]: [SocketAddr; 3],
    data: &Path,
    log: &Path,
    more: &[OsString],
) -> Result<Process> {
    let mut command = Command::new(tools::crabcall()?);
    command
        .arg("serve")
        .args(["--http", &http.to_string(), "--https", &https.to_string()])
        .arg("--data-dir")
        .arg(data)
        .args(more);
    if !more.iter().any(|argument| argument == "--udp") {
        command.args(["--udp", &udp.to_string()]);
    }
    Process::start(&mut command, log)
}

async fn get(address: SocketAddr, path: &str) -> Result<(u16, String)> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n",
            address.port()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        anyhow::Ok(answer)
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), exchange).await??;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP head")?;
    let status = head
        .split_whitespace()
        .nth(1)
        .and_then(|status| status.parse().ok())
        .context("no HTTP status")?;
    Ok((status, body.to_owned()))
}
