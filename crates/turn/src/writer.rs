//! STUN messages as they are written.

use std::net::SocketAddr;

use crate::address::xored;
use crate::integrity::{self, Key};
use crate::wire::{self, COOKIE, Class, HEADER, Method, kind};

/// Writes one message, attribute by attribute.
#[derive(Debug)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    transaction: [u8; 12],
}

impl Writer {
    pub(crate) fn new(method: Method, class: Class, transaction: [u8; 12]) -> Self {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend(kind(method, class).to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(COOKIE);
        bytes.extend(transaction);
        Self { bytes, transaction }
    }

    /// Appends an attribute. What would not fit into a message is left out.
    pub(crate) fn attribute(&mut self, kind: u16, value: &[u8]) {
        let body = self.bytes.len() - HEADER + 4 + value.len().next_multiple_of(4);
        let (Ok(length), Ok(_)) = (u16::try_from(value.len()), u16::try_from(body)) else {
            return;
        };
        self.bytes.extend(kind.to_be_bytes());
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(value);
        self.bytes.resize(HEADER + body, 0);
        self.set_length(body);
    }

    pub(crate) fn number(&mut self, kind: u16, value: u32) {
        self.attribute(kind, &value.to_be_bytes());
    }

    pub(crate) fn address(&mut self, kind: u16, address: SocketAddr) {
        let value = xored(address, &self.transaction);
        self.attribute(kind, &value);
    }

    /// Appends MESSAGE-INTEGRITY.
    pub(crate) fn integrity(&mut self, key: &Key) {
        let value = key.sign(&self.bytes);
        self.attribute(wire::MESSAGE_INTEGRITY, &value);
    }

    /// Appends FINGERPRINT.
    pub(crate) fn fingerprint(&mut self) {
        let end = self.bytes.len() - HEADER + 8;
        self.set_length(end);
        let value = integrity::fingerprint(&self.bytes);
        self.number(wire::FINGERPRINT, value);
    }

    fn set_length(&mut self, body: usize) {
        let length = u16::try_from(body).unwrap_or(u16::MAX).to_be_bytes();
        if let Some(place) = self.bytes.get_mut(2..4) {
            place.copy_from_slice(&length);
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}
