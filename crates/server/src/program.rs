//! The program from its arguments to its exit code.

use std::{ffi::OsString, io::Write as _, process::ExitCode, sync::Arc};

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};
use tokio::runtime::Runtime;

use crate::{
    banner,
    config::{
        self,
        args::{Args, Command, Doctor, Options},
        layers::is_live,
        settings::{Effective, default_data_dir},
    },
    data_dir::DataDir,
    doctor::{self, Target},
    fault::Fault,
    logs::Log,
    machine::Probe,
    server::Server,
    signals::{Asked, Signals},
    site::Site,
    supervisor,
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
        Command::Doctor(options) => examine(options),
        Command::RotateTickets(options) => config::load(options, matches)
            .and_then(|effective| rotate_tickets(&effective))
            .map(|()| ExitCode::SUCCESS),
        Command::Serve(options) => config::load(options, matches)
            .and_then(|effective| serve(options, matches, effective))
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
        .build()
        .map_err(|error| Fault::new("the system", error, "see to its limits and start again"))
}

fn examine(options: &Doctor) -> Result<ExitCode, Fault> {
    let more_roots = match &options.ca_file {
        Some(path) => doctor::roots(path)?,
        None => Vec::new(),
    };
    let asked = options.url.as_deref().map(Target::parse).transpose()?;
    let report = runtime()?.block_on(async {
        let target = match asked {
            Some(target) => target,
            None => {
                let dir = options.data_dir.clone().or_else(default_data_dir);
                doctor::find(dir.as_deref()).await
            }
        };
        doctor::examine(&target, &more_roots).await
    });
    print(&if options.json {
        format!("{:#}\n", report.to_json())
    } else {
        report.to_string()
    })?;
    let unwell = report.failed().next().is_some();
    Ok(ExitCode::from(if unwell { UNWELL } else { 0 }))
}

fn rotate_tickets(effective: &Effective) -> Result<(), Fault> {
    let dir = DataDir::open(&effective.settings.data_dir)?;
    dir.rotate_ticket_key()?;
    print(&format!(
        "There is a new ticket key in {}. A server that runs with this folder goes on with the old one until it is \
         told to reload (SIGHUP, systemctl reload) or started again. From then on nobody gets back into a call with \
         an older ticket; whoever is in a call stays in it.\n",
        effective.settings.data_dir.display()
    ))
}

fn serve(options: &Options, matches: &ArgMatches, effective: Effective) -> Result<(), Fault> {
    let log = Log::start(&effective.settings)
        .map_err(|error| Fault::new("the log", error, "see to the system's limits"))?;
    for word in config::misspelt_variables() {
        tracing::warn!("{word}");
    }
    raise_file_limit();
    runtime()?.block_on(async {
        let signals = |error| Fault::new("signal handlers", error, "start again");
        let mut signals = Signals::listen().map_err(signals)?;
        let server = Server::start(effective.settings.clone(), Probe::default())?;
        let site = Arc::clone(server.site());
        banner::print(&site);
        supervisor::ready();
        tokio::spawn(supervisor::keep_watchdog_fed());
        let checked = Arc::clone(&site);
        tokio::spawn(async move { doctor::at_start(&checked).await });
        let mut effective = effective;
        server
            .run(async {
                while signals.next().await == Asked::Reload {
                    reload(options, matches, &mut effective, &site, &log);
                }
                supervisor::stopping();
            })
            .await;
        Ok(())
    })
}

/// Reads the configuration again. The log names the changed options that need a restart.
fn reload(
    options: &Options,
    matches: &ArgMatches,
    effective: &mut Effective,
    site: &Site,
    log: &Log,
) {
    let read = match config::load(options, matches) {
        Ok(read) => read,
        Err(fault) => {
            // The certificates are read again even so.
            tracing::error!("the configuration stays as it was: {fault}");
            effective.clone()
        }
    };
    let changed = effective.changed(&read);
    let (taken, later): (Vec<&str>, Vec<&str>) = changed.iter().partition(|key| is_live(key));
    log.set_level(read.settings.log_level);
    site.reload(read.settings.live.clone());
    tracing::info!(
        taken = taken.join(", "),
        "read the configuration, the certificates and the ticket key again"
    );
    if !later.is_empty() {
        tracing::warn!(
            options = later.join(", "),
            "these options changed and take effect at the next start"
        );
    }
    effective.take_live(read);
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
