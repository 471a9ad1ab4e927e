//! The lab runs in namespaces of its own (network, mounts, processes): the networks of this
//! computer are out of its reach, and when it ends, however it ends, the kernel removes every
//! process, address and rule of it.

use std::{os::unix::process::CommandExt, process::Command};

use anyhow::{Context, Result};

use crate::{
    namespace::run,
    world::{SERVER, SERVER_NAME},
};

const INSIDE: &str = "CRABCALL_LAB_INSIDE";
/// The names that are known inside.
const HOSTS: &str = "/run/netns/hosts";
const RESOLVER: &str = "/run/netns/resolv.conf";

/// Starts this program again inside, unless it is there already.
pub fn enter() -> Result<()> {
    if std::env::var_os(INSIDE).is_none() {
        let program = std::env::current_exe()?;
        let error = Command::new("unshare")
            .args(["--net", "--mount", "--pid", "--fork", "--kill-child"])
            .arg("--mount-proc")
            .arg(program)
            .args(std::env::args_os().skip(1))
            .env(INSIDE, "yes")
            .exec();
        return Err(error).context("run unshare");
    }
    run("ip", &["link", "set", "lo", "up"])?;
    // Names of namespaces that nobody else sees.
    std::fs::create_dir_all("/run/netns")?;
    run("mount", &["-t", "tmpfs", "tmpfs", "/run/netns"])?;
    std::fs::write(
        HOSTS,
        format!("127.0.0.1 localhost\n{SERVER} {SERVER_NAME}\n"),
    )?;
    run("mount", &["--bind", HOSTS, "/etc/hosts"])?;
    // Nobody is asked for more: an answer that never comes would be waited for.
    std::fs::write(RESOLVER, "nameserver 127.0.0.1\n")?;
    run("mount", &["--bind", RESOLVER, "/etc/resolv.conf"])
}
