//! What a browser does at the relay for one connection and generation of ICE credentials: one
//! request at a time, said again until it is answered (RFC 8489, section 6.2.1).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use turn::Client;
use turn::client::{FromServer, Session, channel_data, send_indication};
use web_time::Instant;

/// How long an answer may take before a request is said again; twice as long each time.
const RTO: Duration = Duration::from_millis(250);
/// How often a request is said: after 16 s it is given up.
const TRIES: u32 = 6;
/// What an allocation, a permission or a channel is refreshed after. A permission lasts for 5
/// minutes, the others for 10.
const REFRESH: Duration = Duration::from_secs(240);
/// How long an allocation lasts, in seconds.
const LIFETIME_S: u32 = 600;
const FIRST_CHANNEL: u16 = 0x4000;

#[derive(Debug)]
pub(super) struct TurnClient {
    pub(super) address: Client,
    /// Whom the relay knows it as.
    pub(super) user: String,
    session: Session,
    /// It binds channels, as Chromium does; or permits peers and sends indications, as Firefox does.
    binds_channels: bool,
    transactions: u64,
    asked: Option<Asked>,
    pub(super) state: State,
    peers: BTreeMap<SocketAddr, Peer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing yet.
    Wanted,
    /// There is one.
    Allocated {
        relayed: SocketAddr,
        refresh_at: Instant,
    },
    /// It was refused, given up, or is gone.
    Over { since: Instant },
}

/// Somebody to be reached.
#[derive(Debug, Clone, Copy)]
struct Peer {
    channel: u16,
    /// Permitted, and when that is to be refreshed.
    permitted: Option<Instant>,
    /// The relay does not go there.
    refused: bool,
}

#[derive(Debug, Clone, Copy)]
enum Task {
    Allocate,
    Refresh,
    Permit(SocketAddr),
}

/// A request without an answer.
#[derive(Debug)]
struct Asked {
    task: Task,
    transaction: [u8; 12],
    request: Vec<u8>,
    tries: u32,
    again_at: Instant,
}

/// What a datagram of the relay comes to.
pub(super) enum Told {
    /// Nothing, or nothing new.
    Nothing,
    /// This is to be sent.
    Send(Vec<u8>),
    /// Data from a peer.
    Data { peer: SocketAddr, data: Vec<u8> },
}

impl TurnClient {
    pub(super) fn new(
        address: Client,
        (username, password): (&str, &str),
        binds_channels: bool,
    ) -> Self {
        let user = username.split_once(':').map_or("", |(_, user)| user);
        Self {
            address,
            user: user.to_owned(),
            session: Session::new(username, password),
            binds_channels,
            transactions: 0,
            asked: None,
            state: State::Wanted,
            peers: BTreeMap::new(),
        }
    }

    /// The address of its allocation.
    pub(super) fn relayed(&self) -> Option<SocketAddr> {
        match self.state {
            State::Allocated { relayed, .. } => Some(relayed),
            State::Wanted | State::Over { .. } => None,
        }
    }

    /// It wants to reach this one.
    pub(super) fn meet(&mut self, peer: SocketAddr) {
        let channel = FIRST_CHANNEL + u16::try_from(self.peers.len()).unwrap_or(0);
        self.peers.entry(peer).or_insert(Peer {
            channel,
            permitted: None,
            refused: false,
        });
    }

    /// What it says next, if it is time for something.
    pub(super) fn act(&mut self, now: Instant) -> Option<Vec<u8>> {
        if let Some(asked) = &mut self.asked {
            if asked.again_at > now {
                return None;
            }
            if asked.tries >= TRIES {
                let task = asked.task;
                self.asked = None;
                self.fails(now, task);
                return None;
            }
            asked.again_at = now + RTO * 2_u32.pow(asked.tries);
            asked.tries += 1;
            return Some(asked.request.clone());
        }
        let task = self.due(now)?;
        Some(self.ask(now, task))
    }

    fn due(&self, now: Instant) -> Option<Task> {
        let refresh_at = match self.state {
            State::Wanted => return Some(Task::Allocate),
            State::Allocated { refresh_at, .. } => refresh_at,
            State::Over { .. } => return None,
        };
        if refresh_at <= now {
            return Some(Task::Refresh);
        }
        let is_due = |it: &Peer| !it.refused && it.permitted.is_none_or(|at| at <= now);
        let peer = self.peers.iter().find(|(_, it)| is_due(it));
        peer.map(|(peer, _)| Task::Permit(*peer))
    }

    fn ask(&mut self, now: Instant, task: Task) -> Vec<u8> {
        let transaction = self.transaction();
        let session = &self.session;
        let request = match task {
            Task::Allocate => session.allocate(transaction, None),
            Task::Refresh => session.refresh(transaction, LIFETIME_S),
            Task::Permit(peer) => match self.peers.get(&peer).filter(|_| self.binds_channels) {
                Some(it) => session.channel_bind(transaction, it.channel, peer),
                None => session.create_permission(transaction, &[peer]),
            },
        };
        self.asked = Some(Asked {
            task,
            transaction,
            request: request.clone(),
            tries: 1,
            again_at: now + RTO,
        });
        request
    }

    fn transaction(&mut self) -> [u8; 12] {
        self.transactions += 1;
        let mut transaction = [1; 12];
        transaction[4..].copy_from_slice(&self.transactions.to_be_bytes());
        transaction
    }

    /// Nothing comes of it.
    fn fails(&mut self, now: Instant, task: Task) {
        match task {
            Task::Allocate | Task::Refresh => self.state = State::Over { since: now },
            Task::Permit(peer) => {
                if let Some(it) = self.peers.get_mut(&peer) {
                    it.refused = true;
                }
            }
        }
    }

    /// A datagram of the relay has come.
    pub(super) fn told(&mut self, now: Instant, bytes: &[u8]) -> Told {
        let response = match FromServer::parse(bytes) {
            Some(FromServer::Response(response)) => response,
            Some(FromServer::Data { peer, data }) => {
                let data = data.to_vec();
                return Told::Data { peer, data };
            }
            Some(FromServer::Channel { number, data }) => {
                let mut peers = self.peers.iter();
                let peer = peers.find(|(_, it)| it.channel == number);
                let Some((peer, _)) = peer.filter(|_| self.binds_channels) else {
                    panic!("data on a channel that was not bound");
                };
                let data = data.to_vec();
                return Told::Data { peer: *peer, data };
            }
            None => panic!("no message: {bytes:?}"),
        };
        // Another one is the answer to a request that was given up, or comes for the second time.
        let is_answer = |it: &mut Asked| it.transaction == response.transaction;
        let Some(asked) = self.asked.take_if(is_answer) else {
            return Told::Nothing;
        };
        let Some(code) = response.error else {
            assert!(self.session.signed(&response), "an answer of somebody else");
            self.succeeds(now, asked.task, response.relayed);
            return Told::Nothing;
        };
        if self.session.learn(&response) {
            return Told::Send(self.ask(now, asked.task));
        }
        match code {
            // The credentials are no longer good, or there is no such allocation.
            401 | 437 => self.state = State::Over { since: now },
            _ => self.fails(now, asked.task),
        }
        Told::Nothing
    }

    fn succeeds(&mut self, now: Instant, task: Task, relayed: Option<SocketAddr>) {
        let again = now + REFRESH;
        match (task, relayed, &mut self.state) {
            (Task::Allocate, Some(relayed), state) => {
                let refresh_at = again;
                *state = State::Allocated {
                    relayed,
                    refresh_at,
                };
            }
            (Task::Allocate, None, _) => panic!("an allocation without an address"),
            (Task::Refresh, _, State::Allocated { refresh_at, .. }) => *refresh_at = again,
            (Task::Permit(peer), ..) => {
                if let Some(it) = self.peers.get_mut(&peer) {
                    it.permitted = Some(again);
                }
            }
            (Task::Refresh, ..) => panic!("a refresh of nothing"),
        }
    }

    /// Data for a peer, if that one can be reached.
    pub(super) fn data_to(&mut self, peer: SocketAddr, data: &[u8]) -> Option<Vec<u8>> {
        self.relayed()?;
        let channel = self.peers.get(&peer)?;
        channel.permitted?;
        let channel = channel.channel;
        if self.binds_channels {
            return channel_data(channel, data, false);
        }
        Some(send_indication(self.transaction(), peer, data))
    }

    /// Its connection is closed: gives the allocation back. As in browsers, nobody waits for an
    /// answer to that.
    pub(super) fn release(mut self) -> Option<Vec<u8>> {
        self.relayed()?;
        let transaction = self.transaction();
        Some(self.session.refresh(transaction, 0))
    }
}
