//! A browser as the engine sees it: peer connections and devices, without a clock.
//!
//! Nothing happens by itself. What is asked for stays pending until [`Browser::step`] lets it
//! happen, so that a test can choose every order that a real browser might.

mod candidates;
mod description;
mod devices;
mod peer_connection;
mod relayed;
mod transceiver;

use std::collections::BTreeMap;

use call::{ConnectionEvent, ConnectionId, ConnectionOp, Effect, Event, MediaOp};

use candidates::Candidates;
pub use description::{Description, MediaLine, Way};
pub use devices::{Devices, Permission};
pub use peer_connection::PeerConnection;
pub use transceiver::Transceiver;

/// One page's browser.
#[derive(Debug, Clone)]
pub struct Browser {
    /// Tells it from all others.
    pub(crate) page: u32,
    /// It is a Firefox, and the faults of Firefox are its own.
    pub gecko: bool,
    /// The connections that are not closed.
    pub connections: BTreeMap<ConnectionId, PeerConnection>,
    /// Camera, microphone and screen.
    pub devices: Devices,
    /// The last connection that was made: numbers are never used twice.
    newest: Option<ConnectionId>,
    /// Others are reached through the relay or not at all.
    pub relayed: bool,
    /// It hides the device's addresses behind names, as it does until a camera or microphone is
    /// allowed.
    pub hides: bool,
    /// Tells the device's network address from those it had before.
    pub address: u8,
    /// The address that connections are told of which are not made to ask for it.
    pub told: u8,
    /// Shown in the address bar, and whether the screen is kept awake.
    pub awake: bool,
}

/// Something that can happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The outstanding operation of a connection ends.
    Operation(ConnectionId),
    /// A connection's next event fires.
    Event(ConnectionId),
    /// The next answer about devices comes.
    Devices,
}

impl Browser {
    /// A browser; `page` tells it from all others.
    pub fn new(page: u32) -> Self {
        Self {
            page,
            gecko: false,
            connections: BTreeMap::new(),
            devices: Devices::default(),
            newest: None,
            relayed: false,
            hides: false,
            address: 1,
            told: 1,
            awake: false,
        }
    }

    /// Does what the engine wants, or begins with it. The rest of the effects is not the
    /// browser's.
    ///
    /// # Panics
    /// If the engine breaks its contract.
    pub fn effect(&mut self, effect: &Effect) {
        match effect {
            Effect::Connection { connection, op } => self.connection(*connection, op),
            Effect::GetStats { connection } => {
                self.open(*connection, "GetStats").report();
            }
            Effect::Media(op) => self.media(op),
            Effect::WakeLock { on } => {
                assert_ne!(self.awake, *on, "wake lock set to what it is");
                self.awake = *on;
            }
            Effect::Socket { .. }
            | Effect::ShowAddress { .. }
            | Effect::Remember(_)
            | Effect::KeepPass(_)
            | Effect::TellTabs(_) => {}
        }
    }

    fn connection(&mut self, id: ConnectionId, op: &ConnectionOp) {
        match op {
            ConnectionOp::Create {
                ice_servers, fresh, ..
            } => {
                assert!(self.newest < Some(id), "{id:?} was used before");
                self.newest = Some(id);
                let address = if *fresh { self.address } else { self.told };
                let mut candidates = Candidates::new(ice_servers, self.relayed, address);
                candidates.hides = self.hides;
                let it = PeerConnection::new(self.page, id, self.gecko, candidates);
                self.connections.insert(id, it);
            }
            ConnectionOp::Close => {
                self.open(id, "Close");
                self.connections.remove(&id);
            }
            op => self.open(id, "an operation").begin(op),
        }
    }

    fn open(&mut self, id: ConnectionId, what: &str) -> &mut PeerConnection {
        let Some(it) = self.connections.get_mut(&id) else {
            panic!("{what} on {id:?}, which is not open");
        };
        it
    }

    fn media(&mut self, op: &MediaOp) {
        let changed = self.devices.effect(op);
        if changed {
            // A closed device sends nothing; its track stays in the sender until replaced.
            for it in self.connections.values_mut() {
                it.tracks_ended(&self.devices);
            }
        }
    }

    /// The device has another address, which no connection knows before it is told.
    pub fn moves(&mut self) {
        self.address = self.address.wrapping_add(1);
    }

    /// Every connection is told of the device's address.
    pub fn tells(&mut self) {
        self.told = self.address;
        for it in self.connections.values_mut() {
            it.candidates.address = self.address;
        }
    }

    /// The connections that know the device's address of now.
    pub fn usable(&self) -> impl Iterator<Item = &PeerConnection> {
        let all = self.connections.values();
        all.filter(|it| it.address() == self.address)
    }

    /// All that can happen next.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (id, it) in &self.connections {
            if it.is_busy() {
                steps.push(Step::Operation(*id));
            }
            if it.has_event() {
                steps.push(Step::Event(*id));
            }
        }
        if self.devices.has_event() {
            steps.push(Step::Devices);
        }
        steps
    }

    /// Lets something happen; what the engine is told of it.
    pub fn step(&mut self, step: Step) -> Option<Event> {
        match step {
            Step::Operation(connection) => {
                let it = self.connections.get_mut(&connection)?;
                let result = it.complete(&self.devices)?;
                let event = ConnectionEvent::Completed(result);
                Some(Event::Connection { connection, event })
            }
            Step::Event(connection) => {
                let event = self.connections.get_mut(&connection)?.next_event()?;
                Some(Event::Connection { connection, event })
            }
            Step::Devices => {
                let event = self.devices.next_event()?;
                for it in self.connections.values_mut() {
                    it.tracks_ended(&self.devices);
                }
                Some(Event::Media(event))
            }
        }
    }
}
