//! The tests that try things by chance. `test` runs them with the same seed each time, so that what
//! passed once passes again; `fuzz` runs them with a new seed each time, so that they find more.

use std::hash::{BuildHasher, RandomState};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::project::{Project, run as run_command, say};

/// What proptest takes its seed from.
const PROPTEST_SEED: &str = "PROPTEST_RNG_SEED";
/// The seed of `test`.
const USUAL: &str = "1";
/// A new seed is less than this, so that a person can type it.
const SEEDS: u64 = 1_000_000_000;
/// How many cases of each property, and how many simulated worlds, there are for each new seed.
const CASES: &str = "1000";
const WORLDS: &str = "20";

/// These tests, as arguments of `cargo test`.
const TESTS: [&[&str]; 4] = [
    &["-p", "room", "--test", "model"],
    &["-p", "turn", "--test", "server", "any_order_of_steps"],
    &["-p", "crabcall", "--lib", "acme::schedule"],
    &["-p", "sim", "--tests"],
];

/// Gives a run of tests the usual seed, unless the caller has chosen one.
pub fn set_usual_seed(cargo: &mut Command) {
    if std::env::var_os(PROPTEST_SEED).is_none() {
        cargo.env(PROPTEST_SEED, USUAL);
    }
}

/// Runs these tests with one new seed after another until `seconds` have passed, or one fails.
pub fn search(project: &Project, seconds: u32) -> Result<()> {
    let start = Instant::now();
    let end = Duration::from_secs(seconds.into());
    loop {
        let seed = RandomState::new().hash_one(()) % SEEDS;
        say(format!("random tests with the seed {seed}"));
        for test in TESTS {
            let environment = environment(seed);
            let mut cargo = project.cargo();
            cargo
                .args(["test", "-q"])
                .args(test)
                .envs(environment.clone());
            run_command(&mut cargo, "a random test").with_context(|| repeat(&environment, test))?;
        }
        if start.elapsed() >= end {
            return Ok(());
        }
    }
}

fn environment(seed: u64) -> [(&'static str, String); 4] {
    [
        (PROPTEST_SEED, seed.to_string()),
        ("PROPTEST_CASES", CASES.to_owned()),
        ("CRABCALL_SIM_SEED", seed.to_string()),
        ("CRABCALL_SIM_SEEDS", WORLDS.to_owned()),
    ]
}

/// How to run a test again as it has failed.
fn repeat(environment: &[(&str, String)], test: &[&str]) -> String {
    let variables = environment
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let variables: Vec<String> = variables.collect();
    let (variables, test) = (variables.join(" "), test.join(" "));
    format!("to repeat it: {variables} cargo test {test}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_tells_how_to_repeat_it() {
        let told = repeat(&environment(7), TESTS[0]);
        assert_eq!(
            told,
            "to repeat it: PROPTEST_RNG_SEED=7 PROPTEST_CASES=1000 CRABCALL_SIM_SEED=7 CRABCALL_SIM_SEEDS=20 \
             cargo test -p room --test model"
        );
    }
}
