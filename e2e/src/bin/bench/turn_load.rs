//! Load on a relay: packets at a steady rate, through it to peers that send them back.

use std::{
    io::ErrorKind,
    net::UdpSocket,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use crate::{
    process,
    turn_wire::{Client, Target, Way},
};

/// Clients at the same time, each with a peer of its own.
const CLIENTS: usize = 10;
/// How packets follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    Even,
    /// Eight packets of a client at once, as a video frame is sent: by one system call, so that they
    /// also arrive at once.
    Bursts,
    /// Eight packets by eight system calls.
    LooseBursts,
}

impl Pattern {
    fn burst(self) -> usize {
        match self {
            Self::Even => 1,
            Self::Bursts | Self::LooseBursts => 8,
        }
    }
}

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub way: Way,
    pub size: usize,
    pub pattern: Pattern,
    /// Packets per second from all clients together; as many come back.
    pub rate: f64,
    pub time: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// Packets that arrived, there and back.
    pub delivered: u64,
    /// Of those that should have, in per cent.
    pub lost_percent: f64,
    pub cpu: Duration,
}

impl Outcome {
    /// Packets that arrived for each second of the server's CPU time.
    pub fn per_cpu_second(&self) -> f64 {
        self.delivered as f64 / self.cpu.as_secs_f64()
    }
}

/// Loads the relay of this process for a while. Takes a thread, and all of it: it does not sleep
/// between packets.
pub fn run(target: &Target, server: u32, load: Load) -> Result<Outcome> {
    let mut clients = Vec::new();
    let mut peers = Vec::new();
    for _ in 0..CLIENTS {
        let peer = UdpSocket::bind("127.0.0.2:0")?;
        peer.set_nonblocking(true)?;
        let mut client = Client::allocate(target, load.way, None)?;
        client.bind(peer.local_addr()?)?;
        clients.push(client);
        peers.push(peer);
    }
    let packet = clients
        .first()
        .map(|client| client.packet(load.size))
        .unwrap_or_default();
    let burst = load.pattern.burst();
    let mut buffer = vec![0; 65_536];
    let warm_up = load.time / 5;
    let began = Instant::now();
    let (mut groups, mut sent, mut arrived) = (0_u64, 0_u64, 0_u64);
    let mut from = None;
    loop {
        let elapsed = began.elapsed();
        if from.is_none() && elapsed >= warm_up {
            from = Some((process::cpu(server)?, sent, arrived));
        }
        if elapsed >= warm_up + load.time {
            break;
        }
        let due = (elapsed.as_secs_f64() * load.rate / burst as f64) as u64;
        // What this thread has no time for is not made up for all at once.
        groups = groups.max(due.saturating_sub(4));
        while groups < due {
            if let Some(client) = clients.get_mut(groups as usize % CLIENTS) {
                client.send(&packet, burst, load.pattern == Pattern::Bursts)?;
                sent += burst as u64;
            }
            groups += 1;
        }
        for peer in &peers {
            arrived += echo(peer, &mut buffer, load)?;
        }
        for client in &mut clients {
            arrived += client.received(&mut buffer, packet.len())?;
        }
    }
    let (cpu, sent_before, arrived_before) = from.unwrap_or_default();
    let cpu = process::cpu(server)? - cpu;
    let delivered = arrived - arrived_before;
    ensure!(delivered > 0 && !cpu.is_zero(), "nothing was relayed");
    let expected = 2 * (sent - sent_before);
    Ok(Outcome {
        delivered,
        lost_percent: 100.0 - 100.0 * delivered as f64 / expected as f64,
        cpu,
    })
}

/// Sends back what came, in the same pattern; how many packets that were. The kernel may hand over
/// several at once.
fn echo(peer: &UdpSocket, buffer: &mut [u8], load: Load) -> Result<u64> {
    let mut came = 0;
    let mut source = None;
    loop {
        match peer.recv_from(buffer) {
            Ok((length, from)) => {
                came += length.div_ceil(load.size);
                source = Some(from);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error.into()),
        }
    }
    let Some(source) = source else {
        return Ok(0);
    };
    let packet = buffer.get(..load.size).unwrap_or_default();
    // A full socket loses it, as a network would.
    if load.pattern == Pattern::Bursts && came > 1 {
        let state = quinn_udp::UdpSocketState::new(peer.into())?;
        for burst in packet.repeat(came).chunks(load.size * load.pattern.burst()) {
            let transmit = quinn_udp::Transmit {
                destination: source,
                ecn: None,
                contents: burst,
                segment_size: Some(load.size),
                src_ip: None,
            };
            let _full = state.try_send(peer.into(), &transmit);
        }
    } else {
        for _ in 0..came {
            let _full = peer.send_to(packet, source);
        }
    }
    Ok(came as u64)
}

/// Makes so many allocations by UDP and gives what the server's memory has grown to.
pub fn memory(target: &Target, server: u32, allocations: usize) -> Result<u64> {
    let mut clients: Vec<Client> = Vec::with_capacity(allocations);
    for _ in 0..allocations {
        let known = clients.first().map(|client| client.session().clone());
        clients.push(Client::allocate(target, Way::Udp, known.as_ref())?);
    }
    process::resident(server)
}
