//! Identifiers and secrets: strings of a fixed shape, checked when they are read.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// Why a text is not the id it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidId {
    /// What it should have been, in words.
    pub expected: &'static str,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for InvalidId {}

fn is_base64url(text: &str, length: usize) -> bool {
    text.len() == length
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $pattern:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = $pattern)))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Reads it from outside text; an error says what was expected.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId { expected: $expected })
                }
            }

            /// The text as it goes over the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

macro_rules! shown {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! secret {
    ($name:ident) => {
        // A secret never reaches a log by way of a derived Debug.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

id!(
    /// Names a room: 16 bytes as 22 base64url characters, made from a hash of the room secret. It
    /// is the invitation: whoever knows it may ask to join.
    RoomId,
    "a room id: 22 base64url characters",
    "^[A-Za-z0-9_-]{22}$",
    |text| is_base64url(text, 22)
);
secret!(RoomId);

id!(
    /// Makes its holder a host of the room whose id is made from it: 32 random bytes as
    /// 43 base64url characters. Made by the client that starts the call, and kept there.
    RoomSecret,
    "a room secret: 43 base64url characters",
    "^[A-Za-z0-9_-]{43}$",
    |text| is_base64url(text, 43)
);
secret!(RoomSecret);

id!(
    /// Names a participant for as long as it is in the room, across reconnections:
    /// 9 random bytes as 12 base64url characters, given by the server.
    ParticipantId,
    "a participant id: 12 base64url characters",
    "^[A-Za-z0-9_-]{12}$",
    |text| is_base64url(text, 12)
);
shown!(ParticipantId);

id!(
    /// A short code that stands for a room while it lasts: 8 digits, for typing.
    CallCode,
    "a call code: 8 digits",
    "^[0-9]{8}$",
    |text| text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit())
);
secret!(CallCode);

id!(
    /// What a client shows to be the same participant again after its connection was lost.
    /// Signed by the server, opaque to the client.
    Ticket,
    "a ticket: 1 to 1024 characters of base64url and dots",
    "^[A-Za-z0-9._-]{1,1024}$",
    |text| {
        (1..=crate::limits::TICKET_BYTES).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    }
);
secret!(Ticket);

id!(
    /// Names a session of the fallback (see PROTOCOL.md). It is a secret: whoever knows it speaks
    /// as its client. 24 random bytes as 32 base64url characters, given by the server.
    SessionId,
    "a session id: 32 base64url characters",
    "^[A-Za-z0-9_-]{32}$",
    |text| is_base64url(text, 32)
);
secret!(SessionId);

id!(
    /// What a device shows of itself in one room, so that whoever was removed from it can be kept
    /// out: 22 base64url characters. A client makes it from a secret of the device and the room
    /// id, so that it tells nothing in any other room.
    DeviceToken,
    "a device token: 22 base64url characters",
    "^[A-Za-z0-9_-]{22}$",
    |text| is_base64url(text, 22)
);
secret!(DeviceToken);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_checked_when_read() {
        assert!(RoomId::parse("AAAAAAAAAAAAAAAAAAAAAA").is_ok());
        for bad in [
            "",
            "AAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAA/",
            "AAAAAAAAAAAAAAAAAAAAé",
        ] {
            assert!(RoomId::parse(bad).is_err(), "{bad}");
            assert!(
                serde_json::from_value::<RoomId>(bad.into()).is_err(),
                "{bad}"
            );
        }
        assert!(CallCode::parse("01234567").is_ok());
        assert!(CallCode::parse("0123456x").is_err());
    }

    #[test]
    fn secrets_are_not_shown_by_debug() {
        let secret = RoomSecret::parse(&"s".repeat(43)).unwrap();
        assert_eq!(format!("{secret:?}"), "RoomSecret(..)");
        assert_eq!(format!("{:?}", Ticket::parse("a.b").unwrap()), "Ticket(..)");
    }
}
