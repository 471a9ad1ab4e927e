//! A relayed stream of packets while others flood the relay.

use std::{
    fmt::Write as _,
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use e2e::relay_user;
use turn::client::Session;

use crate::{
    Effort,
    stats::{Samples, grouped},
    turn_forger::{Forger, request},
    turn_peers::Relay,
    turn_wire::{Client, Target, Way},
};

/// A voice: packets per second, and bytes of each.
const PER_SECOND: u32 = 50;
const BYTES: usize = 200;
const THREADS: u32 = 4;
/// Packets per second from each of the threads; `None`: as many as it can send.
const FLOODS: [Option<u32>; 3] = [Some(0), Some(10_000), None];

/// What a stream and newcomers saw.
struct Seen {
    lost_percent: f64,
    /// How long it took a newcomer to join and be given an allocation, in milliseconds.
    joining_ms: Samples,
    flooded: u64,
}

pub async fn run(effort: Effort) -> Result<String> {
    let time = Duration::from_secs(if effort.quick { 4 } else { 15 });
    let mut text = format!(
        "\nA relayed stream of {PER_SECOND} packets a second of {BYTES} bytes, there and back, for {} s, \
         while {THREADS} threads on the same computer send a mix of random bytes, requests from forged \
         addresses, requests with forged signatures and channel data to the same port; and how long \
         newcomers take meanwhile to join a call by signalling and to be given an allocation by UDP.\n\n\
         | flood, packets per second | lost, % | at most | join and allocation, ms: median (least … most) |\n\
         |---|---|---|---|\n",
        time.as_secs()
    );
    for rate in FLOODS {
        let relay = Relay::ours().await?;
        let target = relay.target(true).await?;
        let seen = tokio::task::spawn_blocking(move || flooded(&target, rate, time)).await??;
        let name = grouped(seen.flooded as f64 / time.as_secs_f64(), 0);
        let limit = if rate.is_some() { "1" } else { "" };
        let _ = writeln!(
            text,
            "| {name} | {:.2} | {limit} | {} |",
            seen.lost_percent, seen.joining_ms
        );
    }
    Ok(text)
}

fn flooded(target: &Target, rate: Option<u32>, time: Duration) -> Result<Seen> {
    let peer = UdpSocket::bind("127.0.0.2:0")?;
    peer.set_nonblocking(true)?;
    let mut client = Client::allocate(target, Way::Udp, None)?;
    let known = client.session().clone();
    client.bind(peer.local_addr()?)?;
    let packet = client.packet(BYTES);
    let stop = Arc::new(AtomicBool::new(false));
    let flooded = Arc::new(AtomicU64::new(0));
    let floods: Vec<_> = (0..THREADS)
        .filter(|_| rate != Some(0))
        .map(|kind| {
            let (stop, flooded) = (Arc::clone(&stop), Arc::clone(&flooded));
            let (udp, stranger) = (target.udp, known.clone());
            thread::spawn(move || flood(kind, udp, &stranger, rate, &stop, &flooded))
        })
        .collect();
    let newcomers = {
        let (stop, target) = (Arc::clone(&stop), target.clone());
        thread::spawn(move || newcomers(&target, &stop))
    };

    let mut buffer = vec![0; 65_536];
    let began = Instant::now();
    let (mut sent, mut arrived) = (0_u64, 0_u64);
    loop {
        let elapsed = began.elapsed();
        let due = (elapsed.min(time).as_secs_f64() * f64::from(PER_SECOND)) as u64;
        for _ in sent..due {
            client.send(&packet, 1, false)?;
        }
        sent = sent.max(due);
        echo(&peer, &mut buffer)?;
        arrived += client.received(&mut buffer, packet.len())?;
        if elapsed > time + Duration::from_millis(200) {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    stop.store(true, Ordering::Relaxed);
    for flood in floods {
        flood
            .join()
            .map_err(|_| anyhow::anyhow!("a flood ended"))??;
    }
    let joining_ms = newcomers
        .join()
        .map_err(|_| anyhow::anyhow!("newcomers ended"))??;
    Ok(Seen {
        lost_percent: 100.0 - 100.0 * arrived as f64 / sent as f64,
        joining_ms,
        flooded: flooded.load(Ordering::Relaxed),
    })
}

fn echo(peer: &UdpSocket, buffer: &mut [u8]) -> Result<()> {
    loop {
        match peer.recv_from(buffer) {
            Ok((length, from)) => {
                let _full = peer.send_to(buffer.get(..length).unwrap_or_default(), from);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// One after the other joins a call of their own and is given an allocation.
fn newcomers(target: &Target, stop: &AtomicBool) -> Result<Samples> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut took = Samples::default();
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        let (username, password) = runtime.block_on(relay_user(target.tcp))?;
        let target = Target {
            username,
            password,
            ..target.clone()
        };
        Client::allocate(&target, Way::Udp, None)?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
        thread::sleep(Duration::from_millis(400));
    }
    Ok(took)
}

/// Sends until it is told to stop. What is sent depends on the packet and on the thread.
fn flood(
    thread: u32,
    server: SocketAddr,
    known: &Session,
    rate: Option<u32>,
    stop: &AtomicBool,
    flooded: &AtomicU64,
) -> Result<()> {
    let forger = Forger::new()?;
    let mut signed = known.refresh([6; 12], 600);
    if let Some(last) = signed.last_mut() {
        *last ^= 1;
    }
    let kinds = [
        vec![0xa5; 160],
        request(0x003, 28),
        signed,
        request(0x001, 20),
        [&[0x40, 0, 0, 200][..], &[7; 200]].concat(),
    ];
    let began = Instant::now();
    let mut sent = 0_u32;
    while !stop.load(Ordering::Relaxed) {
        let due = rate.map_or(u32::MAX, |rate| {
            (began.elapsed().as_secs_f64() * f64::from(rate)) as u32
        });
        if sent >= due {
            thread::sleep(Duration::from_micros(500));
            continue;
        }
        let at = sent.wrapping_mul(THREADS).wrapping_add(thread);
        let from = Ipv4Addr::from_bits(0x7f20_0000 | at & 0xf_ffff);
        if let Some(packet) = kinds.get(at as usize / 3 % kinds.len()) {
            forger.send(from, server, packet)?;
        }
        sent = sent.wrapping_add(1);
    }
    flooded.fetch_add(sent.into(), Ordering::Relaxed);
    Ok(())
}
