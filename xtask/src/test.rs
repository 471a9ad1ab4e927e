//! `test`: everything that must hold before a change goes in, stage after stage.

use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::browsers;
use crate::build_web::Effort;
use crate::chance;
use crate::lab;
use crate::project::{Project, on_path, output_of, run as run_command, say};
use crate::serve::build_program;
use crate::summary::Counts;
use crate::tidy;
use crate::wasm_std::WasmStd;

/// Browser tests side by side: each has two browsers that encode and decode video.
const BROWSER_TESTS_AT_ONCE: &str = "2";

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Without the browsers.
    pub quick: bool,
    /// Only the tests whose names contain this, and no other checks.
    pub filter: Option<String>,
}

#[derive(Debug)]
struct Stage {
    name: &'static str,
    took: Duration,
    counts: Counts,
    /// Why it failed, or why it was left out.
    outcome: Outcome,
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    LeftOut(String),
    Failed(String),
}

/// What a stage that ran says: its tests, or why there was nothing to run.
enum Ran {
    Tests(Counts),
    Nothing(String),
}

#[derive(Debug, Default)]
struct Report(Vec<Stage>);

impl Report {
    /// Runs one stage; false if it failed. An error is kept, so that later stages still run.
    fn stage(&mut self, name: &'static str, work: impl FnOnce() -> Result<Ran>) -> bool {
        say(format!("── {name}"));
        let start = Instant::now();
        let (counts, outcome) = match work() {
            Ok(Ran::Tests(counts)) if counts.failed > 0 => {
                (counts, Outcome::Failed(format!("{} failed", counts.failed)))
            }
            Ok(Ran::Tests(counts)) => (counts, Outcome::Passed),
            Ok(Ran::Nothing(why)) => (Counts::default(), Outcome::LeftOut(why)),
            // A check that fails, or a test program that cannot be built, is one failure.
            Err(error) => {
                let counts = Counts {
                    failed: 1,
                    ..Counts::default()
                };
                (counts, Outcome::Failed(format!("{error:#}")))
            }
        };
        let passed = !matches!(outcome, Outcome::Failed(_));
        self.0.push(Stage {
            name,
            took: start.elapsed(),
            counts,
            outcome,
        });
        passed
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let mut sum = Counts::default();
        for stage in &self.0 {
            sum += stage.counts;
            let outcome = match &stage.outcome {
                Outcome::Passed if stage.counts == Counts::default() => "ok".to_owned(),
                Outcome::Passed => format!("ok, {} tests", stage.counts.passed),
                Outcome::LeftOut(why) => format!("left out: {why}"),
                Outcome::Failed(why) => format!("FAILED: {why}"),
            };
            let took = format!("{:.1} s", stage.took.as_secs_f32());
            text.push_str(&format!("{:<20} {took:>8}  {outcome}\n", stage.name));
        }
        text.push_str(&format!("{} passed, {} failed\n", sum.passed, sum.failed));
        text
    }

    fn failed(&self) -> bool {
        self.0
            .iter()
            .any(|stage| matches!(stage.outcome, Outcome::Failed(_)))
    }
}

/// The command.
pub fn run(options: &Options) -> Result<()> {
    let project = project()?;
    let mut report = Report::default();
    if options.filter.is_none() {
        checks(&project, &mut report);
    }
    let filter = options.filter.as_deref();
    report.stage("tests", || unit_tests(&project, filter));
    if !options.quick {
        end_to_end(&project, filter, &mut report);
    }

    print!("\n{}", report.text());
    std::io::stdout()
        .flush()
        .context("cannot write to stdout")?;
    if report.failed() {
        bail!("not everything holds; the lines above say what");
    }
    Ok(())
}

/// A continuous-integration machine clones anew each time: a target folder that stays saves it the
/// build of all dependencies.
fn project() -> Result<Project> {
    let mut project = Project::find()?;
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    if ci && std::env::var_os("CARGO_TARGET_DIR").is_none() {
        project.target = browsers::cache_dir()?.join("target");
    }
    Ok(project)
}

fn checks(project: &Project, report: &mut Report) {
    report.stage("format", || {
        check(
            project.cargo().args(["fmt", "--all", "--check"]),
            "`cargo fmt --all --check`",
        )
    });
    report.stage("clippy", || {
        let mut cargo = project.cargo();
        cargo.args(["clippy", "--workspace", "--all-targets"]);
        check(cargo.args(["--", "-D", "warnings"]), "clippy")
    });
    report.stage("clippy of the page", || {
        let std = WasmStd::ensure()?;
        if matches!(std, WasmStd::Debian { .. }) {
            return Ok(Ran::Nothing("no clippy fits Debian's std for WASM".into()));
        }
        let mut cargo = project.cargo();
        cargo.args(["clippy", "-p", "web", "-p", "check", "--lib"]);
        std.apply(&mut cargo);
        check(cargo.args(["--", "-D", "warnings"]), "clippy for WASM")
    });
    report.stage("tidy", || {
        tidy::run(project).map(|()| Ran::Tests(Counts::default()))
    });
}

fn check(command: &mut Command, what: &str) -> Result<Ran> {
    run_command(command, what).map(|()| Ran::Tests(Counts::default()))
}

fn unit_tests(project: &Project, filter: Option<&str>) -> Result<Ran> {
    let mut cargo = project.cargo();
    let nextest = on_path("cargo-nextest").is_some();
    cargo.args(if nextest {
        &["nextest", "run"][..]
    } else {
        &["test", "--lib", "--bins", "--tests"]
    });
    cargo.args(["--workspace", "--exclude", "e2e", "--no-fail-fast"]);
    if nextest {
        cargo.arg("--no-tests=pass");
    }
    chance::set_usual_seed(&mut cargo);
    tests(cargo.args(filter), "tests")
}

fn end_to_end(project: &Project, filter: Option<&str>, report: &mut Report) {
    if let Some(filter) = filter {
        let mut cargo = project.cargo();
        cargo.args(["test", "-q", "-p", "e2e", filter, "--", "--list"]);
        if output_of(&mut cargo).is_ok_and(|list| !list.contains(": test")) {
            return;
        }
    }
    let mut program = PathBuf::new();
    let built = report.stage("build", || {
        program = build_program(project, Effort::Smallest)?;
        Ok(Ran::Tests(Counts::default()))
    });
    report.stage("browsers", || {
        if !built {
            bail!("not run, because the program was not built");
        }
        let environment = browsers::environment(program.clone())?;
        let mut cargo = project.cargo();
        let nextest = on_path("cargo-nextest").is_some();
        cargo.args(if nextest {
            &["nextest", "run"][..]
        } else {
            &["test"]
        });
        cargo
            .args(["-p", "e2e", "--no-fail-fast"])
            .envs(environment)
            // What was waited for in vain is said in words; where in our code is of no help.
            .env("RUST_LIB_BACKTRACE", "0")
            .args(filter);
        if nextest {
            cargo.args(["--no-tests=pass", "--test-threads", BROWSER_TESTS_AT_ONCE]);
        } else {
            cargo.args(["--", "--test-threads", BROWSER_TESTS_AT_ONCE]);
        }
        tests(&mut cargo, "browser tests")
    });
    if filter.is_some() {
        return;
    }
    report.stage("network lab", || {
        if !built {
            bail!("not run, because the program was not built");
        }
        if let Some(why) = lab::why_not() {
            return Ok(Ran::Nothing(why.into()));
        }
        tests(&mut lab::command(project, program)?, "the network lab")
    });
}

/// Runs a test runner in sight of the user and counts what it says.
fn tests(command: &mut Command, what: &str) -> Result<Ran> {
    if std::io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{what}: cannot start cargo"))?;
    let stdout = child.stdout.take().context("the runner has no stdout")?;
    let stderr = child.stderr.take().context("the runner has no stderr")?;
    let errors = std::thread::spawn(move || echo(stderr, &mut std::io::stderr()));
    let mut output = echo(stdout, &mut std::io::stdout());
    output.push_str(&errors.join().unwrap_or_default());
    let status = child
        .wait()
        .with_context(|| format!("{what}: lost the runner"))?;
    let counts = Counts::read(&output);
    if !status.success() && counts.failed == 0 {
        bail!("{what} did not run to their end ({status})");
    }
    Ok(Ran::Tests(counts))
}

/// Copies line by line, and returns it all.
fn echo(from: impl Read, to: &mut impl Write) -> String {
    let mut all = String::new();
    let mut lines = BufReader::new(from);
    let mut line = Vec::new();
    while lines
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        // A closed terminal must not stop the tests.
        to.write_all(&line).and_then(|()| to.flush()).ok();
        all.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tests_ran(passed: u32, failed: u32) -> Result<Ran> {
        Ok(Ran::Tests(Counts {
            passed,
            failed,
            skipped: 0,
        }))
    }

    #[test]
    fn the_last_line_sums_all_stages() {
        let mut report = Report::default();
        assert!(report.stage("a", || tests_ran(3, 0)));
        assert!(report.stage("b", || Ok(Ran::Nothing("no need".into()))));
        assert!(report.stage("c", || tests_ran(4, 0)));
        assert!(report.text().ends_with("\n7 passed, 0 failed\n"));
        assert!(!report.failed());
    }

    #[test]
    fn a_failed_test_or_check_fails_the_whole() {
        let mut report = Report::default();
        assert!(!report.stage("tests", || tests_ran(3, 2)));
        assert!(!report.stage("format", || bail!("no")));
        assert!(report.stage("more tests", || tests_ran(1, 0)));
        assert!(
            report.text().ends_with("\n4 passed, 3 failed\n"),
            "{}",
            report.text()
        );
        assert!(report.failed());
    }

    #[test]
    fn a_runner_that_fails_without_a_count_is_a_failure() {
        let mut runner = Command::new("cargo");
        assert!(tests(runner.args(["build", "--no-such-flag"]), "tests").is_err());
    }

    #[test]
    fn echo_keeps_lines_that_are_no_utf8() {
        let mut out = Vec::new();
        let kept = echo(&b"one\n\xfftwo"[..], &mut out);
        assert_eq!(out, b"one\n\xfftwo");
        assert_eq!(kept, "one\n\u{fffd}two");
    }
}
