//! Starts the program.

use std::process::ExitCode;

/// glibc keeps most of what an attack or a busy hour took; mimalloc returns it to the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    crabcall::program::run(std::env::args_os())
}
