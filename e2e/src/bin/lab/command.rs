//! The command line.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::{
    access::Access,
    cells::{self, Cell},
    faults::{self, Fault},
    inside, report,
    run::{self, Effort},
};

const HELP: &str = "\
lab [NAME …] [--all] [--cells] [--faults] [--long] [--times N] [--seed N] [--keep] [--write] [--networks] [--list]

  NAME       cells and faults by their names
  --all      all of them, and the rows of LAB.md are written
  --cells    all cells
  --faults   all faults, as long as LAB.md says
  --long     those that are named as long, too
  --times N  so many calls in each cell, and so many times each fault [default: 1]
  --seed N   of the links' weather [default: 1]
  --keep     what a failed one leaves, also of those that hold
  --write    write the rows of LAB.md of what is run
  --networks build each kind of network and see that it behaves as its kind does, no calls
  --list     say which there are

Without a name: the few that `cargo xtask test` runs.
";

/// What was asked for.
#[derive(Debug)]
struct Wanted {
    cells: Vec<Cell>,
    faults: Vec<Fault>,
    effort: Effort,
    write: bool,
    /// Each kind of network is looked at first.
    networks: bool,
}

enum Asked {
    Help,
    List,
    Run(Wanted),
}

/// The program.
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match understand(&arguments) {
        Ok(Asked::Help) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Asked::List) => {
            for cell in cells::all() {
                println!("{}", cell.name);
            }
            for fault in faults::all() {
                println!("{}", fault.name);
            }
            ExitCode::SUCCESS
        }
        Ok(Asked::Run(wanted)) => match inside::enter().and_then(|()| start(&wanted)) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("lab: {error:#}");
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            eprintln!("lab: {error:#}\n\n{HELP}");
            ExitCode::from(2)
        }
    }
}

fn understand(arguments: &[String]) -> Result<Asked> {
    let mut wanted = Wanted {
        cells: Vec::new(),
        faults: Vec::new(),
        effort: Effort {
            times: 1,
            seed: 1,
            long: false,
            keep: false,
            slack: 1.0,
        },
        write: false,
        networks: false,
    };
    let (mut all_cells, mut all_faults) = (false, false);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut number = |name: &str| match arguments.next().map(|word| word.parse::<u32>()) {
            Some(Ok(number)) if number > 0 => Ok(number),
            _ => bail!("{name} needs a number"),
        };
        match argument.as_str() {
            "-h" | "--help" | "help" => return Ok(Asked::Help),
            "--list" => return Ok(Asked::List),
            "--all" => {
                (all_cells, all_faults) = (true, true);
                wanted.write = true;
            }
            "--cells" => all_cells = true,
            "--faults" => all_faults = true,
            "--long" => wanted.effort.long = true,
            "--keep" => wanted.effort.keep = true,
            "--write" => wanted.write = true,
            "--networks" => wanted.networks = true,
            "--times" => wanted.effort.times = number("--times")?,
            "--seed" => wanted.effort.seed = number("--seed")?.into(),
            name => {
                let cell = cells::all().into_iter().find(|cell| cell.name == name);
                let fault = faults::all().into_iter().find(|fault| fault.name == name);
                if cell.is_none() && fault.is_none() {
                    bail!("there is no `{name}`; see --list");
                }
                wanted.cells.extend(cell);
                wanted.faults.extend(fault);
            }
        }
    }
    if all_cells {
        wanted.cells = cells::all();
    }
    if all_faults {
        wanted.faults = faults::all();
        wanted.effort.long = true;
    }
    if wanted.cells.is_empty() && wanted.faults.is_empty() && !wanted.networks {
        // Also on a computer that has just built and tested everything.
        wanted.effort.slack = 2.0;
        wanted.cells = cells::all()
            .into_iter()
            .filter(|cell| cells::CHOSEN.contains(&cell.name.as_str()))
            .collect();
        wanted.faults = faults::all()
            .into_iter()
            .filter(|fault| faults::CHOSEN.contains(&fault.name))
            .collect();
    }
    Ok(Asked::Run(wanted))
}

fn start(wanted: &Wanted) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        // The first process of its namespace is ended by no signal that it does not ask for.
        let (mut interrupt, mut terminate) = (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        );
        tokio::select! {
            done = all(wanted) => done,
            _ = interrupt.recv() => bail!("interrupted"),
            _ = terminate.recv() => bail!("terminated"),
        }
    })
}

/// True if everything held.
async fn all(wanted: &Wanted) -> Result<bool> {
    let (mut passed, mut failed) = (0, 0);
    let mut count = |holds: bool| match holds {
        true => passed += 1,
        false => failed += 1,
    };
    if wanted.networks {
        for access in Access::ALL {
            run::networks(access, wanted.effort.seed)?;
            println!("ok     a network of the kind {access}");
            count(true);
        }
    }
    for cell in &wanted.cells {
        let result = run::cell(cell, wanted.effort).await?;
        println!("{}", report::line(cell, &result));
        if wanted.write {
            report::write(cell, &result, wanted.effort)?;
        }
        count(result.holds());
    }
    for fault in &wanted.faults {
        let result = run::fault(fault, wanted.effort).await?;
        println!("{}", report::fault_line(fault, &result));
        if wanted.write {
            report::write_fault(fault, &result, wanted.effort)?;
        }
        count(result.trouble.is_none());
    }
    // As a test runner says it.
    println!(
        "test result: {}. {passed} passed; {failed} failed",
        if failed == 0 { "ok" } else { "FAILED" }
    );
    Ok(failed == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(arguments: &[&str]) -> Result<Wanted> {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        match understand(&arguments)? {
            Asked::Run(wanted) => Ok(wanted),
            _ => bail!("nothing to run"),
        }
    }

    #[test]
    fn without_a_name_the_chosen_ones_are_run() {
        let wanted = asked(&[]).unwrap();
        assert_eq!((wanted.cells.len(), wanted.faults.len()), (8, 3));
        assert!(!wanted.write && wanted.effort.slack > 1.0);
    }

    #[test]
    fn names_and_numbers() {
        let wanted = asked(&["port-port", "moved", "--times", "3", "--seed", "9"]).unwrap();
        assert_eq!((wanted.cells.len(), wanted.faults.len()), (1, 1));
        assert_eq!((wanted.effort.times, wanted.effort.seed), (3, 9));
        assert!(!wanted.effort.long);
        assert!(asked(&["loss-30", "--long"]).unwrap().effort.long);
        assert!(asked(&["port-port-port"]).is_err());
        assert!(asked(&["--times", "many"]).is_err());
        assert!(asked(&["--times", "0"]).is_err());
    }

    #[test]
    fn all_is_everything_and_is_written() {
        let wanted = asked(&["--all"]).unwrap();
        assert_eq!(wanted.cells, cells::all());
        assert!(wanted.write && wanted.effort.long);
    }
}
