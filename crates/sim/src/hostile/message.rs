//! What a broken server may say.

use protocol::{
    CallCode, ChatText, Error, ErrorCode, KeptOut, LeaveReason, Name, Role, Sdp, ServerMessage,
    Ticket,
};

use super::Hostile;
use crate::kinds::ServerMessageKind;

impl Hostile<'_> {
    pub(super) fn message(&mut self) -> Option<ServerMessage> {
        Some(match self.below(20)? {
            0 | 1 => ServerMessage::Lobby {
                room: self.room()?,
                names: vec![Name::clean(&self.text()?); usize::from(self.byte()?)],
                ice_servers: self.ice_servers()?,
            },
            2 if self.flag()? => ServerMessage::IceServers {
                ice_servers: self.ice_servers()?,
            },
            2 => ServerMessage::Found { room: self.room()? },
            3..=5 => {
                let count = self.below(4)?;
                let participants = (0..count).map(|_| self.about());
                let participants = participants.collect::<Option<_>>()?;
                ServerMessage::Joined {
                    room: self.room()?,
                    participant: self.participant()?,
                    role: self.pick([Role::Host, Role::Guest])?,
                    resumed: self.flag()?,
                    participants,
                    locked: self.flag()?,
                    max_participants: self.number()?,
                    ticket: Ticket::parse("t").ok()?,
                    ice_servers: self.ice_servers()?,
                    received: u64::from(self.below(4)?),
                    missed: self.flag()?,
                    offered: if self.flag()? {
                        Some(self.participant()?)
                    } else {
                        None
                    },
                }
            }
            6 => ServerMessage::ParticipantJoined {
                participant: self.about()?,
            },
            7 => ServerMessage::ParticipantLeft {
                participant: self.participant()?,
                reason: self.pick([LeaveReason::Left, LeaveReason::Removed])?,
            },
            8 => ServerMessage::ParticipantConnection {
                participant: self.participant()?,
                connected: self.flag()?,
                missed: self.flag()?,
            },
            9 => ServerMessage::Media {
                from: self.participant()?,
                media: self.media()?,
            },
            10 if self.flag()? => ServerMessage::Role {
                participant: self.participant()?,
                role: self.pick([Role::Host, Role::Guest])?,
            },
            10 if self.flag()? => ServerMessage::KeptOut {
                participants: vec![
                    KeptOut {
                        id: self.participant()?,
                        name: Name::clean(&self.text()?),
                    };
                    usize::from(self.below(4)?)
                ],
            },
            10 if self.flag()? => ServerMessage::Waiting {
                count: self.number()?,
            },
            10 if self.flag()? => ServerMessage::Chat {
                from: self.participant()?,
                id: self.long()?,
                text: ChatText::clean(&self.text()?)?,
            },
            10 => ServerMessage::Renamed {
                from: self.participant()?,
                name: Name::clean(&self.text()?),
            },
            11 | 12 => ServerMessage::Offer {
                from: self.participant()?,
                connection: self.number()?,
                sdp: Sdp::new(self.text()?),
            },
            13 => ServerMessage::Answer {
                from: self.participant()?,
                connection: self.number()?,
                sdp: Sdp::new(self.text()?),
            },
            14 => ServerMessage::Candidate {
                from: self.participant()?,
                connection: self.number()?,
                candidate: self.candidate()?,
            },
            15 => ServerMessage::IceError {
                from: self.participant()?,
                connection: self.number()?,
                code: 701,
                text: self.text()?,
            },
            16 => ServerMessage::Code {
                code: CallCode::parse("12345678").ok()?,
                expires_in_ms: self.long()?,
            },
            17 => self
                .pick([
                    ServerMessageKind::Locked,
                    ServerMessageKind::Removed,
                    ServerMessageKind::Pong,
                    ServerMessageKind::Received,
                    ServerMessageKind::Unknown,
                ])?
                .with(self.flag()?),
            18 => ServerMessage::Stopping {
                retry_after_ms: self.long()?,
            },
            _ => ServerMessage::Error(Error {
                code: self.pick([
                    ErrorCode::Unavailable,
                    ErrorCode::Full,
                    ErrorCode::Removed,
                    ErrorCode::BadTicket,
                    ErrorCode::BadSecret,
                    ErrorCode::TooManyMessages,
                    ErrorCode::ServerBusy,
                    ErrorCode::WrongState,
                    ErrorCode::Other,
                ])?,
                message: String::new(),
                refused: self
                    .pick([
                        None,
                        Some("join"),
                        Some("find"),
                        Some("offer"),
                        Some("lock"),
                    ])?
                    .map(str::to_owned),
                retry_after_ms: self.flag()?.then_some(self.long()?),
            }),
        })
    }
}
