//! What the relay gives to those who want to do harm, and what its allocations weigh.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use quinn_udp::{RecvMeta, Transmit, UdpSocketState};

use crate::{
    Effort, process,
    stats::{NOTHING, grouped},
    turn_flood, turn_load,
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

/// A request without credentials, made as long by an attribute that may be ignored (SOFTWARE).
pub fn request(method: u16, size: usize) -> Vec<u8> {
    let mut message = vec![0; 20];
    let put = |message: &mut Vec<u8>, at: usize, bytes: &[u8]| {
        if let Some(place) = message.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    put(&mut message, 0, &method.to_be_bytes());
    put(&mut message, 4, &[0x21, 0x12, 0xa4, 0x42, 7, 7, 7, 7]);
    let mut left = size.saturating_sub(20);
    if method == 0x003 && left >= 8 {
        // UDP is to be relayed.
        message.extend([0, 0x19, 0, 4, 17, 0, 0, 0]);
        left -= 8;
    }
    if let Some(filling) = left.checked_sub(4) {
        let filling = filling & !3;
        message.extend([0x80, 0x22]);
        message.extend((filling as u16).to_be_bytes());
        message.resize(message.len() + filling, b'x');
    }
    let body = (message.len() - 20) as u16;
    put(&mut message, 2, &body.to_be_bytes());
    message
}

/// Bytes that went to the server and came back, by forged address.
#[derive(Default)]
struct Tally(HashMap<IpAddr, (usize, usize)>);

impl Tally {
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
            forger.receive(&mut tally)?;
            // The server has time for each of them.
            std::thread::sleep(Duration::from_micros(100));
        }
    }
    let until = Instant::now() + Duration::from_millis(500);
    while Instant::now() < until {
        forger.receive(&mut tally)?;
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(tally)
}

/// Sends from addresses that are not its own; what goes to them comes to it.
pub struct Forger {
    socket: UdpSocket,
    state: UdpSocketState,
}

impl Forger {
    pub fn new() -> Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        let state = UdpSocketState::new((&socket).into())?;
        Ok(Self { socket, state })
    }

    /// What the socket does not take is lost, as on a network.
    pub fn send(&self, from: Ipv4Addr, to: SocketAddr, contents: &[u8]) -> Result<()> {
        let transmit = Transmit {
            destination: to,
            ecn: None,
            contents,
            segment_size: None,
            src_ip: Some(from.into()),
        };
        match self.state.try_send((&self.socket).into(), &transmit) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => {
                Err(error).context("send from a forged address")
            }
            _ => Ok(()),
        }
    }

    fn receive(&self, tally: &mut Tally) -> Result<()> {
        let mut buffer = vec![0; 65_536];
        loop {
            let mut meta = [RecvMeta::default()];
            let mut buffers = [std::io::IoSliceMut::new(&mut buffer)];
            match self
                .state
                .recv((&self.socket).into(), &mut buffers, &mut meta)
            {
                Ok(_) => {
                    let [meta] = meta;
                    let to = meta.dst_ip.context("the kernel does not say to whom")?;
                    tally.0.entry(to).or_default().1 += meta.len;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
