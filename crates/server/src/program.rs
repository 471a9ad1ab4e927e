//! The program from its arguments to its exit code.

use std::{ffi::OsString, io::Write as _, process::ExitCode, sync::Arc};

use clap::{CommandFactory as _, FromArgMatches as _};
use tokio::runtime::Runtime;

use crate::{
    banner,
    config::{
        self,
        args::{Args, Command},
        settings::Settings,
    },
    doctor::{self, Target},
    fault::Fault,
    logs,
    machine::Probe,
    pace,
    server::Server,
    signals, supervisor,
};

/// The exit code for what the person who started it can mend.
const MENDABLE: u8 = 2;
/// The exit code of a doctor who found something.
const UNWELL: u8 = 1;

/// Does what the arguments say.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let matches = Args::command().get_matches_from(arguments);
    let args = match Args::from_arg_matches(&matches) {
        Ok(args) => args,
        Err(error) => error.exit(),
    };
    let Some((_, matches)) = matches.subcommand() else {
        return ExitCode::from(MENDABLE);
    };
    let done = match &args.command {
        Command::Config(options) => config::load(options, matches)
            .and_then(|effective| print(&config::print(&effective)))
            .map(|()| {
                for word in config::misspelt_variables() {
                    eprintln!("crabcall: {word}");
                }
                ExitCode::SUCCESS
            }),
        Command::Doctor(options) => Target::parse(&options.url).and_then(|target| examine(&target)),
        Command::Serve(options) => config::load(options, matches)
            .and_then(|effective| serve(effective.settings))
            .map(|()| ExitCode::SUCCESS),
    };
    match done {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("crabcall: {fault}");
            ExitCode::from(MENDABLE)
        }
    }
}

fn print(text: &str) -> Result<(), Fault> {
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| Fault::new("standard output", error, "let somebody read it"))
}

/// One thread is enough for signalling, and a message needs no wake-up of another.
fn runtime() -> Result<Runtime, Fault> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .on_thread_unpark(pace::woken)
        .on_thread_park(pace::wait)
        .build()
        .map_err(|error| Fault::new("the system", error, "see to its limits and start again"))
}

fn examine(target: &Target) -> Result<ExitCode, Fault> {
    let report = runtime()?.block_on(doctor::examine(target));
    print(&report.to_string())?;
    let unwell = report.failed().next().is_some();
    Ok(ExitCode::from(if unwell { UNWELL } else { 0 }))
}

fn serve(settings: Settings) -> Result<(), Fault> {
    logs::start(&settings);
    for word in config::misspelt_variables() {
        tracing::warn!("{word}");
    }
    raise_file_limit();
    runtime()?.block_on(async {
        let signals = |error| Fault::new("signal handlers", error, "start again");
        let stop = signals::stop().map_err(signals)?;
        let server = Server::start(settings, Probe::default())?;
        banner::print(server.site());
        supervisor::ready();
        let site = Arc::clone(server.site());
        tokio::spawn(async move { doctor::at_start(&site).await });
        server
            .run(async {
                stop.await;
                supervisor::stopping();
            })
            .await;
        Ok(())
    })
}

/// Each connection takes a file descriptor, and many systems start programs with few.
#[cfg(unix)]
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the limit of open files stays as it was");
    }
}

#[cfg(not(unix))]
fn raise_file_limit() {}
