//! Resume tickets: what lets a participant be the same one again, also after a restart, while
//! the server keeps nothing.
//!
//! `4.ROOM.PARTICIPANT.STANDING.ISSUED.EXPIRES.ARRIVED.COUNTING.OPENED.VERSION.LOCK.REMOVED.LEFT.MAC`.
//! The first two times are unix seconds, the third is in milliseconds. The standing is `h` for a
//! host by the secret, `m` for one whom a host made a host, `a` for an acting host, `g` for a guest
//! (see [`Standing`]). COUNTING tells which run of messages the holder counts. What
//! follows is the state of the call: when it was opened (unix milliseconds), how often its lock was
//! changed, `l` or `u` for locked or not, those that were removed last (id and two marks each, one
//! after the other), and the ids of those that left last. MAC is the base64url of HMAC-SHA256 over
//! everything before its dot. A client takes it as it is.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use protocol::{ParticipantId, RoomId, Ticket};
use sha2::Sha256;

use crate::Standing;

/// Put in front of what is signed, so that the signature means nothing elsewhere.
const CONTEXT: &[u8] = b"crabcall ticket v1\0";
/// Put in front of what a [`Mark`] is made from, for the same reason.
const MARK_CONTEXT: &[u8] = b"crabcall mark v1\0";
const VERSION: &str = "4";
/// A participant id's characters.
const ID_CHARS: usize = 12;
/// A mark's characters.
const MARK_CHARS: usize = 11;

/// Signs tickets (HMAC-SHA256).
#[derive(Clone)]
pub struct TicketKey {
    tickets: Hmac<Sha256>,
    marks: Hmac<Sha256>,
}

/// A hash by which the server recognizes a person. Others can read it in their tickets, so it is made
/// with the server's key and tells them nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(pub u64);

impl fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketKey(..)")
    }
}

/// What a ticket says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    pub room: RoomId,
    pub participant: ParticipantId,
    pub standing: Standing,
    /// Unix seconds.
    pub issued: u64,
    /// Unix seconds; from then on the ticket is void.
    pub expires: u64,
    /// When the participant first came into the room, in unix milliseconds.
    pub arrived: u64,
    /// Tells the messages that the participant has counted since it was given the first ticket with
    /// this number from those that it counted before, or with another server.
    pub counting: u64,
    pub call: CallState,
}

/// What has to be known of a call to bring it back after a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallState {
    /// When its room was made, in unix milliseconds: tells it from earlier and later calls in a
    /// room of the same id.
    pub opened: u64,
    /// How often the lock was changed. Of two states of a call the one with more is the newer.
    pub version: u64,
    pub locked: bool,
    /// Those that were removed last, oldest first, at most [`CallState::REMOVED`].
    pub removed: Vec<Removed>,
    /// Those that left last, oldest first, at most [`CallState::LEFT`].
    pub left: Vec<ParticipantId>,
}

/// Somebody who was removed, and by what the server recognizes that person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    pub participant: ParticipantId,
    /// The mark of the device, if a device token was shown.
    pub device: Option<Mark>,
    /// The mark of the name together with the address.
    pub whence: Option<Mark>,
}

impl CallState {
    /// How many of those that were removed a ticket names.
    pub const REMOVED: usize = 16;
    /// How many of those that left a ticket names.
    pub const LEFT: usize = 16;
}

/// Why a ticket is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// Not made with this key.
    #[error("the ticket is not of this server")]
    Forged,
    /// Made with this key, but in no shape that this version knows.
    #[error("the ticket is of another version")]
    Malformed,
    /// Its time is over.
    #[error("the ticket has expired")]
    Expired,
}

impl TicketKey {
    /// A key of 32 random bytes.
    pub fn new(key: &[u8; 32]) -> Self {
        // HMAC fills a key up to the hash's block with zeros (RFC 2104, section 2).
        let mut block = [0; 64];
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        let key = Hmac::new(&block.into());
        Self {
            tickets: Mac::chain_update(key.clone(), CONTEXT),
            marks: key.chain_update(MARK_CONTEXT),
        }
    }

    /// Signs tickets as `other` does from now on. Marks stay as they are: whoever was removed from a
    /// room is still recognized.
    pub(crate) fn replace(&mut self, other: &Self) {
        self.tickets = other.tickets.clone();
    }

    /// The mark of these parts taken together.
    pub(crate) fn mark(&self, parts: &[&[u8]]) -> Mark {
        let mut hash = self.marks.clone();
        for part in parts {
            hash.update(&part.len().to_be_bytes());
            hash.update(part);
        }
        let hash = hash.finalize().into_bytes();
        Mark(
            hash.iter()
                .take(8)
                .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        )
    }

    /// Writes a ticket; `None` if it would be longer than a ticket may be, which these claims
    /// cannot make it.
    pub fn issue(&self, claims: &Claims) -> Option<Ticket> {
        let standing = match claims.standing {
            Standing::Secret => "h",
            Standing::Made => "m",
            Standing::Acting => "a",
            Standing::Guest => "g",
        };
        let call = &claims.call;
        let lock = if call.locked { "l" } else { "u" };
        let mut text = format!(
            "{VERSION}.{}.{}.{standing}.{}.{}.{}.{}.{}.{}.{lock}.",
            claims.room.as_str(),
            claims.participant,
            claims.issued,
            claims.expires,
            claims.arrived,
            claims.counting,
            call.opened,
            call.version,
        );
        for removed in &call.removed {
            text.push_str(removed.participant.as_str());
            for mark in [removed.device, removed.whence] {
                let mark = mark.map_or(0, |Mark(mark)| mark);
                URL_SAFE_NO_PAD.encode_string(mark.to_be_bytes(), &mut text);
            }
        }
        text.push('.');
        for left in &call.left {
            text.push_str(left.as_str());
        }
        let mac = self
            .tickets
            .clone()
            .chain_update(text.as_bytes())
            .finalize();
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(mac.into_bytes(), &mut text);
        Ticket::parse(&text).ok()
    }

    /// Reads a ticket at `now` (unix seconds). The signature is checked first and in constant
    /// time.
    pub fn verify(&self, ticket: &Ticket, now: u64) -> Result<Claims, TicketError> {
        let (text, mac) = ticket
            .as_str()
            .rsplit_once('.')
            .ok_or(TicketError::Forged)?;
        let mac = URL_SAFE_NO_PAD
            .decode(mac)
            .map_err(|_| TicketError::Forged)?;
        self.tickets
            .clone()
            .chain_update(text.as_bytes())
            .verify_slice(&mac)
            .map_err(|_| TicketError::Forged)?;
        let claims = parse(text).ok_or(TicketError::Malformed)?;
        if now < claims.expires {
            Ok(claims)
        } else {
            Err(TicketError::Expired)
        }
    }
}

fn parse(text: &str) -> Option<Claims> {
    let mut fields = text.split('.');
    if fields.next()? != VERSION {
        return None;
    }
    let claims = Claims {
        room: RoomId::parse(fields.next()?).ok()?,
        participant: ParticipantId::parse(fields.next()?).ok()?,
        standing: match fields.next()? {
            "h" => Standing::Secret,
            "m" => Standing::Made,
            "a" => Standing::Acting,
            "g" => Standing::Guest,
            _ => return None,
        },
        issued: fields.next()?.parse().ok()?,
        expires: fields.next()?.parse().ok()?,
        arrived: fields.next()?.parse().ok()?,
        counting: fields.next()?.parse().ok()?,
        call: CallState {
            opened: fields.next()?.parse().ok()?,
            version: fields.next()?.parse().ok()?,
            locked: match fields.next()? {
                "l" => true,
                "u" => false,
                _ => return None,
            },
            removed: removed(fields.next()?)?,
            left: ids(fields.next()?)?,
        },
    };
    fields.next().is_none().then_some(claims)
}

/// Ids that stand one after the other.
fn ids(text: &str) -> Option<Vec<ParticipantId>> {
    let ids = text.as_bytes().chunks(ID_CHARS);
    ids.map(|id| ParticipantId::parse(std::str::from_utf8(id).ok()?).ok())
        .collect()
}

/// Reads the field REMOVED.
fn removed(text: &str) -> Option<Vec<Removed>> {
    let each = text.as_bytes().chunks(ID_CHARS + 2 * MARK_CHARS);
    each.map(|each| {
        let each = std::str::from_utf8(each).ok()?;
        let (id, marks) = each.split_at_checked(ID_CHARS)?;
        let (device, whence) = marks.split_at_checked(MARK_CHARS)?;
        Some(Removed {
            participant: ParticipantId::parse(id).ok()?,
            device: mark(device)?,
            whence: mark(whence)?,
        })
    })
    .collect()
}

/// Reads a mark; zero stands for no mark.
fn mark(text: &str) -> Option<Option<Mark>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let mark = u64::from_be_bytes(bytes.try_into().ok()?);
    Some((mark != 0).then_some(Mark(mark)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removed(id: &str, device: Option<u64>) -> Removed {
        Removed {
            participant: ParticipantId::parse(id).unwrap(),
            device: device.map(Mark),
            whence: Some(Mark(u64::MAX)),
        }
    }

    fn claims() -> Claims {
        Claims {
            room: RoomId::parse(&"r".repeat(22)).unwrap(),
            participant: ParticipantId::parse(&"p".repeat(12)).unwrap(),
            standing: Standing::Guest,
            issued: 1_000,
            expires: 2_000,
            arrived: 1_000_456,
            counting: 7,
            call: CallState {
                opened: 1_000_123,
                version: 3,
                locked: true,
                removed: vec![
                    removed("removed-once", None),
                    removed("removed-next", Some(7)),
                ],
                left: vec![ParticipantId::parse("left-earlier").unwrap()],
            },
        }
    }

    #[test]
    fn a_ticket_says_what_was_signed_until_it_expires() {
        let key = TicketKey::new(&[7; 32]);
        let ticket = key.issue(&claims()).unwrap();
        assert_eq!(key.verify(&ticket, 1_999), Ok(claims()));
        assert_eq!(key.verify(&ticket, 2_000), Err(TicketError::Expired));
        for standing in [Standing::Secret, Standing::Made, Standing::Acting] {
            let host = Claims {
                standing,
                ..claims()
            };
            assert_eq!(key.verify(&key.issue(&host).unwrap(), 0), Ok(host));
        }
        let host = claims();
        let longest = Claims {
            issued: u64::MAX,
            expires: u64::MAX,
            arrived: u64::MAX,
            counting: u64::MAX,
            call: CallState {
                opened: u64::MAX,
                version: u64::MAX,
                locked: false,
                removed: vec![removed("removed-once", Some(1)); CallState::REMOVED],
                left: vec![host.participant.clone(); CallState::LEFT],
            },
            ..host
        };
        let ticket = key.issue(&longest).unwrap();
        assert_eq!(key.verify(&ticket, 0), Ok(longest));
    }

    #[test]
    fn a_mark_depends_on_its_key_and_on_every_part() {
        let key = TicketKey::new(&[7; 32]);
        let mark = key.mark(&[b"a", b"bc"]);
        assert_eq!(key.mark(&[b"a", b"bc"]), mark);
        assert_ne!(key.mark(&[b"ab", b"c"]), mark);
        assert_ne!(TicketKey::new(&[8; 32]).mark(&[b"a", b"bc"]), mark);
    }

    #[test]
    fn a_changed_ticket_or_one_of_another_server_is_forged() {
        let key = TicketKey::new(&[7; 32]);
        let ticket = key.issue(&claims()).unwrap();
        let other = TicketKey::new(&[8; 32]);
        assert_eq!(other.verify(&ticket, 0), Err(TicketError::Forged));
        let text = ticket.as_str();
        for at in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = Ticket::parse(std::str::from_utf8(&bytes).unwrap()).unwrap();
            assert_eq!(key.verify(&changed, 0), Err(TicketError::Forged), "at {at}");
            if at > 0 {
                let cut = Ticket::parse(&text[..at]).unwrap();
                assert_eq!(key.verify(&cut, 0), Err(TicketError::Forged));
            }
        }
        // The role and the state of the call are part of what is signed.
        for (from, to) in [(".g.", ".h."), (".l.", ".u."), ("removed-once", "")] {
            let raised = Ticket::parse(&text.replace(from, to)).unwrap();
            assert_eq!(key.verify(&raised, 0), Err(TicketError::Forged), "{to}");
        }
    }
}
