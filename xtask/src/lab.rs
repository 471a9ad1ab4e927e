//! `lab`: the network lab of the crate `e2e`, with the program as users get it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::browsers;
use crate::build_web::Effort;
use crate::project::{Project, apt_install, is_debian_root, on_path, run as run_command};
use crate::serve::build_program;

/// Programs that networks are made of, and Debian's packages of them.
const TOOLS: [(&str, &str); 5] = [
    ("ip", "iproute2"),
    ("tc", "iproute2"),
    ("nft", "nftables"),
    ("tinyproxy", "tinyproxy"),
    ("tcpdump", "tcpdump"),
];

/// The command; without a name the program runs the few that `test` runs.
pub fn run(project: &Project, args: &[String]) -> Result<()> {
    if let Some(why) = why_not() {
        bail!("no network lab here: {why}");
    }
    let program = build_program(project, Effort::Smallest)?;
    run_command(command(project, program)?.args(args), "the network lab")
}

/// The lab's program, built for work rather than for speed: it only waits.
pub fn command(project: &Project, program: PathBuf) -> Result<Command> {
    let environment = browsers::environment(program)?;
    let missing: Vec<&str> = TOOLS
        .iter()
        .filter(|(tool, _)| on_path(tool).is_none())
        .map(|(_, package)| *package)
        .collect();
    if !missing.is_empty() {
        if !is_debian_root() {
            bail!(
                "missing for the network lab: {}; install the packages",
                missing.join(" ")
            );
        }
        apt_install(&missing)?;
    }
    let mut cargo = project.cargo();
    cargo.args(["run", "-q", "-p", "e2e", "--bin", "lab", "--"]);
    cargo.envs(environment);
    Ok(cargo)
}

/// Why this computer cannot have the lab.
pub fn why_not() -> Option<&'static str> {
    if !cfg!(target_os = "linux") {
        return Some("it is made of Linux' network namespaces");
    }
    let mut unshare = Command::new("unshare");
    unshare
        .args(["--net", "--mount", "--pid", "--fork", "--mount-proc"])
        .args(["ip", "tuntap", "add", "lab0", "mode", "tun"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Debian may lack `ip` before the tools are installed.
    if on_path("ip").is_none() && is_debian_root() {
        return None;
    }
    match unshare.status() {
        Ok(status) if status.success() => None,
        _ => Some("only root may make network namespaces and TUN devices"),
    }
}
