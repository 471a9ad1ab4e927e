//! Starts the program.

use std::process::ExitCode;

fn main() -> ExitCode {
    crabcall::program::run(std::env::args_os())
}
