//! Where a browser runs, if it is not simply this computer.

use std::{fmt::Debug, path::Path, process::Command};

use anyhow::Result;

use crate::Process;

/// A place with a network of its own, such as a network namespace.
pub trait Place: Debug + Send + Sync {
    /// Starts a program there, as [`Process::start`] does here.
    fn start(&self, command: Command, log: &Path) -> Result<Process>;

    /// From now on a connection to this port of the loopback address here leads to the same port
    /// there.
    fn reach(&self, port: u16) -> Result<()>;
}
