//! STUN messages as they are read (RFC 8489, sections 5, 6.3 and 14; RFC 8656, section 18).

use std::net::SocketAddr;
use std::ops::Range;

use crate::address::{Family, unxored};
use crate::integrity::{self, Key};
use crate::wire::{
    CHANNEL_NUMBER, COOKIE, Class, DATA, DONT_FRAGMENT, ERROR_CODE, FINGERPRINT, HEADER, LIFETIME,
    MESSAGE_INTEGRITY, Method, NONCE, REALM, REQUESTED_ADDRESS_FAMILY, REQUESTED_TRANSPORT,
    UNKNOWN_ATTRIBUTES, USERNAME, XOR_MAPPED_ADDRESS, XOR_PEER_ADDRESS, XOR_RELAYED_ADDRESS,
    method_and_class,
};

/// Attributes from here on may be ignored by who does not know them.
const COMPREHENSION_OPTIONAL: u16 = 0x8000;
/// How many unknown attributes are named in a reply.
const UNKNOWN: usize = 8;

/// A message whose frame is sound: header, lengths, and the fingerprint if it has one. Of an
/// attribute that occurs twice, the first counts; what follows MESSAGE-INTEGRITY does not count.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    bytes: &'a [u8],
    /// What it is about.
    pub method: Method,
    /// Who says it.
    pub class: Class,
    /// The same in a request and its response.
    pub transaction: [u8; 12],
    /// Where the bytes end whose attributes count.
    covered: usize,
    /// Where the value of MESSAGE-INTEGRITY is.
    integrity: Option<Range<usize>>,
    /// Whether it has a FINGERPRINT.
    pub fingerprint: bool,
    /// USERNAME.
    pub username: Option<&'a [u8]>,
    /// REALM.
    pub realm: Option<&'a [u8]>,
    /// NONCE.
    pub nonce: Option<&'a [u8]>,
    /// ERROR-CODE: its number.
    pub error: Option<u16>,
    /// CHANNEL-NUMBER.
    pub channel: Option<u16>,
    /// LIFETIME, seconds.
    pub lifetime: Option<u32>,
    /// Where the value of DATA is.
    pub data: Option<Range<usize>>,
    /// REQUESTED-TRANSPORT: the number of an IP protocol.
    pub requested_transport: Option<u8>,
    /// REQUESTED-ADDRESS-FAMILY; `Some(None)` if it is none that we know.
    pub requested_family: Option<Option<Family>>,
    /// XOR-MAPPED-ADDRESS.
    pub mapped: Option<SocketAddr>,
    /// XOR-RELAYED-ADDRESS.
    pub relayed: Option<SocketAddr>,
    /// An attribute does not have the length or value that its type asks for.
    pub malformed: bool,
    unknown: [u16; UNKNOWN],
    unknown_count: usize,
}

impl<'a> Message<'a> {
    /// Reads one whole message; `None` if it is none of STUN's or TURN's.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (header, body) = bytes.split_first_chunk::<HEADER>()?;
        let [t0, t1, l0, l1, c0, c1, c2, c3, transaction @ ..] = *header;
        let (method, class) = method_and_class(u16::from_be_bytes([t0, t1]))?;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        if [c0, c1, c2, c3] != COOKIE || length != body.len() || length % 4 != 0 {
            return None;
        }
        let mut message = Self {
            bytes,
            method,
            class,
            transaction,
            covered: bytes.len(),
            integrity: None,
            fingerprint: false,
            username: None,
            realm: None,
            nonce: None,
            error: None,
            channel: None,
            lifetime: None,
            data: None,
            requested_transport: None,
            requested_family: None,
            mapped: None,
            relayed: None,
            malformed: false,
            unknown: [0; UNKNOWN],
            unknown_count: 0,
        };
        let mut at = HEADER;
        while at < bytes.len() {
            let attribute = Attribute::read(bytes, at)?;
            if attribute.kind == FINGERPRINT {
                let expected = integrity::fingerprint(bytes.get(..at)?);
                if attribute.value != expected.to_be_bytes() || attribute.end != bytes.len() {
                    return None;
                }
                message.fingerprint = true;
                message.covered = message.covered.min(at);
            } else if message.integrity.is_none() {
                message.take(at, &attribute)?;
            }
            at = attribute.end;
        }
        Some(message)
    }

    fn take(&mut self, at: usize, attribute: &Attribute<'a>) -> Option<()> {
        let value = attribute.value;
        let start = at + 4;
        let fits = match attribute.kind {
            USERNAME => first(&mut self.username, Some(value)),
            REALM => first(&mut self.realm, Some(value)),
            NONCE => first(&mut self.nonce, Some(value)),
            ERROR_CODE => first(&mut self.error, error_code(value)),
            CHANNEL_NUMBER => first(&mut self.channel, u32_of(value).map(|it| (it >> 16) as u16)),
            LIFETIME => first(&mut self.lifetime, u32_of(value)),
            DATA => first(&mut self.data, Some(start..start + value.len())),
            REQUESTED_TRANSPORT => {
                let protocol = u32_of(value).map(|it| (it >> 24) as u8);
                first(&mut self.requested_transport, protocol)
            }
            REQUESTED_ADDRESS_FAMILY => {
                let family = u32_of(value).map(|it| match it >> 24 {
                    1 => Some(Family::V4),
                    2 => Some(Family::V6),
                    _ => None,
                });
                first(&mut self.requested_family, family)
            }
            XOR_MAPPED_ADDRESS => first(&mut self.mapped, unxored(value, &self.transaction)),
            XOR_RELAYED_ADDRESS => first(&mut self.relayed, unxored(value, &self.transaction)),
            XOR_PEER_ADDRESS => unxored(value, &self.transaction).is_some(),
            DONT_FRAGMENT => value.is_empty(),
            MESSAGE_INTEGRITY => {
                if value.len() != integrity::LENGTH {
                    return None;
                }
                self.integrity = Some(start..start + value.len());
                self.covered = at;
                true
            }
            UNKNOWN_ATTRIBUTES => true,
            kind => {
                let place = self.unknown.get_mut(self.unknown_count);
                if let Some(place) = place.filter(|_| kind < COMPREHENSION_OPTIONAL) {
                    *place = kind;
                    self.unknown_count += 1;
                }
                true
            }
        };
        self.malformed |= !fits;
        Some(())
    }

    /// Whether the message carries MESSAGE-INTEGRITY.
    pub fn has_integrity(&self) -> bool {
        self.integrity.is_some()
    }

    /// Whether its MESSAGE-INTEGRITY is of this key.
    pub fn is_signed_with(&self, key: &Key) -> bool {
        let value = self.integrity.clone().and_then(|at| self.bytes.get(at));
        let signed = self.bytes.get(..self.covered);
        value
            .zip(signed)
            .is_some_and(|(value, signed)| key.verifies(signed, value))
    }

    /// All XOR-PEER-ADDRESS attributes; `None` where one holds no address.
    pub fn peers(&self) -> impl Iterator<Item = Option<SocketAddr>> {
        let bytes = self.bytes.get(..self.covered).unwrap_or_default();
        let mut at = HEADER;
        std::iter::from_fn(move || {
            while at < bytes.len() {
                let attribute = Attribute::read(bytes, at)?;
                at = attribute.end;
                if attribute.kind == XOR_PEER_ADDRESS {
                    return Some(unxored(attribute.value, &self.transaction));
                }
            }
            None
        })
    }

    /// The first XOR-PEER-ADDRESS, if it holds an address.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peers().next().flatten()
    }

    /// The first attributes that must be understood and are not.
    pub fn unknown(&self) -> &[u16] {
        self.unknown.get(..self.unknown_count).unwrap_or_default()
    }
}

/// Keeps the first value; false if there is none in the attribute.
fn first<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let there = value.is_some();
    if place.is_none() {
        *place = value;
    }
    there
}

fn u32_of(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_be_bytes)
}

fn error_code(value: &[u8]) -> Option<u16> {
    let [_, _, hundreds, rest] = *value.first_chunk::<4>()?;
    Some(u16::from(hundreds & 7) * 100 + u16::from(rest))
}

struct Attribute<'a> {
    kind: u16,
    value: &'a [u8],
    /// Where the next one begins.
    end: usize,
}

impl<'a> Attribute<'a> {
    fn read(bytes: &'a [u8], at: usize) -> Option<Self> {
        let [k0, k1, l0, l1] = *bytes.get(at..)?.first_chunk::<4>()?;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let start = at + 4;
        let end = start + length.next_multiple_of(4);
        if end > bytes.len() {
            return None;
        }
        Some(Self {
            kind: u16::from_be_bytes([k0, k1]),
            value: bytes.get(start..start + length)?,
            end,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::writer::Writer;

    #[test]
    fn the_first_of_two_counts_and_wrong_lengths_are_told() {
        let mut writer = Writer::new(Method::Refresh, Class::Request, [3; 12]);
        writer.number(LIFETIME, 1);
        writer.number(LIFETIME, 2);
        writer.attribute(0x7777, b"odd");
        writer.attribute(0x9999, b"may be ignored");
        let bytes = writer.finish();
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.lifetime, Some(1));
        assert_eq!(message.unknown(), [0x7777]);
        assert!(!message.malformed);

        let mut writer = Writer::new(Method::Refresh, Class::Request, [3; 12]);
        writer.attribute(LIFETIME, &[0; 3]);
        let bytes = writer.finish();
        assert!(Message::parse(&bytes).unwrap().malformed);
    }

    #[test]
    fn what_follows_message_integrity_does_not_count() {
        let key = Key::long_term("user", "realm", "password");
        let mut writer = Writer::new(Method::Refresh, Class::Request, [3; 12]);
        writer.integrity(&key);
        writer.number(LIFETIME, 0);
        writer.attribute(0x7777, b"");
        writer.fingerprint();
        let bytes = writer.finish();
        let message = Message::parse(&bytes).unwrap();
        assert!(message.is_signed_with(&key));
        assert!(message.fingerprint);
        assert_eq!(message.lifetime, None);
        assert_eq!(message.unknown(), [0_u16; 0]);
        let other = Key::long_term("user", "realm", "passwore");
        assert!(!message.is_signed_with(&other));
    }
}
