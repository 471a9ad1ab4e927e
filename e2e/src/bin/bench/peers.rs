//! The servers that are measured: ours and the others.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use e2e::{Process, eventually_within, free_port, tools};

use crate::floor;

const MATCHBOX: &str = "0.15.0";
const PEERJS: &str = "1.0.2";

/// Whose server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Maker {
    Crabcall,
    Matchbox,
    PeerJs,
    /// Nobody's: what every relay has to do, and nothing else.
    Floor,
}

impl Maker {
    pub const SERVERS: [Self; 3] = [Self::Crabcall, Self::Matchbox, Self::PeerJs];
    pub const RELAYS: [Self; 4] = [Self::Crabcall, Self::Matchbox, Self::PeerJs, Self::Floor];

    pub fn name(self) -> &'static str {
        match self {
            Self::Crabcall => "Crabcall",
            Self::Matchbox => "matchbox_server 0.15.0",
            Self::PeerJs => "PeerJS server 1.0.2",
            Self::Floor => "floor",
        }
    }
}

/// A running server.
#[derive(Debug)]
pub struct Measured {
    pub maker: Maker,
    pub address: SocketAddr,
    process: Process,
    // Removed when the server goes.
    _folder: tempfile::TempDir,
}

impl Measured {
    /// Starts it, with no limit in the way of a load from one address, and quiet.
    pub async fn start(maker: Maker) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let mut command = match maker {
            Maker::Crabcall => crabcall(address, folder.path())?,
            Maker::Matchbox => {
                let mut command = Command::new(matchbox()?);
                command.arg(address.to_string()).env("RUST_LOG", "warn");
                command
            }
            Maker::PeerJs => {
                let mut command = Command::new(tools::find("NODE", &["node"])?);
                command
                    .arg(peerjs()?)
                    .args(["--host", "127.0.0.1"])
                    .args(["--port", &address.port().to_string()])
                    .args(["--concurrent_limit", "100000"])
                    .env("NODE_ENV", "production");
                command
            }
            Maker::Floor => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args([floor::ARGUMENT, &address.to_string()]);
                command
            }
        };
        let process = Process::start(&mut command, &folder.path().join("log"))?;
        let reach = async || Ok(tokio::net::TcpStream::connect(address).await.ok());
        eventually_within(Duration::from_secs(20), maker.name(), reach)
            .await
            .with_context(|| process.log())?;
        Ok(Self {
            maker,
            address,
            process,
            _folder: folder,
        })
    }

    pub fn process_id(&self) -> u32 {
        self.process.id()
    }
}

fn crabcall(address: SocketAddr, folder: &Path) -> Result<Command> {
    let mut command = Command::new(tools::crabcall()?);
    command
        .args(["serve", "--https", "off", "--udp", "off"])
        .args(["--http", &address.to_string()])
        .arg("--data-dir")
        .arg(folder.join("data"))
        .args(["--max-connections", "1000000"])
        .args(["--max-connections-per-address", "1000000"])
        .args(["--messages-per-second", "0"])
        .args(["--log-level", "warn"]);
    Ok(command)
}

fn matchbox() -> Result<PathBuf> {
    let folder = tools::cache()?.join(format!("matchbox_server-{MATCHBOX}"));
    let program = folder.join("bin/matchbox_server");
    if !program.is_file() {
        eprintln!("cargo install matchbox_server@{MATCHBOX} (some minutes, once)");
        let mut cargo = Command::new(tools::find("CARGO", &["cargo"])?);
        cargo
            .env_remove("CARGO_TARGET_DIR")
            .args(["install", "--quiet", "--locked"])
            .arg(format!("matchbox_server@{MATCHBOX}"))
            .arg("--root")
            .arg(&folder);
        ensure!(cargo.status()?.success(), "cargo install matchbox_server");
    }
    Ok(program)
}

fn peerjs() -> Result<PathBuf> {
    let folder = tools::cache()?.join(format!("peer-{PEERJS}"));
    let program = folder.join("node_modules/peer/dist/bin/peerjs.js");
    if !program.is_file() {
        eprintln!("npm install peer@{PEERJS} (once)");
        let mut npm = Command::new(tools::find("NPM", &["npm"])?);
        npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
            .arg("--prefix")
            .arg(&folder)
            .arg(format!("peer@{PEERJS}"));
        ensure!(npm.output()?.status.success(), "npm install peer");
    }
    Ok(program)
}
