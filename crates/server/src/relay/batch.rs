//! Datagrams on their way through: read many at once, sent together where they go the same way.
//!
//! A datagram that has nobody to go with is sent from where it was read, with its header written in
//! front of it in place. Only datagrams that go together are copied side by side, so that one system
//! call takes them all (UDP GSO): that call costs as much as copying thousands of them.

use std::{
    io::{self, IoSliceMut},
    net::{Ipv4Addr, SocketAddr},
    ops::Range,
};

use quinn_udp::RecvMeta;
use turn::{AllocationId, Client, HEADROOM, Header};

use super::udp::Out;

/// How many buffers one system call may fill.
pub(super) const SLOTS: usize = 32;
/// One buffer: datagrams of one sender may come joined (GRO), up to 64 KiB.
const BUFFER: usize = 64 * 1024;
/// With room for a header, in whole cache lines.
const SLOT: usize = BUFFER + HEADROOM.next_multiple_of(64);
/// How many ways are open at once.
const GROUPS: usize = 16;
/// What one call may send: less than a UDP datagram's own limit.
const MAX_BYTES: usize = 60_000;
/// As many datagrams as Linux takes in one call.
const MAX_DATAGRAMS: usize = 64;

/// Where datagrams are read to.
pub(super) struct Arena {
    bytes: Vec<u8>,
    meta: [RecvMeta; SLOTS],
}

impl Arena {
    pub(super) fn new() -> Self {
        Self {
            // Of this the system maps what is written to.
            bytes: vec![0; SLOT * SLOTS],
            meta: [RecvMeta::default(); SLOTS],
        }
    }

    /// Lets `read` fill up to `wanted` buffers.
    pub(super) fn fill(
        &mut self,
        wanted: usize,
        read: impl FnOnce(&mut [IoSliceMut<'_>], &mut [RecvMeta]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let mut slots = self.bytes.chunks_exact_mut(SLOT);
        let mut buffers: [IoSliceMut<'_>; SLOTS] = std::array::from_fn(|_| {
            let buffer = slots.next().and_then(|slot| slot.get_mut(SLOT - BUFFER..));
            IoSliceMut::new(buffer.unwrap_or_default())
        });
        let wanted = wanted.min(SLOTS);
        match (buffers.get_mut(..wanted), self.meta.get_mut(..wanted)) {
            (Some(buffers), Some(meta)) => read(buffers, meta),
            _ => Ok(0),
        }
    }

    /// What is in a buffer.
    pub(super) fn meta(&self, slot: usize) -> RecvMeta {
        self.meta.get(slot).copied().unwrap_or_default()
    }

    /// A part of what was read into a buffer.
    pub(super) fn part(&self, slot: usize, part: Range<usize>) -> &[u8] {
        let base = slot * SLOT + (SLOT - BUFFER);
        self.bytes
            .get(base + part.start..base + part.end)
            .unwrap_or_default()
    }

    /// Puts a header in front of a part, in place; where the whole is.
    fn put(&mut self, slot: usize, header: &Header, part: Range<usize>) -> Option<Range<usize>> {
        let start = slot * SLOT;
        let whole = self.bytes.get_mut(start..start + SLOT)?;
        let offset = SLOT - BUFFER;
        let put = header.put(whole, part.start + offset..part.end + offset)?;
        Some(start + put.start..start + put.end)
    }
}

/// The datagrams in a buffer: one, or several of the same length and perhaps a shorter last one.
pub(super) fn datagrams(meta: &RecvMeta) -> impl Iterator<Item = Range<usize>> + use<> {
    let (length, stride) = (meta.len, meta.stride.max(1));
    // An empty datagram is one, too; it has nothing to say.
    (0..length)
        .step_by(stride)
        .map(move |start| start..(start + stride).min(length))
}

/// Which way a datagram goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// From an allocation's socket to a peer.
    Peer {
        allocation: AllocationId,
        peer: SocketAddr,
    },
    /// To a client, from where it came to.
    Client { link: u64, address: SocketAddr },
}

impl From<Client> for To {
    fn from(client: Client) -> Self {
        Self::Client {
            link: client.link,
            address: client.address,
        }
    }
}

/// Datagrams that go the same way.
struct Group {
    to: To,
    /// The length of each but perhaps the last.
    segment: usize,
    count: usize,
    /// The last one is shorter: nothing can follow it.
    is_full: bool,
    /// A single datagram that is where it was read; otherwise they are in `bytes`.
    held: Option<Range<usize>>,
    bytes: Vec<u8>,
}

/// What is about to be sent.
pub(super) struct Batch {
    groups: Vec<Group>,
    /// How many groups are in use; the others keep their buffers.
    used: usize,
}

impl Batch {
    pub(super) fn new() -> Self {
        Self {
            groups: (0..GROUPS).map(|_| Group::new()).collect(),
            used: 0,
        }
    }

    /// Adds a part of a buffer. `alone` if it is all that is in the buffer: then it can stay there.
    pub(super) fn hold(
        &mut self,
        arena: &mut Arena,
        out: &Out<'_>,
        to: To,
        header: Option<&Header>,
        (slot, part, alone): (usize, Range<usize>, bool),
    ) {
        if alone && self.find(to).is_none() {
            let base = slot * SLOT + (SLOT - BUFFER);
            let held = match header {
                None => Some(base + part.start..base + part.end),
                Some(header) => arena.put(slot, header, part.clone()),
            };
            if let Some(held) = held {
                let length = held.len();
                if let Some(group) = self.open(arena, out, to, length) {
                    group.held = Some(held);
                    group.count = 1;
                }
                return;
            }
        }
        let size = header.map_or(part.len(), |header| header.size(part.len()));
        self.join(arena, out, to, size);
        let data = arena.part(slot, part);
        self.append(to, header, data);
    }

    /// Adds what is somewhere else.
    pub(super) fn copy(
        &mut self,
        arena: &Arena,
        out: &Out<'_>,
        to: To,
        header: Option<&Header>,
        data: &[u8],
    ) {
        let size = header.map_or(data.len(), |header| header.size(data.len()));
        self.join(arena, out, to, size);
        self.append(to, header, data);
    }

    /// Sends all there is.
    pub(super) fn flush(&mut self, arena: &Arena, out: &Out<'_>) {
        let used = std::mem::take(&mut self.used);
        for group in self.groups.iter_mut().take(used) {
            group.send(arena, out);
        }
    }

    fn find(&self, to: To) -> Option<usize> {
        let mut used = self.groups.iter().take(self.used);
        used.position(|group| group.to == to)
    }

    /// Makes sure that a group of this way takes `size` more bytes.
    fn join(&mut self, arena: &Arena, out: &Out<'_>, to: To, size: usize) {
        let Some(group) = self.find(to).and_then(|at| self.groups.get_mut(at)) else {
            self.open(arena, out, to, size);
            return;
        };
        if let Some(held) = group.held.take() {
            let held = arena.bytes.get(held).unwrap_or_default();
            group.bytes.clear();
            group.bytes.extend_from_slice(held);
        }
        let fits = !group.is_full
            && group.count < MAX_DATAGRAMS
            && size <= group.segment
            && group.bytes.len() + size <= MAX_BYTES;
        if !fits {
            group.send(arena, out);
            group.begin(to, size);
        }
    }

    fn append(&mut self, to: To, header: Option<&Header>, data: &[u8]) {
        let Some(group) = self.find(to).and_then(|at| self.groups.get_mut(at)) else {
            return;
        };
        let before = group.bytes.len();
        match header {
            Some(header) => header.append(&mut group.bytes, data),
            None => group.bytes.extend_from_slice(data),
        }
        group.count += 1;
        group.is_full = group.bytes.len() - before < group.segment;
    }

    /// A new group, after sending all if there are too many.
    fn open(&mut self, arena: &Arena, out: &Out<'_>, to: To, segment: usize) -> Option<&mut Group> {
        if self.used >= GROUPS {
            self.flush(arena, out);
        }
        let group = self.groups.get_mut(self.used)?;
        self.used += 1;
        group.begin(to, segment);
        Some(group)
    }
}

impl Group {
    fn new() -> Self {
        Self {
            to: To::Client {
                link: 0,
                address: (Ipv4Addr::UNSPECIFIED, 0).into(),
            },
            segment: 0,
            count: 0,
            is_full: false,
            held: None,
            bytes: Vec::new(),
        }
    }

    fn begin(&mut self, to: To, segment: usize) {
        self.to = to;
        self.segment = segment;
        self.count = 0;
        self.is_full = false;
        self.held = None;
        self.bytes.clear();
    }

    fn send(&mut self, arena: &Arena, out: &Out<'_>) {
        match self.held.take() {
            Some(held) => {
                let contents = arena.bytes.get(held).unwrap_or_default();
                out.send(self.to, contents, contents.len());
            }
            None if self.count > 0 => out.send(self.to, &self.bytes, self.segment),
            None => {}
        }
        self.count = 0;
    }
}
