//! Load on a server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use futures_util::{SinkExt, StreamExt, stream};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    peers::Measured,
    process,
    wire::{self, Client},
};

/// How often one who hears nothing looks whether the measurement is over.
const LOOK_UP_EVERY: Duration = Duration::from_millis(200);
/// Connections that are being made at the same time.
const AT_ONCE: usize = 32;

/// Who sends how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Load {
    pub pairs: usize,
    /// Bytes of a message.
    pub size: usize,
    /// Messages under way from each person at any time.
    pub window: usize,
}

/// Pairs send each other messages for a while: relayed messages per CPU second of the server.
/// Every message that is received is answered by one, so that as many are under way at any time.
pub async fn throughput(server: &Measured, load: Load, time: Duration) -> Result<f64> {
    let count = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..load.pairs {
        for client in wire::pair(server).await? {
            let message = wire::offer(server.maker, &client.other, load.size)?;
            clients.spawn(converse(client, message, load, count.clone(), stop.clone()));
        }
    }
    // Until it runs evenly.
    tokio::time::sleep(time / 5).await;
    let (cpu, messages) = (
        process::cpu(server.process_id())?,
        count.load(Ordering::Relaxed),
    );
    tokio::time::sleep(time).await;
    let cpu = process::cpu(server.process_id())? - cpu;
    let messages = count.load(Ordering::Relaxed) - messages;
    stop.store(true, Ordering::Relaxed);
    while let Some(client) = clients.join_next().await {
        client??;
    }
    ensure!(messages > 0 && !cpu.is_zero(), "nothing was relayed");
    Ok(messages as f64 / cpu.as_secs_f64())
}

async fn converse(
    client: Client,
    message: String,
    load: Load,
    count: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> Result<()> {
    let mut socket = client.socket;
    let message = Message::text(message);
    for _ in 0..load.window {
        socket.feed(message.clone()).await?;
    }
    socket.flush().await?;
    while !stop.load(Ordering::Relaxed) {
        // A server may lose a message; who waits for its answer must still see the end.
        let Ok(received) = tokio::time::timeout(LOOK_UP_EVERY, socket.next()).await else {
            continue;
        };
        let Some(received) = received else {
            break;
        };
        let received = match received {
            Ok(received) => received,
            // The others have stopped.
            Err(_) if stop.load(Ordering::Relaxed) => break,
            Err(error) => return Err(error.into()),
        };
        if let Message::Text(text) = received {
            // PeerJS server tells so of a message that it held back for too long.
            if text.contains("\"EXPIRE\"") {
                continue;
            }
            // The sender's name instead of the receiver's; anything else is no relayed offer, but
            // the news that the other has stopped.
            let is_offer = text.len().abs_diff(load.size) < 80;
            if !is_offer && stop.load(Ordering::Relaxed) {
                break;
            }
            ensure!(is_offer, "not an offer: {text}");
            count.fetch_add(1, Ordering::Relaxed);
            let sent = socket.send(message.clone()).await;
            if !stop.load(Ordering::Relaxed) {
                sent?;
            }
        }
    }
    Ok(())
}

/// What a number of connections cost, two to a room, idle.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Bytes of resident memory per connection.
    pub memory: f64,
    /// CPU time per connection: connecting and entering a room.
    pub cpu: Duration,
}

/// Opens connections, lets them be idle, and measures.
pub async fn connections(server: &Measured, number: usize) -> Result<Cost> {
    // The first ones wake up what is there only once.
    let warm_up = open(server, 100).await?;
    process::at_rest(server.process_id()).await?;
    let memory = process::resident(server.process_id())?;
    let cpu = process::cpu(server.process_id())?;
    let clients = open(server, number).await?;
    process::at_rest(server.process_id()).await?;
    let cpu = process::cpu(server.process_id())? - cpu;
    let memory = process::resident(server.process_id())?.saturating_sub(memory);
    // They were there all the time.
    for client in clients.iter().chain(&warm_up) {
        client
            .socket
            .get_ref()
            .peer_addr()
            .context("a connection was lost")?;
    }
    Ok(Cost {
        memory: memory as f64 / number as f64,
        cpu: cpu.div_f64(number as f64),
    })
}

async fn open(server: &Measured, number: usize) -> Result<Vec<Client>> {
    let pairs: Vec<Result<[Client; 2]>> = stream::iter(0..number / 2)
        .map(|_| wire::pair(server))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut clients = Vec::with_capacity(number);
    for pair in pairs {
        clients.extend(pair?);
    }
    Ok(clients)
}
