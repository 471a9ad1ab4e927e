//! The list of those whom a host removed from a room. The server recognizes a removed person by the
//! participant id in the ticket, by the device, or by name and address together.

use std::collections::VecDeque;

use protocol::{AddressGroup, DeviceToken, KeptOut, Name, ParticipantId, RoomId};

use crate::{CallState, Mark, Removed, TicketKey};

/// How many people a room keeps out. When one more is removed, the room forgets the first and is
/// locked.
const MAX_KEPT_OUT: usize = 64;

/// Those who are kept out of one room, in the order in which they were removed.
#[derive(Debug, Clone, Default)]
pub(super) struct KeptOutList {
    entries: VecDeque<(Removed, Name)>,
    /// Those who were let in again since the server was started. Tickets from before that still name
    /// them as removed, which must not put them on the list again.
    readmitted: VecDeque<ParticipantId>,
}

/// By what the server recognizes somebody who wants to come in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks {
    pub(super) group: AddressGroup,
    pub(super) device: Option<Mark>,
    /// The mark of the name together with the address.
    pub(super) whence: Mark,
}

impl Marks {
    /// The marks of somebody who has this name, device and address.
    pub(crate) fn of(
        key: &TicketKey,
        room: &RoomId,
        name: &Name,
        device: Option<&DeviceToken>,
        group: AddressGroup,
    ) -> Self {
        let room = room.as_str().as_bytes();
        let name = name.as_str().to_lowercase();
        Self {
            group,
            device: device.map(|it| key.mark(&[b"device", room, it.as_str().as_bytes()])),
            whence: key.mark(&[b"whence", room, name.as_bytes(), &group.bytes()]),
        }
    }
}

impl KeptOutList {
    /// Adds somebody to the list; false if that participant id is on it already.
    pub(super) fn add(&mut self, removed: Removed, name: Name) -> bool {
        if self.names(&removed.participant) {
            return false;
        }
        self.readmitted.retain(|it| *it != removed.participant);
        if self.is_full() {
            self.entries.pop_front();
        }
        self.entries.push_back((removed, name));
        true
    }

    /// Adds somebody whom a ticket from before the restart names as removed; false if there is nothing
    /// new in that.
    pub(super) fn learn(&mut self, removed: &Removed) -> bool {
        !self.readmitted.contains(&removed.participant)
            && self.add(removed.clone(), Name::default())
    }

    /// Takes somebody off the list; false if the participant id is not on it.
    pub(super) fn readmit(&mut self, participant: &ParticipantId) -> bool {
        let before = self.entries.len();
        self.entries
            .retain(|(it, _)| it.participant != *participant);
        if self.entries.len() == before {
            return false;
        }
        if self.readmitted.len() >= MAX_KEPT_OUT {
            self.readmitted.pop_front();
        }
        self.readmitted.push_back(participant.clone());
        true
    }

    /// Whether the participant of this id was removed.
    pub(super) fn names(&self, participant: &ParticipantId) -> bool {
        self.entries
            .iter()
            .any(|(it, _)| it.participant == *participant)
    }

    /// Whether somebody with this device was removed.
    pub(super) fn knows_device(&self, device: Option<Mark>) -> bool {
        let mut entries = self.entries.iter();
        device.is_some() && entries.any(|(it, _)| it.device == device)
    }

    /// Whether somebody with this device, or with this name at this address, was removed.
    pub(super) fn knows(&self, marks: Marks) -> bool {
        let mut entries = self.entries.iter();
        self.knows_device(marks.device) || entries.any(|(it, _)| it.whence == Some(marks.whence))
    }

    /// Shortens the list to those whom tickets name; true if it forgot anybody.
    pub(super) fn shorten(&mut self) -> bool {
        let excess = self.entries.len().saturating_sub(CallState::REMOVED);
        self.entries.drain(..excess);
        self.readmitted = VecDeque::new();
        excess > 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= MAX_KEPT_OUT
    }

    /// Those whom tickets name: the last that were removed.
    pub(super) fn in_tickets(&self) -> Vec<Removed> {
        let skip = self.entries.len().saturating_sub(CallState::REMOVED);
        self.entries
            .iter()
            .skip(skip)
            .map(|(it, _)| it.clone())
            .collect()
    }

    pub(super) fn shown(&self) -> Vec<KeptOut> {
        let shown = self.entries.iter().map(|(removed, name)| KeptOut {
            id: removed.participant.clone(),
            name: name.clone(),
        });
        shown.collect()
    }
}

impl From<Vec<Removed>> for KeptOutList {
    fn from(removed: Vec<Removed>) -> Self {
        let mut list = Self::default();
        for removed in &removed {
            list.learn(removed);
        }
        list
    }
}
