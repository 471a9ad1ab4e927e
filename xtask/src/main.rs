//! `cargo xtask`: builds, runs, tests and checks Crabcall. Each command is a module of its own.

mod bench;
mod browsers;
mod build_web;
mod chance;
mod compress;
mod css;
mod fuzz;
mod lab;
mod page;
mod project;
mod serve;
mod summary;
mod test;
mod tidy;
mod wasm_bindgen;
mod wasm_opt;
mod wasm_std;
mod watch;

use std::process::ExitCode;

use project::Project;

const HELP: &str = "\
cargo xtask COMMAND

  build-web [--no-opt]      build the page into <target>/dist (--no-opt: without wasm-opt)
  serve [-- ARGS]           build the page and the program, then run `crabcall serve ARGS`
  watch [-- ARGS]           the same, built quickly, and again whenever crates/ changes
  test [--quick] [FILTER]   all checks and tests (--quick: without browsers; FILTER: only the
                            tests whose names contain it, and no other checks)
  tidy                      the rules of the house: imports, pure cores, file sizes, documents
  bench [NAME] [-- ARGS]    the benchmarks
  lab [NAMES and OPTIONS]   calls through networks and faults of our own making (Linux, root)
  fuzz [TARGET] [SECONDS]   `tests`: the random tests, with one new seed after another; and the
                            fuzz targets (these need cargo-fuzz and nightly); 30 s each

The target folder is ./target, or CARGO_TARGET_DIR.
CRABCALL_WASM_STD=installed|rustup|debian forces one way to Rust's std for WASM.
";

/// Every command; documents may name no other.
const COMMANDS: [&str; 8] = [
    "build-web",
    "serve",
    "watch",
    "test",
    "tidy",
    "bench",
    "lab",
    "fuzz",
];

/// A command line that cannot be understood: exit code 2, as with every other program.
#[derive(Debug)]
struct UsageError(String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (see `cargo xtask --help`)", self.0)
    }
}

impl std::error::Error for UsageError {}

fn usage<T>(message: impl Into<String>) -> anyhow::Result<T> {
    Err(UsageError(message.into()).into())
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(if error.is::<UsageError>() { 2 } else { 1 })
        }
    }
}

fn run(args: &[String]) -> anyhow::Result<()> {
    let Some((command, rest)) = args.split_first() else {
        return usage("a command is missing");
    };
    if matches!(command.as_str(), "-h" | "--help" | "help") {
        print!("{HELP}");
        return Ok(());
    }
    if !COMMANDS.contains(&command.as_str()) {
        return usage(format!("there is no command `{command}`"));
    }
    let (own, passed_on) = split_at_dashes(rest);
    if !passed_on.is_empty() && !matches!(command.as_str(), "serve" | "watch" | "bench" | "lab") {
        return usage(format!("`{command}` passes nothing on after `--`"));
    }
    match (command.as_str(), own) {
        ("build-web", []) => build_web::run(&Project::find()?, true),
        ("build-web", [flag]) if flag == "--no-opt" => build_web::run(&Project::find()?, false),
        ("serve", []) => serve::run(&Project::find()?, passed_on),
        ("watch", []) => watch::run(&Project::find()?, passed_on),
        ("test", own) => test::run(&test_options(own)?),
        ("tidy", []) => tidy::run(&Project::find()?),
        ("bench", [] | [_]) => bench::run(&Project::find()?, own, passed_on),
        // Its own options come without dashes as well.
        ("lab", own) => lab::run(&Project::find()?, &[own, passed_on].concat()),
        ("fuzz", own) => fuzz::run(&Project::find()?, own),
        _ => usage(format!("`{command}` does not take `{}`", own.join(" "))),
    }
}

fn test_options(args: &[String]) -> anyhow::Result<test::Options> {
    let mut options = test::Options::default();
    for arg in args {
        match arg.as_str() {
            "--quick" => options.quick = true,
            flag if flag.starts_with('-') => {
                return usage(format!("`test` does not take `{flag}`"));
            }
            filter if options.filter.is_none() => options.filter = Some(filter.to_owned()),
            _ => return usage("`test` takes one filter"),
        }
    }
    Ok(options)
}

/// What stands before `--` is for xtask, what stands after it for the program.
fn split_at_dashes(args: &[String]) -> (&[String], &[String]) {
    match args.iter().position(|arg| arg == "--") {
        Some(at) => {
            let (own, passed_on) = args.split_at(at);
            (own, passed_on.get(1..).unwrap_or_default())
        }
        None => (args, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(args: &[&str]) -> Vec<String> {
        args.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn dashes_split_our_arguments_from_the_programs() {
        let args = strings(&["--quick", "--", "--http", "--", "x"]);
        let (own, passed_on) = split_at_dashes(&args);
        assert_eq!(own, strings(&["--quick"]));
        assert_eq!(passed_on, strings(&["--http", "--", "x"]));
    }

    #[test]
    fn help_names_every_command() {
        for command in COMMANDS {
            assert!(HELP.contains(&format!("\n  {command} ")), "{command}");
        }
    }

    #[test]
    fn test_takes_a_filter_and_a_flag_in_any_order() {
        let options = test_options(&strings(&["glare", "--quick"])).unwrap();
        assert_eq!(
            options,
            test::Options {
                quick: true,
                filter: Some("glare".into())
            }
        );
    }

    #[test]
    fn an_unknown_command_or_flag_is_a_usage_error() {
        for args in [
            &["sevre"][..],
            &["build-web", "--fast"],
            &["serve", "--http", "x"],
            &[],
        ] {
            let error = run(&strings(args)).expect_err("must be refused");
            assert!(error.is::<UsageError>(), "{args:?}: {error}");
        }
    }
}
