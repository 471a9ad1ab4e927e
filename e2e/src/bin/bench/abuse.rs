//! A relayed call goes on and a newcomer joins every second, while the server is attacked.

use std::{
    fmt::Write as _,
    net::UdpSocket,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use e2e::stats::Samples;
use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::ServerName;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::{
    Effort,
    abuse_attacks::{Attacks, announced, room},
    process,
    stats::grouped,
    turn_peers::Relay,
    turn_wire::{Client, Target, Way},
};

/// Bytes of a packet of the call, and the time between two: 800 kbit/s each way.
const PACKET: usize = 1_000;
const BETWEEN: Duration = Duration::from_millis(10);
/// A join that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long after the attacks memory is measured again.
const REST: Duration = Duration::from_secs(60);
/// What the call may lose under attack, in per cent.
const MAX_LOST_PERCENT: f64 = 1.0;
/// How many times as long as before the attacks a join may take, by the median.
const MAX_SLOWER: f64 = 2.0;
/// How many times as much memory as before the attacks may be resident after `REST`. The program
/// reads parts of itself for the first time meanwhile.
const MAX_MEMORY: f64 = 1.5;

/// What the call lost, in per cent, and what joins took, in milliseconds.
struct Seen {
    lost_percent: f64,
    joins: Samples,
}

pub async fn run(effort: Effort) -> Result<String> {
    process::allow_many_files()?;
    let (calm, stormy) = if effort.quick { (5, 10) } else { (20, 60) };
    let relay = Relay::ours().await?;
    let id = relay.process_id();
    let target = relay.target(true).await?;
    let attackers = relay.target(true).await?;
    let before = watch(&target, calm).await?;
    process::at_rest(id).await?;
    let memory_before = process::resident(id)?;
    let attacks = Attacks::begin(&attackers)?;
    let during = watch(&target, stormy).await;
    let memory_during = process::resident(id)?;
    // Dropping the attacks waits for their threads.
    tokio::task::spawn_blocking(move || drop(attacks)).await?;
    let during = during?;
    tokio::time::sleep(REST).await;
    let memory_after = process::resident(id)?;
    let mut text = String::from(
        "`cargo xtask bench abuse`\n\n| | before | under attack | at most |\n|---|---|---|---|\n",
    );
    let _ = writeln!(
        text,
        "| media that a relayed call loses, % | {} | {} | {MAX_LOST_PERCENT} |",
        grouped(before.lost_percent, 2),
        grouped(during.lost_percent, 2)
    );
    let _ = writeln!(
        text,
        "| from connecting by TLS to being in a room, ms: median (least … most) | {} | {} | {MAX_SLOWER} times |",
        before.joins, during.joins
    );
    let megabytes = |bytes: u64| grouped(bytes as f64 / 1e6, 1);
    let _ = writeln!(
        text,
        "| memory of the server, MB | {} | {}; a minute later {} | a minute later {MAX_MEMORY} times |",
        megabytes(memory_before),
        megabytes(memory_during),
        megabytes(memory_after)
    );
    ensure!(
        during.lost_percent < MAX_LOST_PERCENT
            && during.joins.median() < MAX_SLOWER * before.joins.median()
            && (memory_after as f64) < MAX_MEMORY * memory_before as f64,
        "beyond its limits:\n{text}"
    );
    Ok(text)
}

/// Keeps a call going and lets somebody join every second, for so many seconds.
async fn watch(target: &Target, seconds: u32) -> Result<Seen> {
    let stop = Arc::new(AtomicBool::new(false));
    let (to, until) = (target.clone(), Arc::clone(&stop));
    let call = tokio::task::spawn_blocking(move || call(&to, &until));
    let mut joins = Samples::default();
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut joined = Ok(());
    for number in 0..seconds {
        ticks.tick().await;
        let begun = Instant::now();
        joined = timeout(PATIENCE, newcomer(target, number))
            .await
            .context("a join took too long")
            .and_then(|joined| joined);
        if joined.is_err() {
            break;
        }
        joins.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    stop.store(true, Ordering::Relaxed);
    let lost_percent = call.await??;
    joined?;
    Ok(Seen {
        lost_percent,
        joins,
    })
}

/// Comes by TLS from an address of its own, enters a room, and leaves.
async fn newcomer(target: &Target, number: u32) -> Result<()> {
    let at = target.tls;
    let source = [198, 51, 100, number.to_le_bytes()[0]];
    let stream = announced(at, source, 1024).await?;
    let connector = TlsConnector::from(Arc::clone(&target.trust));
    let stream = connector.connect(ServerName::from(at.ip()), stream).await?;
    let mut request = format!("wss://{at}/ws").into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("Origin", format!("https://{at}").parse()?);
    headers.insert("Sec-WebSocket-Protocol", "crabcall.v1".parse()?);
    let (mut socket, _) = client_async(request, stream).await?;
    let (room, secret) = room()?;
    let join = json!({ "type": "join", "room": room, "secret": secret, "name": "Ada" });
    socket.send(Message::text(join.to_string())).await?;
    let joined = socket.next().await.context("closed")??;
    let joined = joined.to_text()?;
    ensure!(joined.contains("\"joined\""), "not let in: {joined}");
    socket
        .send(Message::text(json!({ "type": "leave" }).to_string()))
        .await?;
    Ok(())
}

/// Sends packets through the relay to a peer that sends them back. Returns what was lost, in per
/// cent.
fn call(target: &Target, until: &AtomicBool) -> Result<f64> {
    let peer = UdpSocket::bind("127.0.0.2:0")?;
    peer.set_nonblocking(true)?;
    let mut client = Client::allocate(target, Way::Udp, None)?;
    client.bind(peer.local_addr()?)?;
    let packet = client.packet(PACKET);
    let mut buffer = vec![0; 65_536];
    let (mut sent, mut arrived) = (0_u64, 0_u64);
    let mut pass = |client: &mut Client| -> Result<u64> {
        while let Ok((length, from)) = peer.recv_from(&mut buffer) {
            // The kernel may hand over several packets at once.
            for packet in buffer.get(..length).unwrap_or_default().chunks(PACKET) {
                let _full = peer.send_to(packet, from);
            }
        }
        client.received(&mut buffer, packet.len())
    };
    while !until.load(Ordering::Relaxed) {
        client.send(&packet, 1, false)?;
        sent += 1;
        std::thread::sleep(BETWEEN);
        arrived += pass(&mut client)?;
    }
    for _ in 0..100 {
        std::thread::sleep(BETWEEN);
        arrived += pass(&mut client)?;
    }
    ensure!(sent > 0, "nothing was sent");
    Ok(100.0 - 100.0 * arrived as f64 / sent as f64)
}
