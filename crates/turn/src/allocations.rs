//! All allocations, and the ways to find one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use protocol::AddressGroup;

use crate::allocation::{Allocation, State};
use crate::table::{Keyed, Table};
use crate::{AllocationId, Client, Family, RelayedSocket};

#[derive(Debug)]
pub(crate) struct Allocations {
    slots: Vec<Slot>,
    free: Vec<u32>,
    clients: Table<Client, AllocationId>,
    /// By the family and port of the relayed address.
    relays: Table<(Family, u16), AllocationId>,
    participants: BTreeMap<Box<str>, BTreeSet<AllocationId>>,
    /// How many there are by groups of client addresses.
    addresses: BTreeMap<AddressGroup, usize>,
    expiries: BTreeSet<(Instant, AllocationId)>,
}

#[derive(Debug, Default)]
struct Slot {
    generation: u32,
    allocation: Option<Allocation>,
}

impl Allocations {
    pub(crate) fn new(keyed: Keyed) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            clients: Table::new(keyed),
            relays: Table::new(keyed),
            participants: BTreeMap::new(),
            addresses: BTreeMap::new(),
            expiries: BTreeSet::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.clients.len()
    }

    pub(crate) fn get(&self, id: AllocationId) -> Option<&Allocation> {
        let slot = self.slots.get(id.slot())?;
        let same = slot.generation == id.generation;
        slot.allocation.as_ref().filter(|_| same)
    }

    pub(crate) fn get_mut(&mut self, id: AllocationId) -> Option<&mut Allocation> {
        let slot = self.slots.get_mut(id.slot())?;
        let same = slot.generation == id.generation;
        slot.allocation.as_mut().filter(|_| same)
    }

    pub(crate) fn id_of(&self, client: &Client) -> Option<AllocationId> {
        self.clients.get(client)
    }

    pub(crate) fn of_client(&self, client: &Client) -> Option<&Allocation> {
        self.get(self.clients.get(client)?)
    }

    /// The allocation whose relayed address has the family and port of this one.
    pub(crate) fn at_port_of(&self, address: SocketAddr) -> Option<&Allocation> {
        let key = (Family::of(address.ip()), address.port());
        self.get(self.relays.get(&key)?)
    }

    /// The addresses of all live ones.
    pub(crate) fn relays(&self) -> impl Iterator<Item = RelayedSocket> {
        let all = self.slots.iter().filter_map(|it| it.allocation.as_ref());
        all.filter_map(Allocation::relay)
    }

    pub(crate) fn of_participant(&self, participant: &str) -> Vec<AllocationId> {
        let ids = self.participants.get(participant);
        ids.into_iter().flatten().copied().collect()
    }

    pub(crate) fn count_of_participant(&self, participant: &str) -> usize {
        self.participants.get(participant).map_or(0, BTreeSet::len)
    }

    pub(crate) fn count_at(&self, address: IpAddr) -> usize {
        let count = self.addresses.get(&AddressGroup::of(address));
        count.copied().unwrap_or_default()
    }

    /// The name of an allocation that is inserted next.
    pub(crate) fn next_id(&mut self) -> AllocationId {
        let slot = self.free.pop().unwrap_or_else(|| {
            let slot = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
            self.slots.push(Slot::default());
            slot
        });
        let generation = self.slots.get(slot as usize).map_or(0, |it| it.generation);
        AllocationId { slot, generation }
    }

    /// Takes in an allocation that is named by [`Self::next_id`].
    pub(crate) fn insert(&mut self, allocation: Allocation) {
        let id = allocation.id;
        self.clients.insert(allocation.client, id);
        let participant = allocation.participant.clone();
        self.participants.entry(participant).or_default().insert(id);
        let address = AddressGroup::of(allocation.client.address.ip());
        *self.addresses.entry(address).or_default() += 1;
        self.expiries.insert((allocation.expires, id));
        if let Some(slot) = self.slots.get_mut(id.slot()) {
            slot.allocation = Some(allocation);
        }
    }

    /// The allocation has its socket; false if another one has that port.
    pub(crate) fn set_live(&mut self, id: AllocationId, relay: RelayedSocket) -> bool {
        let key = (Family::of(relay.relayed.ip()), relay.relayed.port());
        if self.relays.get(&key).is_some() {
            return false;
        }
        if let Some(allocation) = self.get_mut(id) {
            allocation.state = State::Live(relay);
            self.relays.insert(key, id);
        }
        true
    }

    pub(crate) fn set_expiry(&mut self, id: AllocationId, expires: Instant) {
        let Some(allocation) = self.get_mut(id) else {
            return;
        };
        let before = std::mem::replace(&mut allocation.expires, expires);
        self.expiries.remove(&(before, id));
        self.expiries.insert((expires, id));
    }

    pub(crate) fn first_expiry(&self) -> Option<(Instant, AllocationId)> {
        self.expiries.first().copied()
    }

    pub(crate) fn remove(&mut self, id: AllocationId) -> Option<Allocation> {
        self.get(id)?;
        let slot = self.slots.get_mut(id.slot())?;
        let allocation = slot.allocation.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.slot);
        self.clients.remove(&allocation.client);
        self.expiries.remove(&(allocation.expires, id));
        if let Some(relay) = allocation.relay() {
            let key = (Family::of(relay.relayed.ip()), relay.relayed.port());
            self.relays.remove(&key);
        }
        if let Some(ids) = self.participants.get_mut(&allocation.participant) {
            ids.remove(&id);
            if ids.is_empty() {
                self.participants.remove(&allocation.participant);
            }
        }
        let address = AddressGroup::of(allocation.client.address.ip());
        if let Some(count) = self.addresses.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.addresses.remove(&address);
            }
        }
        Some(allocation)
    }
}
