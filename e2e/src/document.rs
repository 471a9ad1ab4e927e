//! Documents that hold results: each has sections between two comments.

use std::{fs, path::PathBuf, time::SystemTime};

use anyhow::{Context, Result};

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", name].iter().collect()
}

/// Puts the text in place of what stands in a section of a document of the project.
pub fn write_section(document: &str, section: &str, text: &str) -> Result<()> {
    let path = file(document);
    let old = read(document)?;
    let new = replaced(&old, section, text).with_context(|| document.to_owned())?;
    fs::write(&path, new).with_context(|| format!("write {document}"))
}

/// What stands in a section now.
pub fn section(document: &str, section: &str) -> Result<String> {
    let text = read(document)?;
    let (_, old, _) = split(&text, section).with_context(|| document.to_owned())?;
    Ok(old.to_owned())
}

fn read(document: &str) -> Result<String> {
    fs::read_to_string(file(document)).with_context(|| format!("read {document}"))
}

fn split<'a>(text: &'a str, section: &str) -> Result<(&'a str, &'a str, &'a str)> {
    let (begin, end) = (
        format!("<!-- {section} -->\n"),
        format!("<!-- /{section} -->"),
    );
    let (before, rest) = text
        .split_once(&begin)
        .with_context(|| format!("there is no {begin}"))?;
    let (old, after) = rest
        .split_once(&end)
        .with_context(|| format!("there is no {end}"))?;
    Ok((before, old, after))
}

fn replaced(old: &str, section: &str, text: &str) -> Result<String> {
    let (before, _, after) = split(old, section)?;
    Ok(format!(
        "{before}<!-- {section} -->\n{}\n<!-- /{section} -->{after}",
        text.trim()
    ))
}

/// On what and when it was measured.
pub fn conditions() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| {
            rest.trim_start_matches([' ', '\t', ':'])
        });
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{}, {model}, {cores} cores, Linux {}.",
        today(),
        kernel.trim()
    )
}

/// The day, in UTC.
pub fn today() -> String {
    let days = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |time| time.as_secs() / 86_400);
    let (year, month, day) = date(days);
    format!("{year}-{month:02}-{day:02}")
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
