//! `fuzz`: the random tests with new seeds for a while, and then each fuzz target, with cargo-fuzz and
//! the nightly compiler it needs.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::chance;
use crate::project::{Project, on_path, output_of, run as run_command, say};

/// Long enough to see that a target works; a search for faults takes hours.
const SECONDS: u32 = 30;
/// The argument that asks for the random tests instead of a fuzz target.
const TESTS: &str = "tests";

/// The command: `[TARGET] [SECONDS]`, in this order.
pub fn run(project: &Project, args: &[String]) -> Result<()> {
    let (target, seconds) = read_args(args)?;
    let folder = project.root.join("fuzz");
    let all = targets(&folder)?;
    if target.as_deref().is_none_or(|target| target == TESTS) {
        chance::search(project, seconds)?;
    }
    let chosen = match target {
        Some(target) if target == TESTS => return Ok(()),
        Some(target) if all.contains(&target) => vec![target],
        Some(target) => bail!(
            "there is no fuzz target `{target}`; there are: {TESTS}, {}",
            all.join(", ")
        ),
        None => all,
    };
    if on_path("cargo-fuzz").is_none() {
        bail!("cargo-fuzz is missing; install it with `cargo install cargo-fuzz`");
    }
    if output_of(Command::new("rustup").args(["run", "nightly", "rustc", "--version"])).is_err() {
        bail!(
            "cargo-fuzz needs the nightly compiler; install it with `rustup toolchain install nightly`"
        );
    }
    for target in &chosen {
        say(format!("fuzzing {target} for {seconds} s"));
        let mut cargo = Command::new("rustup");
        cargo.args(["run", "nightly", "cargo", "fuzz", "run", target]);
        cargo
            .args(["--", &format!("-max_total_time={seconds}")])
            .current_dir(&project.root);
        cargo.env("CARGO_TARGET_DIR", project.target.join("fuzz"));
        // The variables of the toolchain that runs us would win over nightly.
        cargo
            .env_remove("RUSTUP_TOOLCHAIN")
            .env_remove("CARGO")
            .env_remove("LD_LIBRARY_PATH");
        run_command(&mut cargo, &format!("fuzzing {target}"))?;
    }
    Ok(())
}

fn read_args(args: &[String]) -> Result<(Option<String>, u32)> {
    let number = |text: &String| text.parse::<u32>().ok().filter(|seconds| *seconds > 0);
    match args {
        [] => Ok((None, SECONDS)),
        [only] => match number(only) {
            Some(seconds) => Ok((None, seconds)),
            None => Ok((Some(only.clone()), SECONDS)),
        },
        [target, seconds] => match number(seconds) {
            Some(seconds) => Ok((Some(target.clone()), seconds)),
            None => crate::usage(format!("`{seconds}` is no number of seconds")),
        },
        _ => crate::usage("`fuzz` takes a target and a number of seconds"),
    }
}

/// The names of the fuzz targets: one file each.
fn targets(fuzz: &Path) -> Result<Vec<String>> {
    let files = crate::project::files_below(&fuzz.join("fuzz_targets"))?;
    let names: Vec<String> = files
        .iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
        .collect();
    if names.is_empty() {
        bail!("there are no fuzz targets in {}", fuzz.display());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &[&str]) -> Result<(Option<String>, u32)> {
        read_args(&args.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn a_target_a_time_both_or_none() {
        assert_eq!(read(&[]).unwrap(), (None, SECONDS));
        assert_eq!(read(&["5"]).unwrap(), (None, 5));
        assert_eq!(read(&["room"]).unwrap(), (Some("room".into()), SECONDS));
        assert_eq!(read(&["room", "7"]).unwrap(), (Some("room".into()), 7));
        assert!(read(&["room", "soon"]).is_err());
        assert!(read(&["room", "0"]).is_err());
    }
}
