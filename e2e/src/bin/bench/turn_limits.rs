//! What the relay gives to those who want to do harm, and what its allocations weigh.

use std::{
    collections::HashMap,
    fmt::Write as _,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::{
    Effort, process,
    stats::{NOTHING, grouped},
    turn_flood,
    turn_forger::{Forger, request},
    turn_load,
    turn_peers::Relay,
};

const ALLOCATIONS: usize = 10_000;
const FORGED: u32 = 100_000;
/// STUN methods that may be asked for: Binding, Allocate, Refresh, CreatePermission, ChannelBind.
const METHODS: [u16; 5] = [0x001, 0x003, 0x004, 0x008, 0x009];
/// Bytes that the server may send to every address beyond what came from it.
const GIVEN: usize = 160;
/// How often each request is sent by each address.
const REPEATS: usize = 4;

pub async fn run(effort: Effort) -> Result<String> {
    process::allow_many_files()?;
    let mut text = String::from("`cargo xtask bench turn-limits`\n");
    let ours = Relay::ours().await?;
    let coturn = Relay::coturn(&ours).await?;
    let _ = writeln!(
        text,
        "\n| | Crabcall | coturn 4.6.1 | at most |\n|---|---|---|---|"
    );

    let requests = requests_of_all_sizes();
    let both = [
        attack(ours.udp(), &requests).await,
        attack(coturn.udp(), &requests).await,
    ];
    let _ = writeln!(
        text,
        "| (bytes out - {GIVEN}) / bytes in, the worst of {} forged addresses that repeat one request \
         of 20 to 1,500 bytes {REPEATS} times | {} | 1.0 |",
        grouped(requests.len() as f64, 0),
        both.each_ref()
            .map(|it| ratio(it, Tally::worst))
            .join(" | "),
    );

    let flood = forged_flood();
    let both = [
        attack(ours.udp(), &flood).await,
        attack(coturn.udp(), &flood).await,
    ];
    let _ = writeln!(
        text,
        "| bytes out / bytes in, {} requests from as many forged addresses | {} | 1.0 |",
        grouped(f64::from(FORGED), 0),
        both.each_ref().map(|it| ratio(it, Tally::sum)).join(" | "),
    );
    drop((ours, coturn));

    let ours = Relay::ours().await?;
    let coturn = Relay::coturn(&ours).await?;
    let both = [memory(&ours, true).await, memory(&coturn, false).await];
    let _ = writeln!(
        text,
        "| MB resident with {} allocations (with none) | {} | 100 |",
        grouped(ALLOCATIONS as f64, 0),
        both.map(|it| match it {
            Ok((before, after)) =>
                format!("{:.1} ({:.1})", after as f64 / 1e6, before as f64 / 1e6),
            Err(error) => format!("failed: {error:#}"),
        })
        .join(" | "),
    );
    drop((ours, coturn));
    text.push_str(&turn_flood::run(effort).await?);
    Ok(text)
}

/// Resident memory without and with many allocations.
async fn memory(relay: &Relay, is_ours: bool) -> Result<(u64, u64)> {
    let (target, id) = (relay.target(is_ours).await?, relay.process_id());
    let before = process::resident(id)?;
    let after = tokio::task::spawn_blocking(move || turn_load::memory(&target, id, ALLOCATIONS));
    Ok((before, after.await??))
}

/// From whom and what, in order.
type Requests = Vec<(Ipv4Addr, Vec<u8>)>;

/// Every kind in many sizes, each from an address of its own.
fn requests_of_all_sizes() -> Requests {
    let sizes = (20..64).step_by(4).chain((64..=1_500).step_by(60));
    let kinds = sizes.flat_map(|size| METHODS.map(|method| (method, size)));
    let asked = kinds.enumerate().flat_map(|(at, (method, size))| {
        let from = forged(at as u32);
        std::iter::repeat_n((from, request(method, size)), REPEATS)
    });
    asked.collect()
}

fn forged_flood() -> Requests {
    (0..FORGED)
        .map(|n| {
            let method = METHODS.get(n as usize % METHODS.len()).copied();
            (forged(n + 10_000), request(method.unwrap_or(1), 28))
        })
        .collect()
}

/// An address of the loopback network that nobody has.
fn forged(n: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(0x7f10_0000 + n)
}

/// Bytes that went to the server and came back, by forged address.
#[derive(Default)]
struct Tally(HashMap<IpAddr, (usize, usize)>);

impl Tally {
    fn got(&mut self, to: IpAddr, bytes: usize) {
        self.0.entry(to).or_default().1 += bytes;
    }

    fn worst(&self) -> f64 {
        let ratios = self
            .0
            .values()
            .map(|(sent, got)| got.saturating_sub(GIVEN) as f64 / *sent as f64);
        ratios.fold(0.0, f64::max)
    }

    fn sum(&self) -> f64 {
        let add = |sum: (usize, usize), it: &(usize, usize)| (sum.0 + it.0, sum.1 + it.1);
        let (sent, got) = self.0.values().fold((0, 0), add);
        got as f64 / sent as f64
    }
}

fn ratio(tally: &Result<Tally>, of: impl Fn(&Tally) -> f64) -> String {
    match tally {
        Ok(tally) if tally.0.is_empty() => NOTHING.to_owned(),
        Ok(tally) => format!("{:.3}", of(tally)),
        Err(error) => format!("failed: {error:#}"),
    }
}

async fn attack(server: SocketAddr, requests: &Requests) -> Result<Tally> {
    let requests = requests.clone();
    tokio::task::spawn_blocking(move || forge(server, &requests)).await?
}

/// Sends all of it and counts what comes back to these addresses.
fn forge(server: SocketAddr, requests: &Requests) -> Result<Tally> {
    let forger = Forger::new()?;
    let mut tally = Tally::default();
    for (at, (from, request)) in requests.iter().enumerate() {
        forger.send(*from, server, request)?;
        tally.0.entry((*from).into()).or_default().0 += request.len();
        if at % 16 == 15 {
            forger.receive(|to, bytes| tally.got(to, bytes))?;
            // The server has time for each of them.
            std::thread::sleep(Duration::from_micros(100));
        }
    }
    let until = Instant::now() + Duration::from_millis(500);
    while Instant::now() < until {
        forger.receive(|to, bytes| tally.got(to, bytes))?;
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(tally)
}
