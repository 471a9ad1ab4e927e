//! The network lab: real browsers and the real program in networks of our own making.

#[cfg(target_os = "linux")]
mod access;
#[cfg(target_os = "linux")]
mod cells;
#[cfg(target_os = "linux")]
mod certificate;
#[cfg(target_os = "linux")]
mod command;
#[cfg(target_os = "linux")]
mod faults;
mod figures;
mod flood;
#[cfg(target_os = "linux")]
mod frames;
#[cfg(target_os = "linux")]
mod inside;
#[cfg(target_os = "linux")]
mod link;
#[cfg(target_os = "linux")]
mod namespace;
#[cfg(target_os = "linux")]
mod path;
#[cfg(target_os = "linux")]
mod probe;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod stage;
#[cfg(target_os = "linux")]
mod world;

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    command::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("lab: the network lab is made of Linux' network namespaces");
    ExitCode::FAILURE
}
