//! The real program on the lab's server.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use e2e::{Place, Process, eventually_within, tools};

use crate::{
    certificate::Certificate,
    namespace::Namespace,
    world::{Hosting, SERVER, SERVER_NAME, SERVER_V6},
};

const HTTP_PORT: u16 = 8080;

/// A running `crabcall serve` on port 443.
#[derive(Debug)]
pub struct Program {
    process: Process,
    server: Namespace,
    hosting: Hosting,
    certificate: Certificate,
    folder: PathBuf,
}

impl Program {
    /// Starts it and waits until it is ready. Its data and its log are in the folder.
    pub async fn start(server: &Namespace, hosting: Hosting, folder: &Path) -> Result<Self> {
        let certificate = Certificate::make(&[SERVER, SERVER_V6, SERVER_NAME], folder)?;
        let mut program = Self {
            process: spawn(server, hosting, &certificate, folder)?,
            server: server.clone(),
            hosting,
            certificate,
            folder: folder.to_owned(),
        };
        program.ready().await?;
        Ok(program)
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again, and returns when it is ready.
    pub async fn start_again(&mut self) -> Result<()> {
        self.process = spawn(&self.server, self.hosting, &self.certificate, &self.folder)?;
        self.ready().await
    }

    /// An error if it has panicked or ended.
    pub fn is_well(&mut self) -> Result<()> {
        let log = self.process.log();
        ensure!(!log.contains("panicked at"), "the server panicked");
        ensure!(self.process.ended()?.is_none(), "the server has ended");
        Ok(())
    }

    /// The authority (PEM file) that its certificate comes from.
    pub fn authority(&self) -> &Path {
        &self.certificate.authority
    }

    async fn ready(&mut self) -> Result<()> {
        let what = "the server to be ready";
        eventually_within(Duration::from_secs(20), what, async || {
            if let Some(status) = self.process.ended()? {
                return Ok(Some(Err(status)));
            }
            Ok((self.get("/readyz")?.0 == 200).then_some(Ok(())))
        })
        .await
        .with_context(|| format!("server log:\n{}", self.process.log()))?
        .map_err(|status| {
            anyhow::anyhow!("the server ended with {status}:\n{}", self.process.log())
        })
    }

    fn get(&self, path: &str) -> Result<(u16, String)> {
        let mut stream = self
            .server
            .run(|| TcpStream::connect((Ipv4Addr::LOCALHOST, HTTP_PORT)))??;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost:{HTTP_PORT}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP head")?;
        let status = head.split_whitespace().nth(1).context("no HTTP status")?;
        Ok((status.parse()?, body.to_owned()))
    }
}

fn spawn(
    server: &Namespace,
    hosting: Hosting,
    certificate: &Certificate,
    folder: &Path,
) -> Result<Process> {
    let mut command = Command::new(tools::crabcall()?);
    command
        .arg("serve")
        .args(["--http", &format!("127.0.0.1:{HTTP_PORT}")])
        .args(["--https", "0.0.0.0:443", "--https", "[::]:443"])
        .args(["--name", SERVER_NAME])
        .args(["--log-level", "debug"])
        .arg("--cert")
        .arg(&certificate.certificate)
        .arg("--key")
        .arg(&certificate.key)
        .arg("--data-dir")
        .arg(folder.join("data"));
    if hosting == Hosting::OneToOne {
        command.args(["--public-ip", SERVER]);
    }
    server.start(command, &folder.join("server.log"))
}
