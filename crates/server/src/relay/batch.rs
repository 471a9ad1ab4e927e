//! Datagrams on their way out, sent together where they go the same way.
//!
//! A datagram that has nobody to go with is sent from where it was read, with its header written in
//! front of it in place. Only datagrams that go together are copied side by side, so that one system
//! call takes them all (UDP GSO): that call costs as much as copying thousands of them.

use std::{net::Ipv4Addr, ops::Range};

use turn::Header;

use super::arena::Arena;
use super::udp::{Out, To};

/// How many ways are open at once.
const GROUPS: usize = 16;
/// What one call may send: less than a UDP datagram's own limit.
const MAX_BYTES: usize = 60_000;
/// As many datagrams as Linux takes in one call.
const MAX_DATAGRAMS: usize = 64;

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
            let held = match header {
                None => Some(Arena::place(slot, part.clone())),
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
            let held = arena.whole(held);
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
                let contents = arena.whole(held);
                out.send(self.to, contents, contents.len());
            }
            None if self.count > 0 => out.send(self.to, &self.bytes, self.segment),
            None => {}
        }
        self.count = 0;
    }
}
