//! The relay: what a packet costs it, against coturn; and its memory.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use anyhow::Result;

use crate::{
    Effort, process,
    stats::{Samples, grouped},
    turn_load::{self, Load, Pattern},
    turn_peers::Relay,
    turn_wire::Way,
};

/// What is measured, with the packets per second that are sent (as many come back).
const LOADS: [(Way, Pattern, f64); 7] = [
    (Way::Udp, Pattern::Even, 20_000.0),
    (Way::Udp, Pattern::Bursts, 40_000.0),
    (Way::Udp, Pattern::LooseBursts, 20_000.0),
    (Way::Tcp, Pattern::Even, 20_000.0),
    (Way::Tcp, Pattern::Bursts, 20_000.0),
    (Way::Tls, Pattern::Even, 20_000.0),
    (Way::Tls, Pattern::Bursts, 20_000.0),
];
const SIZES: [usize; 2] = [1_200, 200];
const ALLOCATIONS: usize = 10_000;

/// Both servers' packets per CPU second, and what was lost on the way.
#[derive(Default)]
struct Row {
    ours: Samples,
    theirs: Samples,
    ours_lost: Samples,
    theirs_lost: Samples,
}

pub async fn run(effort: Effort) -> Result<String> {
    process::allow_many_files()?;
    let (rounds, time) = if effort.quick {
        (1, Duration::from_millis(1_000))
    } else {
        (3, Duration::from_millis(1_500))
    };
    let mut rows: BTreeMap<(Way, Pattern, usize), Row> = BTreeMap::new();
    for round in 0..rounds {
        let ours = Relay::ours().await?;
        let coturn = Relay::coturn(&ours).await?;
        for (way, pattern, rate) in LOADS {
            for size in SIZES {
                let load = Load {
                    way,
                    size,
                    pattern,
                    rate,
                    time,
                };
                let row = rows.entry((way, pattern, size)).or_default();
                for (relay, is_ours) in [(&ours, true), (&coturn, false)] {
                    let target = relay.target(is_ours).await?;
                    let id = relay.process_id();
                    let it = tokio::task::spawn_blocking(move || turn_load::run(&target, id, load))
                        .await??;
                    eprintln!(
                        "round {round}, {way:?}, {pattern:?}, {size} B, {}: {} packets per CPU second, {:.2} % lost",
                        if is_ours { "Crabcall" } else { "coturn" },
                        grouped(it.per_cpu_second(), 0),
                        it.lost_percent
                    );
                    let (rates, lost) = if is_ours {
                        (&mut row.ours, &mut row.ours_lost)
                    } else {
                        (&mut row.theirs, &mut row.theirs_lost)
                    };
                    rates.push(it.per_cpu_second());
                    lost.push(it.lost_percent);
                }
            }
        }
    }
    let mut text = String::from("`cargo xtask bench turn`\n");
    let _ = writeln!(
        text,
        "\nPackets that arrived for each second of the server's CPU time: median (least … most) of \
         {rounds} rounds of {} s, the servers in turn. Ten clients, each with a channel to a peer of \
         its own that sends everything back; both ways are counted. 20,000 packets a second are sent \
         (40,000 in bursts by UDP). A burst is eight packets by one system call, so that they arrive \
         at once as from a network card; in a loose one they are sent one by one. Lost: median, in \
         per cent, ours and coturn's.\n\n\
         | by | pattern | bytes | Crabcall | coturn 4.6.1 | ratio | wanted | lost |\n\
         |---|---|---|---|---|---|---|---|",
        time.as_secs_f64(),
    );
    for ((way, pattern, size), row) in &rows {
        let (name, wanted) = match pattern {
            Pattern::Even => ("even", "1.2"),
            Pattern::Bursts => ("bursts of 8", "2"),
            Pattern::LooseBursts => ("loose bursts of 8", ""),
        };
        let _ = writeln!(
            text,
            "| {} | {name} | {} | {} | {} | {:.2} × | {wanted} | {:.2}, {:.2} |",
            format!("{way:?}").to_uppercase(),
            grouped(*size as f64, 0),
            row.ours,
            row.theirs,
            row.ours.median() / row.theirs.median(),
            row.ours_lost.median(),
            row.theirs_lost.median()
        );
    }
    memory(&mut text).await?;
    Ok(text)
}

async fn memory(text: &mut String) -> Result<()> {
    let ours = Relay::ours().await?;
    let (target, id) = (ours.target(true).await?, ours.process_id());
    let before = process::resident(id)?;
    let after =
        tokio::task::spawn_blocking(move || turn_load::memory(&target, id, ALLOCATIONS)).await??;
    let _ = writeln!(
        text,
        "\nWith {} allocations the whole program has {:.1} MB resident ({:.1} MB without); at most 100.",
        grouped(ALLOCATIONS as f64, 0),
        after as f64 / 1e6,
        before as f64 / 1e6
    );
    Ok(())
}
