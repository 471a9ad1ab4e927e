//! Signalling: what a message, a connection and a connect cost the server.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use anyhow::Result;

use crate::{
    Effort,
    load::{self, Cost, Load},
    peers::{Maker, Measured},
    process,
    stats::{Samples, grouped},
};

/// Pairs and bytes.
const SIZES: [(usize, usize); 4] = [(1, 300), (1, 2_000), (50, 300), (50, 2_000)];
/// One under way is how calls are made: who has sent an offer waits for the answer. Eight is a
/// server that is never done.
const WINDOWS: [usize; 2] = [1, 8];
const CONNECTIONS: [usize; 2] = [1_000, 10_000];

pub async fn run(effort: Effort) -> Result<String> {
    process::allow_many_files()?;
    let (rounds, time) = if effort.quick {
        (1, Duration::from_secs(1))
    } else {
        (3, Duration::from_secs(2))
    };
    let mut text = String::from("`cargo xtask bench signalling`\n");
    messages(&mut text, rounds, time).await?;
    connections(&mut text, if effort.quick { 1 } else { 2 }, effort.quick).await?;
    Ok(text)
}

async fn messages(text: &mut String, rounds: usize, time: Duration) -> Result<()> {
    let mut rates: BTreeMap<(Load, Maker), Samples> = BTreeMap::new();
    for round in 0..rounds {
        for load in loads() {
            for maker in Maker::RELAYS {
                let server = Measured::start(maker).await?;
                let rate = load::throughput(&server, load, time).await?;
                let Load {
                    pairs,
                    size,
                    window,
                } = load;
                eprintln!(
                    "round {round}, {}, {pairs} pair(s), {size} B, {window} under way: {} messages per CPU second",
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
         rounds of {} s, the servers in turn. Every client answers each message that it is sent, \
         so that always as many are under way from each. A message is an offer of so many bytes \
         in the server's own protocol. The floor is a server that only takes the mask off each \
         frame and sends it on, as every relay has to; in brackets what it would be itself.\n\n\
         | under way | pairs | bytes | {} | {} | {} | {} | against matchbox | against PeerJS | \
         against the floor |\n\
         |---|---|---|---|---|---|---|---|---|---|",
        time.as_secs(),
        Maker::Crabcall.name(),
        Maker::Matchbox.name(),
        Maker::PeerJs.name(),
        Maker::Floor.name()
    );
    for load in loads() {
        let rate = |maker| rates.get(&(load, maker)).cloned().unwrap_or_default();
        let ours = rate(Maker::Crabcall);
        let (matchbox, peerjs) = (rate(Maker::Matchbox), rate(Maker::PeerJs));
        let floor = rate(Maker::Floor);
        let against = |other: &Samples| {
            let (ours, floor) = (ours.median(), floor.median());
            format!(
                "{:.2} × ({:.2})",
                ours / other.median(),
                floor / other.median()
            )
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {ours} | {matchbox} | {peerjs} | {floor} | {} | {} | {:.2} × |",
            load.window,
            load.pairs,
            grouped(load.size as f64, 0),
            against(&matchbox),
            against(&peerjs),
            ours.median() / floor.median()
        );
    }
    Ok(())
}

fn loads() -> impl Iterator<Item = Load> {
    WINDOWS.into_iter().flat_map(|window| {
        SIZES.map(|(pairs, size)| Load {
            pairs,
            size,
            window,
        })
    })
}

async fn connections(text: &mut String, rounds: usize, quick: bool) -> Result<()> {
    let mut costs: BTreeMap<(usize, Maker), (Samples, Samples)> = BTreeMap::new();
    for round in 0..rounds {
        for number in CONNECTIONS {
            if quick && number > 1_000 {
                continue;
            }
            for maker in Maker::SERVERS {
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
