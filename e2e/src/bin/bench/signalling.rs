//! Signalling: what a message, a connection and a connect cost the server.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use anyhow::Result;

use crate::{
    Effort,
    load::{self, Cost},
    peers::{Maker, Measured},
    process,
    stats::{Samples, grouped},
};

const LOADS: [(usize, usize); 4] = [(1, 300), (1, 2_000), (50, 300), (50, 2_000)];
const CONNECTIONS: [usize; 2] = [1_000, 10_000];

pub async fn run(effort: Effort) -> Result<String> {
    process::allow_many_files()?;
    let (rounds, time) = if effort.quick {
        (1, Duration::from_secs(1))
    } else {
        (5, Duration::from_secs(4))
    };
    let mut text = String::from("`cargo xtask bench signalling`\n");
    messages(&mut text, rounds, time).await?;
    connections(&mut text, if effort.quick { 1 } else { 3 }, effort.quick).await?;
    Ok(text)
}

async fn messages(text: &mut String, rounds: usize, time: Duration) -> Result<()> {
    let mut rates: BTreeMap<((usize, usize), Maker), Samples> = BTreeMap::new();
    for round in 0..rounds {
        for load in LOADS {
            for maker in Maker::ALL {
                let server = Measured::start(maker).await?;
                let (pairs, size) = load;
                let rate = load::throughput(&server, pairs, size, time).await?;
                eprintln!(
                    "round {round}, {}, {pairs} pair(s), {size} B: {} messages per CPU second",
                    maker.name(),
                    grouped(rate, 0)
                );
                rates.entry((load, maker)).or_default().push(rate);
            }
        }
    }
    let _ = writeln!(
        text,
        "\nMessages relayed per CPU second of the server: median (least … most) of {rounds} \
         rounds of {} s, the servers in turn. Every client is sent an answer to each message it \
         sends; 8 are under way each way. A message is an offer of so many bytes in the server's \
         own protocol.\n\n\
         | pairs | bytes | {} | {} | {} | against matchbox | against PeerJS |\n\
         |---|---|---|---|---|---|---|",
        time.as_secs(),
        Maker::Crabcall.name(),
        Maker::Matchbox.name(),
        Maker::PeerJs.name()
    );
    for load in LOADS {
        let rate = |maker| rates.get(&(load, maker)).cloned().unwrap_or_default();
        let ours = rate(Maker::Crabcall);
        let (matchbox, peerjs) = (rate(Maker::Matchbox), rate(Maker::PeerJs));
        let _ = writeln!(
            text,
            "| {} | {} | {ours} | {matchbox} | {peerjs} | {:.2} × | {:.2} × |",
            load.0,
            grouped(load.1 as f64, 0),
            ours.median() / matchbox.median(),
            ours.median() / peerjs.median()
        );
    }
    Ok(())
}

async fn connections(text: &mut String, rounds: usize, quick: bool) -> Result<()> {
    let mut costs: BTreeMap<(usize, Maker), (Samples, Samples)> = BTreeMap::new();
    for round in 0..rounds {
        for number in CONNECTIONS {
            if quick && number > 1_000 {
                continue;
            }
            for maker in Maker::ALL {
                let server = Measured::start(maker).await?;
                let Cost { memory, cpu } = load::connections(&server, number).await?;
                let (memory, cpu) = (memory / 1_000.0, cpu.as_secs_f64() * 1e6);
                eprintln!(
                    "round {round}, {}, {number} connections: {memory:.1} kB each, {cpu:.0} us to connect",
                    maker.name()
                );
                let (memories, cpus) = costs.entry((number, maker)).or_default();
                memories.push(memory);
                cpus.push(cpu);
            }
        }
    }
    let _ = writeln!(
        text,
        "\nIdle connections, two to a room: resident memory each, and the server's CPU time to \
         connect and enter the room. Median (least … most) of {rounds} rounds.\n\n\
         | connections | server | kB each | CPU µs per connect |\n|---|---|---|---|",
    );
    for ((number, maker), (memory, cpu)) in &costs {
        let _ = writeln!(
            text,
            "| {} | {} | {memory} | {cpu} |",
            grouped(*number as f64, 0),
            maker.name()
        );
    }
    Ok(())
}
