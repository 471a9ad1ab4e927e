//! `serve`: builds everything and becomes `crabcall serve`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::build_web::{self, Effort};
use crate::project::{Project, run as run_command, say};

/// The program's name, and that of its crate.
pub const PROGRAM: &str = "crabcall";

/// The command: page, program, and then the program in our place.
pub fn run(project: &Project, args: &[String]) -> Result<()> {
    let program = build_program(project, Effort::Smallest)?;
    say(format!("{} serve {}", program.display(), args.join(" ")));
    become_program(Command::new(program).arg("serve").args(args))
}

/// Builds the page and the program that embeds it; returns the program's path.
pub fn build_program(project: &Project, effort: Effort) -> Result<PathBuf> {
    build_web::build(project, effort)?;
    let mut cargo = project.cargo();
    cargo
        .args(["build", "-p", PROGRAM])
        .env("CRABCALL_PAGE_DIR", project.page_dir());
    let folder = if effort == Effort::Quick {
        "debug"
    } else {
        cargo.arg("--release");
        "release"
    };
    run_command(&mut cargo, "building crabcall")?;
    Ok(project
        .target
        .join(folder)
        .join(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX)))
}

/// Replaces this process, so that signals and the exit code are the program's own.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    let program = command.get_program().to_string_lossy();
    Err(error).with_context(|| format!("cannot start {program}"))
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("cannot start {program}"))?;
    std::process::exit(status.code().unwrap_or(1));
}
