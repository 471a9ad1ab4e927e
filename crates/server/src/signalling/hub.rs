//! The rooms, and the outboxes of the connections to them, behind one lock.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use protocol::{ErrorCode, ServerMessage};
use room::{Anchor, Input, Keys, Output, Rooms, Snapshot, SocketId, TicketKey};
use tokio::sync::Notify;

use super::codec;
use super::counters::{Counters, UpgradeRefusal};
use super::options::{Limits, Options, RelayControl};
use super::outbox::Outbox;
use super::visitor::Visitor;

pub(super) struct Hub {
    pub(super) limits: Limits,
    relay: Option<RelayControl>,
    inner: Mutex<Inner>,
    /// The rooms' next deadline has come nearer.
    sooner: Notify,
    /// A connection was closed.
    closed: Notify,
}

struct Inner {
    rooms: Rooms,
    outboxes: HashMap<SocketId, Arc<Outbox>>,
    next_connection: u64,
    /// What the timer task waits for.
    armed: Option<Instant>,
    upgrade_refusals: BTreeMap<UpgradeRefusal, u64>,
    outbox_drops: u64,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}

impl Hub {
    pub(super) fn new(options: Options, seed: [u8; 32]) -> Self {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let anchor = Anchor {
            instant: Instant::now(),
            unix_ms: u64::try_from(unix.as_millis()).unwrap_or(u64::MAX),
        };
        let keys = Keys {
            ticket: TicketKey::new(&options.ticket_key),
        };
        Self {
            inner: Mutex::new(Inner {
                rooms: Rooms::new(options.rooms(), keys, anchor, seed),
                outboxes: HashMap::new(),
                next_connection: 0,
                armed: None,
                upgrade_refusals: BTreeMap::new(),
                outbox_drops: 0,
            }),
            limits: options.limits,
            relay: options.relay,
            sooner: Notify::new(),
            closed: Notify::new(),
        }
    }

    /// Takes in what happened, and does everything that follows from it.
    pub(super) fn handle(&self, input: Input) {
        let mut inner = self.lock();
        inner.rooms.handle(Instant::now(), input);
        self.drain(inner);
    }

    /// A client connected: its number and what is to be written to it.
    pub(super) fn open(&self, visitor: Visitor) -> (SocketId, Arc<Outbox>) {
        let outbox = Outbox::new(self.limits.outbox_messages, self.limits.outbox_bytes);
        let outbox = Arc::new(outbox);
        if let Some(relay) = &self.relay {
            (relay.expect)(visitor.address);
        }
        let mut inner = self.lock();
        inner.next_connection += 1;
        let connection = SocketId(inner.next_connection);
        inner.outboxes.insert(connection, Arc::clone(&outbox));
        inner.rooms.handle(
            Instant::now(),
            Input::Opened {
                connection,
                address: visitor.address,
                ice: visitor.ice,
            },
        );
        self.drain(inner);
        (connection, outbox)
    }

    /// A connection is gone, for whatever reason.
    pub(super) fn close(&self, connection: SocketId) {
        let mut inner = self.lock();
        inner.outboxes.remove(&connection);
        inner
            .rooms
            .handle(Instant::now(), Input::Closed { connection });
        self.drain(inner);
        self.closed.notify_waiters();
    }

    pub(super) fn count_refusal(&self, refusal: UpgradeRefusal) {
        *self.lock().upgrade_refusals.entry(refusal).or_default() += 1;
    }

    /// Waits until there is no connection.
    pub(super) async fn all_closed(&self) {
        loop {
            let closed = self.closed.notified();
            if self.lock().outboxes.is_empty() {
                return;
            }
            closed.await;
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.lock().rooms.snapshot(Instant::now())
    }

    /// Counts of what there is and has been. `fallback_sessions` is how many connections have no WebSocket.
    pub(super) fn counters(&self, fallback_sessions: usize) -> Counters {
        let inner = self.lock();
        let totals = inner.rooms.totals();
        let rooms = inner.rooms.counters();
        let mut refusals: BTreeMap<&'static str, u64> = BTreeMap::new();
        for (code, count) in &rooms.refusals {
            *refusals.entry(error_word(*code)).or_default() += count;
        }
        for (refusal, count) in &inner.upgrade_refusals {
            refusals.insert(refusal.as_str(), *count);
        }
        Counters {
            fallback_sessions,
            connections: totals.connections,
            rooms: totals.rooms,
            participants: totals.participants,
            connections_opened: rooms.connections,
            rooms_created: rooms.rooms,
            participants_entered: rooms.participants,
            messages_in: rooms.messages_in.clone(),
            messages_out: rooms.messages_out.clone(),
            refusals,
            outbox_drops: inner.outbox_drops,
        }
    }

    /// The one place where what the rooms want is done.
    fn drain(&self, mut inner: MutexGuard<'_, Inner>) {
        while let Some(output) = inner.rooms.poll_output() {
            match output {
                Output::Send { to, message } => inner.send(&[to], &message),
                Output::SendMany { to, message } => inner.send(&to, &message),
                Output::Close { connection, code } => {
                    if let Some(outbox) = inner.outboxes.get(&connection) {
                        outbox.close(code);
                    }
                }
                Output::Grant { user, address } => {
                    if let Some(relay) = &self.relay {
                        (relay.grant)(user.as_str(), address.first());
                    }
                }
                Output::Probe { connection } => {
                    if let Some(outbox) = inner.outboxes.get(&connection) {
                        outbox.probe();
                    }
                }
                Output::Revoke { user } => {
                    if let Some(relay) = &self.relay {
                        (relay.revoke)(user.as_str());
                    }
                }
            }
        }
        let next = inner.rooms.poll_timeout();
        if next.is_some_and(|next| inner.armed.is_none_or(|armed| next < armed)) {
            inner.armed = next;
            drop(inner);
            self.sooner.notify_one();
        }
    }

    /// Does what is due, and says when that is to be done again.
    fn handle_timeout(&self) -> Option<Instant> {
        let mut inner = self.lock();
        inner.rooms.handle_timeout(Instant::now());
        inner.armed = inner.rooms.poll_timeout();
        let armed = inner.armed;
        self.drain(inner);
        armed
    }

    /// A panic while the lock was held is contained to the connection that caused it: the rooms
    /// are plain data, which the next input finds as it was left.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Encodes a message once, and puts the same bytes into the outbox of each receiver.
    fn send(&mut self, to: &[SocketId], message: &ServerMessage) {
        let text = codec::encode(message);
        for connection in to {
            let Some(outbox) = self.outboxes.get(connection) else {
                continue;
            };
            if let Err(overflow) = outbox.push(text.clone()) {
                self.outbox_drops = self.outbox_drops.saturating_add(overflow.dropped);
                // Nothing more is sent to it: for the rooms it is gone.
                let connection = *connection;
                self.rooms
                    .handle(Instant::now(), Input::Closed { connection });
            }
        }
    }
}

/// Calls the rooms when they have asked for it.
pub(super) async fn run_timers(hub: Arc<Hub>) {
    loop {
        let armed = hub.handle_timeout();
        let sooner = hub.sooner.notified();
        match armed {
            Some(at) => {
                tokio::select! {
                    () = tokio::time::sleep_until(at.into()) => {}
                    () = sooner => {}
                }
            }
            None => sooner.await,
        }
    }
}

/// The word of an error code on the wire.
fn error_word(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::BadMessage => "bad_message",
        ErrorCode::UnknownType => "unknown_type",
        ErrorCode::TooLarge => "too_large",
        ErrorCode::TooManyMessages => "too_many_messages",
        ErrorCode::WrongState => "wrong_state",
        ErrorCode::Unavailable => "unavailable",
        ErrorCode::Full => "full",
        ErrorCode::Removed => "removed",
        ErrorCode::NotHost => "not_host",
        ErrorCode::NoSuchParticipant => "no_such_participant",
        ErrorCode::BadTicket => "bad_ticket",
        ErrorCode::BadSecret => "bad_secret",
        ErrorCode::ServerBusy => "server_busy",
        ErrorCode::Other => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use protocol::{ClientMessage, Media, RoomId, RoomSecret};

    use super::super::outbox::Next;
    use super::*;

    #[test]
    fn a_panic_with_the_lock_held_harms_nobody_else() {
        let hub = Arc::new(Hub::new(Options::new([0; 32]), [0; 32]));
        let address = Ipv4Addr::LOCALHOST.into();
        let (first, outbox) = hub.open(Visitor { address, ice: None });
        let panics = Arc::clone(&hub);
        let panicked = std::thread::spawn(move || {
            let _held = panics.lock();
            panic!("on purpose");
        });
        assert!(panicked.join().is_err());
        assert!(hub.inner.is_poisoned());
        let room = RoomId::parse("AAAAAAAAAAAAAAAAAAAAAA").unwrap();
        hub.handle(Input::Message {
            connection: first,
            message: ClientMessage::Peek { room },
        });
        assert!(matches!(outbox.try_next(), Some(Next::Message(_))));
        hub.close(first);
        assert_eq!(hub.counters(0).connections, 0);
    }

    #[test]
    fn a_message_to_several_is_encoded_once() {
        let options = Options {
            max_participants: 4,
            ..Options::new([0; 32])
        };
        let hub = Hub::new(options, [0; 32]);
        let address = Ipv4Addr::LOCALHOST.into();
        let secret = RoomSecret::parse(&"A".repeat(43)).unwrap();
        let people = [(); 4].map(|()| {
            let (connection, outbox) = hub.open(Visitor { address, ice: None });
            hub.handle(Input::Message {
                connection,
                message: ClientMessage::Join {
                    room: room::room_of(&secret).unwrap(),
                    name: None,
                    secret: Some(secret.clone()),
                    ticket: None,
                    media: None,
                    received: None,
                    offer: None,
                    device: None,
                },
            });
            (connection, outbox)
        });
        for (_, outbox) in &people {
            while outbox.try_next().is_some() {}
        }
        let media = Media {
            microphone: true,
            ..Media::default()
        };
        let [(connection, own), others @ ..] = people;
        let message = ClientMessage::Media { media };
        hub.handle(Input::Message {
            connection,
            message,
        });
        assert_eq!(own.try_next(), None);
        let texts = others.map(|(_, outbox)| match outbox.try_next() {
            Some(Next::Message(text)) => text,
            next => panic!("{next:?}"),
        });
        let [first, ..] = &texts;
        assert!(first.contains("media"), "{first}");
        for text in &texts {
            assert_eq!(text.as_ptr(), first.as_ptr(), "the same bytes");
        }
    }
}
