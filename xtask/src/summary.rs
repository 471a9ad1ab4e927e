//! What test runners say at their end, read from their output.

use std::ops::AddAssign;

/// How many tests ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u32,
    pub failed: u32,
    /// Ignored tests; with a filter also those that it left out.
    pub skipped: u32,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Counts {
    /// Reads the output of `cargo nextest run`, or sums the summaries of `cargo test`.
    pub fn read(output: &str) -> Self {
        let lines: Vec<String> = output.lines().map(without_colours).collect();
        let after = |prefix: &str, split: &str| -> Vec<&str> {
            let lines = lines
                .iter()
                .filter_map(|line| line.trim().strip_prefix(prefix));
            lines
                .filter_map(|rest| Some(rest.split_once(split)?.1))
                .collect()
        };
        // nextest shows what a failed test printed, and there the summary of that one test.
        if let Some(parts) = after("Summary [", " run: ").last() {
            return Self::read_parts(parts, ", ");
        }
        let mut sum = Self::default();
        for parts in after("test result: ", ". ") {
            sum += Self::read_parts(parts, "; ");
        }
        sum
    }

    /// `11 passed (1 slow), 1 timed out, 2 skipped` or `3 passed; 0 failed; 1 ignored; …`
    fn read_parts(parts: &str, separator: &str) -> Self {
        let mut counts = Self::default();
        for part in without_brackets(parts).split(separator) {
            let Some((number, what)) = part.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u32>() else {
                continue;
            };
            match what.trim() {
                "passed" => counts.passed += number,
                "failed" | "exec failed" | "timed out" => counts.failed += number,
                "skipped" | "ignored" => counts.skipped += number,
                _ => {}
            }
        }
        counts
    }
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|&c| {
            depth += u32::from(c == '(');
            let keep = depth == 0;
            depth -= u32::from(c == ')' && depth > 0);
            keep
        })
        .collect()
}

/// Takes out the terminal's colour codes: ESC [ … letter.
fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u32, failed: u32, skipped: u32) -> Counts {
        Counts {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn nextest() {
        let output = "    PASS [   0.01s] room a\n\
             test result: FAILED. 0 passed; 1 failed; 0 ignored\n\
             ------------\n     Summary [   0.012s] 12 tests run: 8 passed (1 slow, 1 flaky), \
             2 failed, 1 timed out, 1 exec failed, 2 skipped\n";
        assert_eq!(Counts::read(output), counts(8, 4, 2));
    }

    #[test]
    fn nextest_in_colour() {
        let output = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.012s] \u{1b}[1m3\u{1b}[0m tests run: \
             \u{1b}[1m3\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m \u{1b}[33mskipped\u{1b}[0m";
        assert_eq!(Counts::read(output), counts(3, 0, 0));
    }

    #[test]
    fn cargo_test_sums_its_crates() {
        let output = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
             test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(Counts::read(output), counts(4, 2, 1));
    }

    #[test]
    fn what_a_test_prints_is_no_summary() {
        assert_eq!(
            Counts::read("5 passed, 1 failed\nerror: could not compile"),
            counts(0, 0, 0)
        );
    }
}
