//! The buffer into which many datagrams are read at once.

use std::{
    io::{self, IoSliceMut},
    ops::Range,
};

use quinn_udp::RecvMeta;
use turn::{HEADROOM, Header};

/// How many buffers one system call may fill.
pub(super) const SLOTS: usize = 32;
/// One buffer: datagrams of one sender may come joined (GRO), up to 64 KiB.
const BUFFER: usize = 64 * 1024;
/// With room for a header, in whole cache lines.
const SLOT: usize = BUFFER + HEADROOM.next_multiple_of(64);

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
        self.whole(Self::place(slot, part))
    }

    /// The place of a part of one slot, to be given to [`Self::whole`].
    pub(super) fn place(slot: usize, part: Range<usize>) -> Range<usize> {
        let base = slot * SLOT + (SLOT - BUFFER);
        base + part.start..base + part.end
    }

    /// The bytes at a place that [`Self::place`] or [`Self::put`] returned.
    pub(super) fn whole(&self, place: Range<usize>) -> &[u8] {
        self.bytes.get(place).unwrap_or_default()
    }

    /// Puts a header in front of a part, in place; where the whole is.
    pub(super) fn put(
        &mut self,
        slot: usize,
        header: &Header,
        part: Range<usize>,
    ) -> Option<Range<usize>> {
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
