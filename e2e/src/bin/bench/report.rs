//! BENCHMARKS.md: each benchmark has a section between two comments.

use std::{fs, path::PathBuf, time::SystemTime};

use anyhow::{Context, Result};

fn file() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../BENCHMARKS.md"))
}

/// Puts the text into the section of this benchmark, with the computer and the day.
pub fn write(name: &str, text: &str) -> Result<()> {
    let path = file();
    let old = fs::read_to_string(&path).context("read BENCHMARKS.md")?;
    let new = replaced(&old, name, &format!("{}\n\n{text}", conditions()))?;
    fs::write(&path, new).context("write BENCHMARKS.md")
}

fn replaced(old: &str, name: &str, text: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = old
        .split_once(&begin)
        .with_context(|| format!("BENCHMARKS.md has no {begin}"))?;
    let (_, after) = rest
        .split_once(&end)
        .with_context(|| format!("BENCHMARKS.md has no {end}"))?;
    Ok(format!("{before}{begin}{}\n{end}{after}", text.trim()))
}

/// On what and when it was measured.
fn conditions() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| {
            rest.trim_start_matches([' ', '\t', ':'])
        });
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let days = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |time| time.as_secs() / 86_400);
    let (year, month, day) = date(days);
    format!(
        "{year}-{month:02}-{day:02}, {model}, {cores} cores, Linux {}.",
        kernel.trim()
    )
}

/// The Gregorian date of a day since 1970-01-01 (proleptic, for days from then on).
fn date(days: u64) -> (u64, u64, u64) {
    let (mut year, mut left) = (1970, days);
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    while left >= 365 + u64::from(leap(year)) {
        left -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_and_nothing_else() {
        let old = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n";
        assert_eq!(
            replaced(old, "x", "new\n").unwrap(),
            "a\n<!-- x -->\nnew\n<!-- /x -->\nb\n"
        );
        assert!(replaced(old, "y", "new").is_err());
    }

    #[test]
    fn days_are_dates() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(19_782), (2024, 2, 29));
        assert_eq!(date(20_779), (2026, 11, 22));
    }
}
