//! The tables of LAB.md: a row for each cell and fault, replaced when it was run again.

use std::collections::BTreeMap;

use anyhow::Result;
use e2e::{Kind, document, stats::grouped};

use crate::{
    cells::{self, Cell, Class},
    faults::{self, Fault},
    figures::Limit,
    run::{CellResult, Effort, FaultResult},
    world::Hosting,
};

const DOCUMENT: &str = "LAB.md";
const CELLS: &str = "\
| cell | starts the call | joins | asked for | path found | connected | first frame, ms: median (least … most) | 95 % / at most | frames/s | longest gap in 2 s, ms | seed, day |
|---|---|---|---|---|---|---|---|---|---|---|
";
const FAULTS: &str = "\
| fault | between | times | figures: median (least … most), limit | holds | seed, day |
|---|---|---|---|---|---|
";

/// One line for the terminal.
pub fn line(cell: &Cell, result: &CellResult) -> String {
    let verdict = if result.holds() { "ok    " } else { "FAILED" };
    let mut line = format!(
        "{verdict} {:<28} {:<28} first frame {} ms, {} frames/s, longest gap {} ms, {}/{}",
        cell.name,
        paths(result),
        result.first_frame_ms,
        result.rate,
        result.gap_ms,
        result.connected,
        result.runs,
    );
    if let Some(trouble) = &result.trouble {
        line.push_str(&format!("\n       {trouble}"));
    }
    line
}

/// One line for the terminal.
pub fn fault_line(fault: &Fault, result: &FaultResult) -> String {
    let verdict = match &result.trouble {
        None => "ok    ",
        Some(_) => "FAILED",
    };
    let mut line = format!("{verdict} {:<28} {}", fault.name, figures(result));
    if let Some(trouble) = &result.trouble {
        line.push_str(&format!("\n       {trouble}"));
    }
    line
}

/// Puts a row into the table of the cells.
pub fn write(cell: &Cell, result: &CellResult, effort: Effort) -> Result<()> {
    let [one, other] = cell.access;
    let [first, second] = cell.browsers;
    let side = |access, kind| match kind {
        Kind::Chromium => format!("{access}"),
        Kind::Firefox => format!("{access}, Firefox"),
    };
    let asked = match cell.class() {
        Class::Direct => "direct",
        Class::Relay => "relay",
        Class::Relay443 => "relay on 443",
        Class::Proxy => "relay on 443, by the proxy",
    };
    let hosting = match cell.hosting {
        Hosting::Public => "",
        Hosting::OneToOne => "; server behind 1:1 NAT",
    };
    let row = format!(
        "| `{}` | {} | {} | {asked}{hosting} | {} | {}/{} | {} | {} / {} | {} | {} | {}, {} |",
        cell.name,
        side(one, first),
        side(other, second),
        paths(result),
        result.connected,
        result.runs,
        result.first_frame_ms,
        grouped(result.first_frame_ms.percentile(95), 0),
        grouped(cell.class().most_ms(), 0),
        result.rate,
        result.gap_ms,
        effort.seed,
        document::today(),
    );
    let names = cells::all().into_iter().map(|cell| cell.name).collect();
    replace_row("cells", CELLS, names, &cell.name, row)
}

/// Puts a row into the table of the faults.
pub fn write_fault(fault: &Fault, result: &FaultResult, effort: Effort) -> Result<()> {
    let [one, other] = fault.access;
    let browser = match fault.browser {
        Kind::Chromium => "",
        Kind::Firefox => " (Firefox)",
    };
    let holds = match &result.trouble {
        None => "yes".to_owned(),
        // One line, and no folder of this computer.
        Some(trouble) => {
            let why = trouble
                .split("; what was to be seen")
                .next()
                .unwrap_or_default();
            format!("**no**: {}", why.replace(['\n', '|'], " "))
        }
    };
    let row = format!(
        "| `{}` | {one}{browser}, {other} | {} | {} | {holds} | {}, {} |",
        fault.name,
        result.times,
        figures(result),
        effort.seed,
        document::today(),
    );
    let names = faults::all()
        .iter()
        .map(|fault| fault.name.to_owned())
        .collect();
    replace_row("faults", FAULTS, names, fault.name, row)
}

fn paths(result: &CellResult) -> String {
    let words: Vec<String> = result
        .paths
        .iter()
        .map(|[one, other]| match one == other {
            true => one.to_string(),
            false => format!("{one} + {other}"),
        })
        .collect();
    match words.is_empty() {
        true => "none".to_owned(),
        false => words.join("; "),
    }
}

fn figures(result: &FaultResult) -> String {
    let words: Vec<String> = result
        .figures
        .iter()
        .map(|(figure, samples)| {
            let limit = match figure.limit {
                Limit::Most(most) => format!(", at most {}", grouped(most, 0)),
                Limit::MostOf95(most) => {
                    let of_95 = samples.percentile(95);
                    format!(", 95 % {of_95:.1}, at most {}", grouped(most, 0))
                }
                Limit::Least(least) => format!(", at least {}", grouped(least, 0)),
                Limit::None => String::new(),
            };
            format!("{} {samples}{limit}", figure.what)
        })
        .collect();
    words.join("; ")
}

fn replace_row(
    section: &str,
    head: &str,
    order: Vec<String>,
    name: &str,
    row: String,
) -> Result<()> {
    let old = document::section(DOCUMENT, section)?;
    document::write_section(DOCUMENT, section, &table(&old, head, &order, name, row))
}

fn table(old: &str, head: &str, order: &[String], name: &str, row: String) -> String {
    let mut rows: BTreeMap<&str, &str> = old
        .lines()
        .filter_map(|line| Some((line.strip_prefix("| `")?.split('`').next()?, line)))
        .collect();
    rows.insert(name, &row);
    let mut text = head.to_owned();
    for name in order {
        if let Some(row) = rows.get(name.as_str()) {
            text.push_str(row);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_replaced_or_added_in_its_place() {
        let order = ["a", "b", "c"].map(str::to_owned);
        let head = "| x |\n|---|\n";
        let old = "| x |\n|---|\n| `c` | 1 |\n| `a` | 1 |\n";
        assert_eq!(
            table(old, head, &order, "b", "| `b` | 2 |".into()),
            "| x |\n|---|\n| `a` | 1 |\n| `b` | 2 |\n| `c` | 1 |\n"
        );
        assert_eq!(
            table(old, head, &order, "c", "| `c` | 2 |".into()),
            "| x |\n|---|\n| `a` | 1 |\n| `c` | 2 |\n"
        );
    }
}
