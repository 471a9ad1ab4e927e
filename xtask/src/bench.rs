//! `bench`: the benchmark programs of the crate `e2e`, against the program as users get it.

use anyhow::Result;

use crate::browsers;
use crate::build_web::Effort;
use crate::project::{Project, run as run_command};
use crate::serve::build_program;

/// The command; without a name the program says which there are, or runs all.
pub fn run(project: &Project, name: &[String], args: &[String]) -> Result<()> {
    let environment = browsers::environment(build_program(project, Effort::Smallest)?)?;
    let mut cargo = project.cargo();
    cargo.args(["run", "--release", "-p", "e2e", "--bin", "bench", "--"]);
    run_command(
        cargo.args(name).args(args).envs(environment),
        "the benchmark",
    )
}
