//! Requests and their responses (RFC 8489, section 9.2; RFC 8656, sections 5 to 12).

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::allocation::{Allocation, NoChannel, Peers, Reach, State};
use crate::channel;
use crate::credentials::Claim;
use crate::message::Message;
use crate::rates::Pace;
use crate::registry::{Denied, Registry};
use crate::wire::{
    Class, ERROR_CODE, LIFETIME, Method, NONCE, REALM, UNKNOWN_ATTRIBUTES, XOR_MAPPED_ADDRESS,
    XOR_RELAYED_ADDRESS,
};
use crate::writer::Writer;
use crate::{Action, AllocationId, Client, Family, Key, Output, RelayedSocket};

/// How long an allocation lasts if nothing else is asked for (RFC 8656, section 3.2).
const DEFAULT_LIFETIME: Duration = Duration::from_secs(600);
/// How long it lasts at most without a refresh.
const MAX_LIFETIME: Duration = Duration::from_secs(3_600);
/// The number of UDP as an IP protocol.
const UDP: u8 = 17;
/// The longest name that is looked at.
const USERNAME: usize = 128;

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refusal {
    code: u16,
    reason: &'static str,
}

const BAD_REQUEST: Refusal = refusal(400, "Bad Request");
const UNAUTHORIZED: Refusal = refusal(401, "");
const FORBIDDEN: Refusal = refusal(403, "Forbidden");
const UNKNOWN_ATTRIBUTE: Refusal = refusal(420, "Unknown Attribute");
const MISMATCH: Refusal = refusal(437, "Allocation Mismatch");
const STALE_NONCE: Refusal = refusal(438, "");
const FAMILY_NOT_SUPPORTED: Refusal = refusal(440, "Address Family not Supported");
const WRONG_CREDENTIALS: Refusal = refusal(441, "Wrong Credentials");
const UNSUPPORTED_TRANSPORT: Refusal = refusal(442, "Unsupported Transport Protocol");
const FAMILY_MISMATCH: Refusal = refusal(443, "Peer Address Family Mismatch");
const QUOTA_REACHED: Refusal = refusal(486, "Allocation Quota Reached");
const NO_CAPACITY: Refusal = refusal(508, "Insufficient Capacity");

const fn refusal(code: u16, reason: &'static str) -> Refusal {
    Refusal { code, reason }
}

/// Who signed a request.
#[derive(Debug)]
struct Signer<'a> {
    claim: Claim<'a>,
    key: Key,
}

/// A request and where its response goes.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    client: Client,
    message: &'a Message<'a>,
}

impl Asked<'_> {
    fn response(&self, class: Class) -> Writer {
        Writer::new(self.message.method, class, self.message.transaction)
    }

    fn finish(&self, mut response: Writer) -> Output {
        if self.message.fingerprint {
            response.fingerprint();
        }
        Output::Send {
            client: self.client,
            message: response.finish(),
        }
    }
}

/// Answers a request of `size` bytes.
pub(crate) fn handle(
    registry: &mut Registry,
    now: Instant,
    client: Client,
    message: &Message<'_>,
    size: usize,
) -> Action {
    let asked = Asked { client, message };
    match message.method {
        Method::Binding => binding(registry, now, asked, size),
        Method::Send | Method::Data => return Action::Drop,
        _ => match authenticate(registry, now, asked) {
            Ok(signer) => signed(registry, now, asked, &signer),
            Err(refusal) => challenge(registry, now, asked, size, refusal),
        },
    }
    Action::Poll
}

fn binding(registry: &mut Registry, now: Instant, asked: Asked<'_>, size: usize) {
    let response = if asked.message.unknown().is_empty() {
        registry.counters.bindings += 1;
        let mut response = asked.response(Class::Success);
        response.address(XOR_MAPPED_ADDRESS, asked.client.address);
        response
    } else {
        registry.counters.refused += 1;
        error(asked, UNKNOWN_ATTRIBUTE)
    };
    reply_to_anybody(registry, now, asked, size, response);
}

/// Sends a reply to somebody who may not be the one that asked.
fn reply_to_anybody(
    registry: &mut Registry,
    now: Instant,
    asked: Asked<'_>,
    size: usize,
    response: Writer,
) {
    let output = asked.finish(response);
    let Output::Send { client, message } = &output else {
        return;
    };
    let ip = client.address.ip();
    // The other end of a stream has shown that it is there.
    let may = client.transport.is_stream() || registry.gate.may_reply(now, ip, size, message.len());
    if may {
        registry.outputs.push_back(output);
    } else {
        registry.counters.unanswered += 1;
    }
}

fn error(asked: Asked<'_>, refusal: Refusal) -> Writer {
    let mut response = asked.response(Class::Error);
    response.attribute(ERROR_CODE, &error_value(refusal));
    if refusal == UNKNOWN_ATTRIBUTE {
        let unknown = asked.message.unknown().iter();
        let unknown: Vec<u8> = unknown.flat_map(|it| it.to_be_bytes()).collect();
        response.attribute(UNKNOWN_ATTRIBUTES, &unknown);
    }
    response
}

fn error_value(refusal: Refusal) -> Vec<u8> {
    let (hundreds, rest) = (refusal.code / 100, refusal.code % 100);
    let mut value = vec![0, 0, hundreds as u8, rest as u8];
    value.extend(refusal.reason.bytes());
    value
}

fn challenge(
    registry: &mut Registry,
    now: Instant,
    asked: Asked<'_>,
    size: usize,
    refusal: Refusal,
) {
    let mut response = error(asked, refusal);
    if refusal == BAD_REQUEST {
        registry.counters.refused += 1;
    } else {
        registry.counters.unauthorized += 1;
        let nonce = registry.nonces.issue(now, asked.client);
        response.attribute(REALM, registry.config.realm.as_bytes());
        response.attribute(NONCE, nonce.as_bytes());
    }
    reply_to_anybody(registry, now, asked, size, response);
}

/// Finds out who signed a request, by the long-term credential mechanism.
fn authenticate<'a>(
    registry: &Registry,
    now: Instant,
    asked: Asked<'a>,
) -> Result<Signer<'a>, Refusal> {
    let Asked { client, message } = asked;
    if !message.has_integrity() {
        return Err(UNAUTHORIZED);
    }
    let (Some(username), Some(_), Some(nonce)) = (message.username, message.realm, message.nonce)
    else {
        return Err(BAD_REQUEST);
    };
    if !registry.nonces.is_valid(now, client, nonce) {
        return Err(STALE_NONCE);
    }
    let claim = Claim::parse(username)
        .filter(|_| username.len() <= USERNAME)
        .ok_or(UNAUTHORIZED)?;
    let key = registry.issuer.key(username, &registry.config.realm);
    let key = key.filter(|key| message.is_signed_with(key));
    let key = key.ok_or(UNAUTHORIZED)?;
    let expired = claim.expires_unix_s <= registry.anchor.unix_seconds(now);
    let lives_on = |allocation: &Allocation| {
        *allocation.participant == *claim.participant
            && allocation.credential_unix_s <= claim.expires_unix_s
    };
    let refused = !registry.users.is_here(claim.participant)
        || expired
            && !registry
                .allocations
                .of_client(&client)
                .is_some_and(lives_on);
    if refused {
        return Err(UNAUTHORIZED);
    }
    Ok(Signer { claim, key })
}

/// Does what somebody with credentials asks for.
fn signed(registry: &mut Registry, now: Instant, asked: Asked<'_>, signer: &Signer<'_>) {
    let message = asked.message;
    let result = if !message.unknown().is_empty() {
        Err(UNKNOWN_ATTRIBUTE)
    } else if message.malformed {
        Err(BAD_REQUEST)
    } else {
        match message.method {
            Method::Allocate => allocate(registry, now, asked, signer),
            Method::Refresh => refresh(registry, now, asked, signer).map(Some),
            Method::CreatePermission => permit(registry, now, asked, signer).map(Some),
            Method::ChannelBind => bind_channel(registry, now, asked, signer).map(Some),
            Method::Binding | Method::Send | Method::Data => Ok(None),
        }
    };
    let mut response = match result {
        Ok(None) => return,
        Ok(Some(response)) => response,
        Err(refusal) => {
            match refusal {
                QUOTA_REACHED | NO_CAPACITY => registry.counters.over_quota += 1,
                _ => registry.counters.refused += 1,
            }
            error(asked, refusal)
        }
    };
    response.integrity(&signer.key);
    registry.outputs.push_back(asked.finish(response));
}

/// RFC 8656, section 7.2. `None` if the response comes when the socket is there.
fn allocate(
    registry: &mut Registry,
    now: Instant,
    asked: Asked<'_>,
    signer: &Signer<'_>,
) -> Result<Option<Writer>, Refusal> {
    let Asked { client, message } = asked;
    if let Some(allocation) = registry.allocations.of_client(&client) {
        if allocation.transaction != message.transaction {
            return Err(MISMATCH);
        }
        let relay = allocation.relay();
        let granted = allocation.granted;
        let transaction = message.transaction;
        return Ok(relay.map(|relay| allocation_success(transaction, client, relay, granted)));
    }
    match message.requested_transport {
        None => return Err(BAD_REQUEST),
        Some(UDP) => {}
        Some(_) => return Err(UNSUPPORTED_TRANSPORT),
    }
    let family = family(registry, message)?;
    let ip = client.address.ip();
    let participant = signer.claim.participant;
    let config = &registry.config;
    if registry.allocations.count_of_participant(participant)
        >= config.max_allocations_per_participant
        || registry.allocations.count_at(ip) >= config.share(registry.allocations.len())
    {
        return Err(QUOTA_REACHED);
    }
    if registry.allocations.len() >= config.max_allocations {
        return Err(NO_CAPACITY);
    }
    let id = registry.allocations.next_id();
    let granted = lifetime(message);
    let allocation = Allocation {
        id,
        client,
        participant: participant.into(),
        credential_unix_s: signer.claim.expires_unix_s,
        family,
        state: State::Binding {
            key: signer.key.clone(),
            fingerprint: message.fingerprint,
        },
        transaction: message.transaction,
        granted,
        expires: now + granted,
        peers: Peers::default(),
        pace: Pace::new(config),
    };
    registry.allocations.insert(allocation);
    registry.outputs.push_back(Output::Bind {
        allocation: id,
        family,
        client,
    });
    Ok(None)
}

/// IPv4 if nothing is asked for, as browsers do; IPv6 then only where there is no IPv4.
fn family(registry: &Registry, message: &Message<'_>) -> Result<Family, Refusal> {
    let family = match message.requested_family {
        Some(family) => family.ok_or(FAMILY_NOT_SUPPORTED)?,
        None if registry.config.ipv4 => Family::V4,
        None => Family::V6,
    };
    let there = match family {
        Family::V4 => registry.config.ipv4,
        Family::V6 => registry.config.ipv6,
    };
    there.then_some(family).ok_or(FAMILY_NOT_SUPPORTED)
}

fn lifetime(message: &Message<'_>) -> Duration {
    let asked = message.lifetime.map(u64::from).map(Duration::from_secs);
    asked
        .unwrap_or_default()
        .clamp(DEFAULT_LIFETIME, MAX_LIFETIME)
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

fn allocation_success(
    transaction: [u8; 12],
    client: Client,
    relay: RelayedSocket,
    granted: Duration,
) -> Writer {
    let mut response = Writer::new(Method::Allocate, Class::Success, transaction);
    response.address(XOR_RELAYED_ADDRESS, relay.relayed);
    response.number(LIFETIME, seconds(granted));
    response.address(XOR_MAPPED_ADDRESS, client.address);
    response
}

/// An Allocate request whose response waits for a socket.
#[derive(Debug)]
pub(crate) struct PendingAllocate {
    client: Client,
    transaction: [u8; 12],
    granted: Duration,
    signer: Option<(Key, bool)>,
}

impl PendingAllocate {
    pub(crate) fn of(allocation: &Allocation) -> Self {
        let signer = match &allocation.state {
            State::Binding { key, fingerprint } => Some((key.clone(), *fingerprint)),
            State::Live(_) => None,
        };
        Self {
            client: allocation.client,
            transaction: allocation.transaction,
            granted: allocation.granted,
            signer,
        }
    }

    fn finish(self, mut response: Writer) -> Output {
        if let Some((key, fingerprint)) = self.signer {
            response.integrity(&key);
            if fingerprint {
                response.fingerprint();
            }
        }
        Output::Send {
            client: self.client,
            message: response.finish(),
        }
    }
}

pub(crate) fn allocated(registry: &mut Registry, waiting: PendingAllocate, relay: RelayedSocket) {
    let PendingAllocate {
        client,
        transaction,
        granted,
        ..
    } = waiting;
    let response = allocation_success(transaction, client, relay, granted);
    registry.outputs.push_back(waiting.finish(response));
}

pub(crate) fn not_allocated(registry: &mut Registry, waiting: PendingAllocate) {
    registry.counters.over_quota += 1;
    let mut response = Writer::new(Method::Allocate, Class::Error, waiting.transaction);
    response.attribute(ERROR_CODE, &error_value(NO_CAPACITY));
    registry.outputs.push_back(waiting.finish(response));
}

/// The signer's allocation on this 5-tuple.
fn own_allocation(
    registry: &Registry,
    asked: Asked<'_>,
    signer: &Signer<'_>,
) -> Result<(AllocationId, Family), Refusal> {
    let allocation = registry.allocations.of_client(&asked.client);
    let allocation = allocation.filter(|it| it.relay().is_some());
    let allocation = allocation.ok_or(MISMATCH)?;
    if *allocation.participant != *signer.claim.participant {
        return Err(WRONG_CREDENTIALS);
    }
    Ok((allocation.id, allocation.family))
}

/// RFC 8656, section 8.2.
fn refresh(
    registry: &mut Registry,
    now: Instant,
    asked: Asked<'_>,
    signer: &Signer<'_>,
) -> Result<Writer, Refusal> {
    let (id, family) = own_allocation(registry, asked, signer)?;
    let asked_family = asked.message.requested_family;
    if asked_family.is_some_and(|it| it != Some(family)) {
        return Err(FAMILY_MISMATCH);
    }
    let granted = if asked.message.lifetime == Some(0) {
        registry.end(id);
        Duration::ZERO
    } else {
        let granted = lifetime(asked.message);
        registry.allocations.set_expiry(id, now + granted);
        granted
    };
    let mut response = asked.response(Class::Success);
    response.number(LIFETIME, seconds(granted));
    Ok(response)
}

/// Whether and how the allocation may reach a peer.
fn reach(registry: &mut Registry, peer: SocketAddr, family: Family) -> Result<Reach, Refusal> {
    if Family::of(peer.ip()) != family {
        return Err(FAMILY_MISMATCH);
    }
    registry.reach(peer).map_err(|denied| {
        match denied {
            Denied::Own => registry.counters.denied_own += 1,
            Denied::Near => registry.counters.denied_near += 1,
            Denied::Special => registry.counters.denied_special += 1,
            Denied::Port => registry.counters.denied_port += 1,
        }
        FORBIDDEN
    })
}

/// RFC 8656, section 10.2: all peers or none.
fn permit(
    registry: &mut Registry,
    now: Instant,
    asked: Asked<'_>,
    signer: &Signer<'_>,
) -> Result<Writer, Refusal> {
    let (id, family) = own_allocation(registry, asked, signer)?;
    let mut peers: Vec<(IpAddr, Reach)> = Vec::new();
    for peer in asked.message.peers() {
        let peer = peer.ok_or(BAD_REQUEST)?;
        peers.push((peer.ip(), reach(registry, peer, family)?));
    }
    if peers.is_empty() {
        return Err(BAD_REQUEST);
    }
    let allocation = registry.allocations.get_mut(id).ok_or(MISMATCH)?;
    if !allocation.peers.permit(now, &peers) {
        return Err(NO_CAPACITY);
    }
    Ok(asked.response(Class::Success))
}

/// RFC 8656, section 12.2.
fn bind_channel(
    registry: &mut Registry,
    now: Instant,
    asked: Asked<'_>,
    signer: &Signer<'_>,
) -> Result<Writer, Refusal> {
    let (id, family) = own_allocation(registry, asked, signer)?;
    let (Some(number), Some(peer)) = (asked.message.channel, asked.message.peer()) else {
        return Err(BAD_REQUEST);
    };
    if !channel::NUMBERS.contains(&number) || peer.port() == 0 {
        return Err(BAD_REQUEST);
    }
    let reach = reach(registry, peer, family)?;
    let allocation = registry.allocations.get_mut(id).ok_or(MISMATCH)?;
    match allocation.peers.bind_channel(now, number, peer, reach) {
        Ok(()) => Ok(asked.response(Class::Success)),
        Err(NoChannel::Taken) => Err(BAD_REQUEST),
        Err(NoChannel::Full) => Err(NO_CAPACITY),
    }
}
