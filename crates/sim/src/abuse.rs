//! Gives an engine everything that [`Hostile`] finds in some bytes, and checks that it stays
//! sane: no panic, nothing unbounded, timers that end, and its own side of the contract kept.

use std::collections::{BTreeMap, BTreeSet};

use call::{
    Call, Config, ConnectionEvent, ConnectionId, ConnectionOp, Effect, Event, Input, Listen,
    MediaOp, Memory, SocketId, SocketOp,
};
use protocol::RoomId;
use web_time::Instant;

use crate::hostile::{Happening, Hostile, Known};

/// More effects after one input than this are too many.
const MAX_EFFECTS: usize = 4_000;

/// What is known of the outside that the engine made.
#[derive(Default)]
struct Ledger {
    /// The open connections; true while an operation is outstanding.
    connections: BTreeMap<ConnectionId, bool>,
    sockets: BTreeSet<SocketId>,
    request: u32,
}

/// Runs an engine through whatever the bytes say.
///
/// # Panics
/// If the engine does what it must not, whatever happens to it.
pub fn abuse(bytes: &[u8]) {
    let mut now = Instant::now();
    let config = Config {
        seed: [1; 32],
        unix_ms: 0,
        memory: Memory::default(),
        // Most pages are opened by a link.
        pass: None,
        room: RoomId::parse(&"r".repeat(22))
            .ok()
            .filter(|_| !bytes.len().is_multiple_of(4)),
        origin: "https://localhost".to_owned(),
    };
    let mut call = Call::new(now, config);
    let mut ledger = Ledger::default();
    ledger.drain(&mut call);
    let mut hostile = Hostile::new(bytes);
    while let Some(happening) = hostile.happening(ledger.known(&call)) {
        match happening {
            Happening::Input(input) => {
                ledger.happens(&input);
                call.handle(now, input);
            }
            Happening::Time(time) => {
                let until = now + time;
                let mut rounds = 0;
                while let Some(at) = call.poll_timeout().filter(|at| *at <= until) {
                    now = now.max(at);
                    call.handle_timeout(now);
                    let next = call.poll_timeout();
                    assert!(
                        next.is_none_or(|at| at > now),
                        "a timer that stays due: {call:?}"
                    );
                    ledger.drain(&mut call);
                    rounds += 1;
                    assert!(rounds < 10_000, "timers without end");
                }
                now = until;
            }
        }
        ledger.drain(&mut call);
        check_view(&call);
    }
}

fn check_view(call: &Call) {
    let view = call.view();
    assert!(view.people.len() <= 64, "too many people");
    assert!(view.notices.len() <= 4, "too many notices");
    assert!(
        view.recent.len() <= Memory::RECENTS,
        "too many recent calls"
    );
    assert!(view.devices.all.len() <= 64, "too many devices");
    for person in &view.people {
        let Some(details) = call.details(&person.id) else {
            panic!("no details of {:?}", person.id);
        };
        assert!(details.log.len() <= 200, "too long a log");
        assert!(details.samples.len() <= 120, "too many samples");
        assert!(details.codecs.len() <= 16, "too many codecs");
    }
}

impl Ledger {
    fn known(&self, call: &Call) -> Known {
        Known {
            socket: self.sockets.last().map_or(0, |it| it.0),
            connections: self.connections.keys().copied().collect(),
            request: self.request,
            room: call.view().room.map(|it| it.id),
        }
    }

    fn happens(&mut self, input: &Input) {
        if let Input::Event(Event::Connection { connection, event }) = input
            && let ConnectionEvent::Completed(_) = event
            && let Some(busy) = self.connections.get_mut(connection)
        {
            *busy = false;
        }
    }

    fn drain(&mut self, call: &mut Call) {
        let mut count = 0;
        while let Some(effect) = call.poll_output() {
            count += 1;
            assert!(count < MAX_EFFECTS, "effects without end");
            match effect {
                Effect::Connection { connection, op } => self.connection(connection, &op),
                Effect::GetStats { connection } => {
                    assert!(
                        self.connections.contains_key(&connection),
                        "stats of nothing"
                    );
                }
                Effect::Socket { socket, op } => match op {
                    SocketOp::Listen(Listen { session: None, .. }) => {
                        self.sockets.insert(socket);
                    }
                    SocketOp::Open => {
                        assert!(self.sockets.insert(socket), "a socket id used twice");
                        // The engine believes every closing, also of one that did not happen.
                    }
                    SocketOp::Send(_)
                    | SocketOp::Listen(_)
                    | SocketOp::Post(_)
                    | SocketOp::Close => {
                        assert!(self.sockets.contains(&socket), "no such socket");
                    }
                },
                Effect::Media(MediaOp::Open { request, .. } | MediaOp::OpenScreen { request }) => {
                    self.request = request.0
                }
                _ => {}
            }
        }
        assert!(self.connections.len() <= 66, "too many connections");
    }

    fn connection(&mut self, id: ConnectionId, op: &ConnectionOp) {
        match op {
            ConnectionOp::Create { .. } => {
                let old = self.connections.insert(id, false);
                assert!(old.is_none(), "a connection id used twice");
            }
            ConnectionOp::Close => {
                assert!(self.connections.remove(&id).is_some(), "closes nothing");
            }
            ConnectionOp::RestartIce
            | ConnectionOp::SetEncodings(_)
            | ConnectionOp::PauseVideo
            | ConnectionOp::RefreshVideo
            | ConnectionOp::SetIceServers(_) => {
                assert!(self.connections.contains_key(&id), "{op:?} on nothing");
            }
            op => {
                let Some(busy) = self.connections.get_mut(&id) else {
                    panic!("{op:?} on nothing");
                };
                assert!(!*busy, "{op:?} while another is outstanding");
                *busy = true;
            }
        }
    }
}
