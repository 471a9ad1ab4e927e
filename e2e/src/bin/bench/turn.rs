//! What a packet costs the relay, against coturn.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use anyhow::Result;

use crate::{
    Effort, process,
    stats::{NOTHING, Samples, grouped},
    turn_load::{self, Load, Outcome, Pattern},
    turn_peers::Relay,
    turn_wire::Way,
};

/// The patterns of a way, with the packets per second that are sent (as many come back).
fn patterns(way: Way) -> &'static [(Pattern, f64)] {
    match way {
        Way::Udp => &[
            (Pattern::Even, 20_000.0),
            (Pattern::Bursts, 40_000.0),
            (Pattern::LooseBursts, 20_000.0),
        ],
        Way::Tcp | Way::Tls => &[(Pattern::Even, 20_000.0), (Pattern::Bursts, 20_000.0)],
    }
}

const SIZES: [usize; 2] = [1_200, 200];

/// What one server did with one load.
#[derive(Default)]
struct Cell {
    per_cpu_second: Samples,
    lost_percent: Samples,
    /// Why there is no number, if there is none.
    error: Option<String>,
}

impl Cell {
    fn add(&mut self, outcome: Result<Outcome>) {
        match outcome {
            Ok(it) => {
                self.per_cpu_second.push(it.per_cpu_second());
                self.lost_percent.push(it.lost_percent);
            }
            Err(error) => self.error = Some(format!("{error:#}")),
        }
    }

    fn rate(&self) -> String {
        match &self.error {
            Some(error) => format!("failed: {error}"),
            None => self.per_cpu_second.to_string(),
        }
    }

    fn lost(&self) -> String {
        match &self.error {
            Some(_) => NOTHING.to_owned(),
            None => format!("{:.2}", self.lost_percent.median()),
        }
    }
}

/// Ours and coturn's.
#[derive(Default)]
struct Row {
    ours: Cell,
    theirs: Cell,
}

impl Row {
    fn ratio(&self) -> String {
        if self.ours.error.is_some() || self.theirs.error.is_some() {
            return NOTHING.to_owned();
        }
        let ratio = self.ours.per_cpu_second.median() / self.theirs.per_cpu_second.median();
        format!("{ratio:.2} ×")
    }
}

pub async fn run(way: Way, effort: Effort) -> Result<String> {
    process::allow_many_files()?;
    let (rounds, time) = if effort.quick {
        (1, Duration::from_millis(1_000))
    } else {
        (5, Duration::from_millis(1_500))
    };
    let mut rows: BTreeMap<(Pattern, usize), Row> = BTreeMap::new();
    for round in 0..rounds {
        let ours = Relay::ours().await?;
        let coturn = Relay::coturn(&ours).await?;
        for (pattern, rate) in patterns(way) {
            for size in SIZES {
                let load = Load {
                    way,
                    size,
                    pattern: *pattern,
                    rate: *rate,
                    time,
                };
                let row = rows.entry((*pattern, size)).or_default();
                for (relay, is_ours) in [(&ours, true), (&coturn, false)] {
                    let outcome = measure(relay, is_ours, load).await;
                    let name = if is_ours { "Crabcall" } else { "coturn" };
                    match &outcome {
                        Ok(it) => eprintln!(
                            "round {round}, {way:?}, {pattern:?}, {size} B, {name}: {} packets per CPU second, {:.2} % lost",
                            grouped(it.per_cpu_second(), 0),
                            it.lost_percent
                        ),
                        Err(error) => eprintln!("round {round}, {way:?}, {name}: {error:#}"),
                    }
                    let cell = if is_ours {
                        &mut row.ours
                    } else {
                        &mut row.theirs
                    };
                    cell.add(outcome);
                }
            }
        }
    }
    Ok(table(way, &rows, rounds, time))
}

async fn measure(relay: &Relay, is_ours: bool, load: Load) -> Result<Outcome> {
    let target = relay.target(is_ours).await?;
    let id = relay.process_id();
    tokio::task::spawn_blocking(move || turn_load::run(&target, id, load)).await?
}

fn table(
    way: Way,
    rows: &BTreeMap<(Pattern, usize), Row>,
    rounds: usize,
    time: Duration,
) -> String {
    let name = format!("{way:?}");
    let mut text = format!("`cargo xtask bench turn-{}`\n", name.to_lowercase());
    let _ = writeln!(
        text,
        "\nBy {}: packets that arrived for each second of the server's CPU time, median (least … most) \
         of {rounds} rounds of {} s, the servers in turn.{} Lost: median, in per cent, ours and \
         coturn's.\n\n\
         | pattern | bytes | Crabcall | coturn 4.6.1 | ratio | wanted | lost |\n\
         |---|---|---|---|---|---|---|",
        name.to_uppercase(),
        time.as_secs_f64(),
        note(way),
    );
    for ((pattern, size), row) in rows {
        let (name, wanted) = match pattern {
            Pattern::Even => ("even", "1.2"),
            Pattern::Bursts => ("bursts of 8", "2"),
            Pattern::LooseBursts => ("loose bursts of 8", ""),
        };
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {wanted} | {}, {} |",
            grouped(*size as f64, 0),
            row.ours.rate(),
            row.theirs.rate(),
            row.ratio(),
            row.ours.lost(),
            row.theirs.lost(),
        );
    }
    text
}

fn note(way: Way) -> &'static str {
    match way {
        Way::Udp => {
            " 20,000 packets a second are sent, 40,000 in bursts. A burst is eight packets by one \
             system call, so that they arrive at once as from a network card; in a loose one they are \
             sent one by one."
        }
        Way::Tcp => " 20,000 packets a second are sent.",
        Way::Tls => {
            " 20,000 packets a second are sent. Both encrypt with AES-256-GCM; coturn speaks TLS 1.2, \
             ours 1.3."
        }
    }
}
