//! The messages without serde: for a client that has a JSON parser of its own, as every browser
//! has, and whose every byte is sent to every visitor. What serde derives for them, with the
//! parser that goes with it, weighed a sixth of the page.
//!
//! A test in `tests/json.rs` holds both ways together.

use crate::{
    CallCode, Candidate, ClientMessage, DeviceToken, Error, ErrorCode, IceServer, KeptOut,
    LeaveReason, Media, Name, Participant, ParticipantId, Role, RoomId, RoomSecret, Sdp,
    ServerMessage, SessionId, Ticket,
};

/// A JSON value as some parser has it.
pub trait Json: Sized {
    fn is_object(&self) -> bool;
    /// A field of an object; none if it is not there or null.
    fn field(&self, name: &str) -> Option<Self>;
    fn as_text(&self) -> Option<String>;
    fn as_number(&self) -> Option<f64>;
    fn as_flag(&self) -> Option<bool>;
    fn as_list(&self) -> Option<Vec<Self>>;

    /// An object without fields.
    fn object() -> Self;
    /// Sets a field of an object.
    fn set(&mut self, name: &str, value: Self);
    fn text(text: &str) -> Self;
    fn number(number: f64) -> Self;
    fn flag(flag: bool) -> Self;
    fn list(values: Vec<Self>) -> Self;
}

/// What can be read from JSON.
pub trait FromJson: Sized {
    /// None if it is something else.
    fn from_json<J: Json>(json: &J) -> Option<Self>;

    /// What a field stands for that is not there; none if it has to be.
    fn absent() -> Option<Self> {
        None
    }
}

/// What can be written as JSON.
pub trait ToJson {
    /// None if a field of it is left out.
    fn to_json<J: Json>(&self) -> Option<J>;
}

/// Reads a field. For [`json_record`].
pub fn read<T: FromJson, J: Json>(json: &J, name: &str) -> Option<T> {
    match json.field(name) {
        Some(field) => T::from_json(&field),
        None => T::absent(),
    }
}

/// Reads a field that may be missing. For [`json_record`].
pub fn read_or_default<T: FromJson + Default, J: Json>(json: &J, name: &str) -> Option<T> {
    match json.field(name) {
        Some(field) => T::from_json(&field),
        None => Some(T::default()),
    }
}

/// Writes a field. For [`json_record`].
pub fn write<T: ToJson, J: Json>(json: &mut J, name: &str, value: &T) {
    if let Some(value) = value.to_json() {
        json.set(name, value);
    }
}

/// Implements [`FromJson`] and [`ToJson`] for a struct whose fields are called alike in JSON.
/// Those after `or_default` may be missing.
#[macro_export]
macro_rules! json_record {
    ($record:ident { $($needed:ident),* } or_default { $($optional:ident),* }) => {
        impl $crate::json::FromJson for $record {
            fn from_json<J: $crate::json::Json>(json: &J) -> Option<Self> {
                json.is_object().then_some(())?;
                Some(Self {
                    $($needed: $crate::json::read(json, stringify!($needed))?,)*
                    $($optional: $crate::json::read_or_default(json, stringify!($optional))?,)*
                })
            }
        }

        impl $crate::json::ToJson for $record {
            fn to_json<J: $crate::json::Json>(&self) -> Option<J> {
                let mut json = J::object();
                $($crate::json::write(&mut json, stringify!($needed), &self.$needed);)*
                $($crate::json::write(&mut json, stringify!($optional), &self.$optional);)*
                Some(json)
            }
        }
    };
}

json_record!(Media {} or_default { microphone, camera, screen });
json_record!(Participant { id, name, role, media, connected } or_default {});
json_record!(KeptOut { id, name } or_default {});
json_record!(Candidate { candidate, sdp_mid, sdp_m_line_index, username_fragment } or_default {});
json_record!(IceServer { urls, username, credential } or_default {});
json_record!(Error { code, message, refused, retry_after_ms } or_default {});

impl FromJson for ServerMessage {
    fn from_json<J: Json>(json: &J) -> Option<Self> {
        macro_rules! variant {
            ($variant:ident { $($needed:ident),* }) => {
                variant!($variant { $($needed),* } or_default {})
            };
            ($variant:ident { $($needed:ident),* } or_default { $($optional:ident),* }) => {
                Self::$variant {
                    $($needed: read(json, stringify!($needed))?,)*
                    $($optional: read_or_default(json, stringify!($optional))?,)*
                }
            };
        }
        let kind: String = read(json, "type")?;
        Some(match kind.as_str() {
            "lobby" => variant!(Lobby {
                room,
                names,
                ice_servers
            }),
            "found" => variant!(Found { room }),
            "joined" => variant!(Joined {
                room,
                participant,
                role,
                resumed,
                participants,
                locked,
                max_participants,
                ticket,
                ice_servers,
                received,
                missed,
                offered
            }),
            "participant_joined" => variant!(ParticipantJoined { participant }),
            "participant_left" => variant!(ParticipantLeft {
                participant,
                reason
            }),
            "participant_connection" => {
                variant!(ParticipantConnection { participant, connected } or_default { missed })
            }
            "media" => variant!(Media { from, media }),
            "renamed" => variant!(Renamed { from, name }),
            "role" => variant!(Role { participant, role }),
            "kept_out" => variant!(KeptOut { participants }),
            "waiting" => variant!(Waiting { count }),
            "offer" => variant!(Offer {
                from,
                connection,
                sdp
            }),
            "answer" => variant!(Answer {
                from,
                connection,
                sdp
            }),
            "candidate" => variant!(Candidate {
                from,
                connection,
                candidate
            }),
            "ice_error" => variant!(IceError {
                from,
                connection,
                code,
                text
            }),
            "code" => variant!(Code {
                code,
                expires_in_ms
            }),
            "ice_servers" => variant!(IceServers { ice_servers }),
            "locked" => variant!(Locked { locked }),
            "ticket" => variant!(Ticket { ticket }),
            "removed" => variant!(Removed {}),
            "stopping" => variant!(Stopping { retry_after_ms }),
            "received" => variant!(Received { count }),
            "attached" => variant!(Attached { received }),
            "pong" => variant!(Pong { id }),
            "error" => Self::Error(Error::from_json(json)?),
            _ => Self::Unknown,
        })
    }
}

impl ToJson for ClientMessage {
    fn to_json<J: Json>(&self) -> Option<J> {
        let mut json = J::object();
        json.set("type", J::text(self.kind()));
        macro_rules! fields {
            ($($field:ident),*) => {{
                $(write(&mut json, stringify!($field), $field);)*
            }};
        }
        match self {
            Self::Peek { room } => fields!(room),
            Self::Find { code } => fields!(code),
            Self::Join {
                room,
                name,
                secret,
                ticket,
                media,
                received,
                offer,
                device,
            } => {
                fields!(room, name, secret, ticket, media, received, offer, device)
            }
            Self::Offer {
                to,
                connection,
                sdp,
            }
            | Self::Answer {
                to,
                connection,
                sdp,
            } => {
                fields!(to, connection, sdp)
            }
            Self::Candidate {
                to,
                connection,
                candidate,
            } => fields!(to, connection, candidate),
            Self::IceError {
                to,
                connection,
                code,
                text,
            } => fields!(to, connection, code, text),
            Self::Media { media } => fields!(media),
            Self::Rename { name } => fields!(name),
            Self::Remove { participant }
            | Self::Readmit { participant }
            | Self::MakeHost { participant } => fields!(participant),
            Self::Lock { locked } => fields!(locked),
            Self::Received { count } => fields!(count),
            Self::Attach { session, received } => fields!(session, received),
            Self::Ping { id } => fields!(id),
            Self::Code {} | Self::Leave {} | Self::Away {} | Self::Unknown => {}
        }
        Some(json)
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json<J: Json>(json: &J) -> Option<Self> {
        T::from_json(json).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn to_json<J: Json>(&self) -> Option<J> {
        self.as_ref().and_then(T::to_json)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json<J: Json>(json: &J) -> Option<Self> {
        json.as_list()?.iter().map(T::from_json).collect()
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn to_json<J: Json>(&self) -> Option<J> {
        Some(J::list(self.iter().filter_map(T::to_json).collect()))
    }
}

impl FromJson for bool {
    fn from_json<J: Json>(json: &J) -> Option<Self> {
        json.as_flag()
    }
}

impl ToJson for bool {
    fn to_json<J: Json>(&self) -> Option<J> {
        Some(J::flag(*self))
    }
}

/// Whole numbers. JSON's own are binary64 in JavaScript, which is exact up to 2^53.
macro_rules! whole {
    ($($number:ty),*) => {$(
        impl FromJson for $number {
            fn from_json<J: Json>(json: &J) -> Option<Self> {
                let number = json.as_number()?;
                // `as` cuts and saturates: what it changes is none.
                let whole = number as $number;
                (whole as f64 == number).then_some(whole)
            }
        }

        impl ToJson for $number {
            fn to_json<J: Json>(&self) -> Option<J> {
                Some(J::number(*self as f64))
            }
        }
    )*};
}
whole!(u16, u32, u64);

impl FromJson for String {
    fn from_json<J: Json>(json: &J) -> Option<Self> {
        json.as_text()
    }
}

impl ToJson for String {
    fn to_json<J: Json>(&self) -> Option<J> {
        Some(J::text(self))
    }
}

/// Texts of a type of their own.
macro_rules! texts {
    ($($text:ident: $parse:expr, $show:expr;)*) => {$(
        impl FromJson for $text {
            fn from_json<J: Json>(json: &J) -> Option<Self> {
                let parse: fn(String) -> Option<Self> = $parse;
                parse(json.as_text()?)
            }
        }

        impl ToJson for $text {
            fn to_json<J: Json>(&self) -> Option<J> {
                let show: fn(&Self) -> &str = $show;
                Some(J::text(show(self)))
            }
        }
    )*};
}
texts! {
    RoomId: |text| Self::parse(&text).ok(), Self::as_str;
    RoomSecret: |text| Self::parse(&text).ok(), Self::as_str;
    ParticipantId: |text| Self::parse(&text).ok(), Self::as_str;
    CallCode: |text| Self::parse(&text).ok(), Self::as_str;
    SessionId: |text| Self::parse(&text).ok(), Self::as_str;
    DeviceToken: |text| Self::parse(&text).ok(), Self::as_str;
    Ticket: |text| Self::parse(&text).ok(), Self::as_str;
    Name: |text| Some(Self::clean(&text)), Self::as_str;
    Sdp: |text| Some(Self::new(text)), Self::as_str;
    Role: |text| Some(word(&ROLES, &text).unwrap_or(Self::Guest)), |role| word_of(&ROLES, *role);
    LeaveReason: |text| Some(word(&LEAVE_REASONS, &text).unwrap_or(Self::Left)),
        |reason| word_of(&LEAVE_REASONS, *reason);
    ErrorCode: |text| Some(word(&ERROR_CODES, &text).unwrap_or(Self::Other)),
        |code| word_of(&ERROR_CODES, *code);
}

const ROLES: [(&str, Role); 2] = [("host", Role::Host), ("guest", Role::Guest)];

const LEAVE_REASONS: [(&str, LeaveReason); 3] = [
    ("left", LeaveReason::Left),
    ("removed", LeaveReason::Removed),
    ("lost", LeaveReason::Lost),
];

const ERROR_CODES: [(&str, ErrorCode); 13] = [
    ("bad_message", ErrorCode::BadMessage),
    ("unknown_type", ErrorCode::UnknownType),
    ("too_large", ErrorCode::TooLarge),
    ("too_many_messages", ErrorCode::TooManyMessages),
    ("wrong_state", ErrorCode::WrongState),
    ("unavailable", ErrorCode::Unavailable),
    ("full", ErrorCode::Full),
    ("removed", ErrorCode::Removed),
    ("not_host", ErrorCode::NotHost),
    ("no_such_participant", ErrorCode::NoSuchParticipant),
    ("bad_ticket", ErrorCode::BadTicket),
    ("bad_secret", ErrorCode::BadSecret),
    ("server_busy", ErrorCode::ServerBusy),
];

fn word<T: Copy>(words: &[(&str, T)], text: &str) -> Option<T> {
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value)
}

fn word_of<T: PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    let found = words.iter().find(|(_, other)| *other == value);
    found.map_or("other", |(word, _)| word)
}
