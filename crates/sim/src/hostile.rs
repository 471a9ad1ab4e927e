//! Anything at all, in any order: what an engine is given by a broken server, a broken browser
//! and somebody who presses every button. Decoded from bytes, so that a fuzzer can steer it.

mod message;

use std::time::Duration;

use call::{
    Allowed, CandidateKind, CandidatePair, CandidateSummary, Codec, Command, Completion,
    ConnectionEvent, ConnectionId, ConnectionState, Device, DeviceKind, Event, GatheringState,
    Hearing, IceState, Input, Level, MediaError, MediaEvent, Obstacle, OpError, Outcome, PageEvent,
    RequestId, SignalingState, SocketEvent, SocketId, StatsReport,
};
use protocol::{
    Candidate, IceServer, Media, Name, Participant, ParticipantId, Role, RoomId, RoomSecret, Sdp,
    SessionId,
};

use crate::kinds::{ConnectionEventKind, PlaybackKind};

/// Something that happens to an engine.
#[derive(Debug, Clone)]
pub enum Happening {
    Input(Input),
    Time(Duration),
}

/// What an engine has made so far: mischief that concerns nothing of it would not get far.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The newest socket.
    pub socket: u32,
    /// The open connections.
    pub connections: Vec<ConnectionId>,
    /// The newest request for devices.
    pub request: u32,
    /// The room it is in or looks into.
    pub room: Option<RoomId>,
}

/// Bytes that are read as happenings.
#[derive(Debug, Clone)]
pub struct Hostile<'a> {
    bytes: &'a [u8],
    known: Known,
}

impl<'a> Hostile<'a> {
    /// Reads from these.
    pub fn new(bytes: &'a [u8]) -> Self {
        let known = Known::default();
        Self { bytes, known }
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    /// A number below `bound`.
    fn below(&mut self, bound: u8) -> Option<u8> {
        Some(self.byte()? % bound.max(1))
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.byte()? & 1 == 1)
    }

    fn pick<T: Copy, const N: usize>(&mut self, from: [T; N]) -> Option<T> {
        let at = usize::from(self.byte()?) % N.max(1);
        from.get(at).copied()
    }

    /// Small numbers, and now and then a very large one.
    fn number(&mut self) -> Option<u32> {
        let byte = self.byte()?;
        Some(match byte {
            255 => u32::MAX,
            254 => u32::MAX - 1,
            other => u32::from(other % 6),
        })
    }

    fn long(&mut self) -> Option<u64> {
        let byte = self.byte()?;
        Some(if byte > 250 {
            u64::MAX
        } else {
            u64::from(byte) * 1_000
        })
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::from(self.byte()?) % 24;
        let length = length.min(self.bytes.len());
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    fn optional_text(&mut self) -> Option<Option<String>> {
        let some = self.flag()?;
        let text = self.text()?;
        Some(some.then_some(text))
    }

    fn connection(&mut self) -> Option<ConnectionId> {
        let byte = self.byte()?;
        let count = u8::try_from(self.known.connections.len()).unwrap_or(u8::MAX);
        let known = self.known.connections.get(usize::from(byte % count.max(1)));
        let known = known.copied().filter(|_| byte < 240);
        Some(known.unwrap_or(ConnectionId(u32::from(byte % 8))))
    }

    fn request(&mut self) -> Option<RequestId> {
        let back = self.pick([0, 0, 0, 1, 2, 9])?;
        Some(RequestId(self.known.request.saturating_sub(back)))
    }

    fn participant(&mut self) -> Option<ParticipantId> {
        let letter = char::from(b'a' + self.below(5)?);
        ParticipantId::parse(&letter.to_string().repeat(12)).ok()
    }

    fn media(&mut self) -> Option<Media> {
        let bits = self.byte()?;
        Some(Media {
            microphone: bits & 1 > 0,
            camera: bits & 2 > 0,
            screen: bits & 4 > 0,
            screen_sound: bits & 8 > 0,
        })
    }

    fn about(&mut self) -> Option<Participant> {
        Some(Participant {
            id: self.participant()?,
            name: Name::clean(&self.text()?),
            role: self.pick([Role::Host, Role::Guest])?,
            media: self.media()?,
            connected: self.flag()?,
        })
    }

    fn room(&mut self) -> Option<RoomId> {
        let letter = self.pick(['r', 'k', 'k', 'k'])?;
        if let Some(room) = self.known.room.as_ref().filter(|_| letter == 'k') {
            return Some(room.clone());
        }
        RoomId::parse(&letter.to_string().repeat(22)).ok()
    }

    fn ice_servers(&mut self) -> Option<Vec<IceServer>> {
        let count = self.below(3)?;
        let server = IceServer {
            urls: vec!["stun:192.0.2.1".to_owned()],
            username: None,
            credential: None,
        };
        Some(vec![server; usize::from(count)])
    }

    fn candidate(&mut self) -> Option<Option<Candidate>> {
        let some = self.flag()?;
        let candidate = Candidate {
            candidate: self.text()?,
            sdp_mid: self.optional_text()?,
            sdp_m_line_index: None,
            username_fragment: self.optional_text()?,
        };
        Some(some.then_some(candidate))
    }

    /// The next happening, given what is known; none at the end of the bytes.
    pub fn happening(&mut self, known: Known) -> Option<Happening> {
        self.known = known;
        Some(match self.below(16)? {
            0..=4 => Happening::Input(Input::Event(self.socket()?)),
            5..=9 => Happening::Input(Input::Event(self.connection_event()?)),
            10 | 11 => Happening::Input(Input::Event(Event::Media(self.media_event()?))),
            12 => Happening::Input(Input::Event(Event::Page(self.pick([
                PageEvent::Visible,
                PageEvent::Visible,
                PageEvent::Hidden,
                PageEvent::Hidden,
                PageEvent::Online,
                PageEvent::Online,
                PageEvent::Offline,
                PageEvent::NetworkChanged,
                PageEvent::Closing,
            ])?))),
            13 | 14 => Happening::Input(Input::Command(self.command()?)),
            _ => Happening::Time(Duration::from_millis(self.long()?.min(100_000))),
        })
    }

    fn socket(&mut self) -> Option<Event> {
        let back = self.pick([0, 0, 0, 0, 0, 0, 0, 1])?;
        let socket = SocketId(self.known.socket.saturating_sub(back));
        let event = match self.below(20)? {
            0..=2 => SocketEvent::Opened,
            16 => SocketEvent::Session(SessionId::parse(&"s".repeat(32)).ok()?),
            17 => SocketEvent::Numbered {
                number: self.pick([0, 1, 1, 2, 2, 3, u64::MAX])?,
                message: self.message()?,
            },
            18 => SocketEvent::Posted {
                through: self.pick([0, 1, 1, 2, 2, 3, u64::MAX])?,
                outcome: self.outcome()?,
            },
            19 if self.flag()? => SocketEvent::Asked,
            19 => SocketEvent::Ended(self.outcome()?),
            3 => SocketEvent::Closed {
                code: self.pick([
                    None,
                    None,
                    None,
                    None,
                    None,
                    Some(1001),
                    Some(4004),
                    Some(4005),
                ])?,
            },
            _ => SocketEvent::Message(self.message()?),
        };
        Some(Event::Socket { socket, event })
    }

    fn outcome(&mut self) -> Option<Outcome> {
        let blocked = Outcome::Blocked(Obstacle::Login);
        self.pick([Outcome::Done, Outcome::Failed, Outcome::Refused, blocked])
    }

    fn connection_event(&mut self) -> Option<Event> {
        let connection = self.connection()?;
        let event = match self.below(14)? {
            0..=2 => ConnectionEvent::Completed(Ok(Completion::Done)),
            3..=5 => {
                let sdp = Sdp::new(self.text()?);
                ConnectionEvent::Completed(Ok(Completion::LocalDescription(sdp)))
            }
            6 => ConnectionEvent::Completed(Err(OpError {
                name: self.text()?,
                message: self.text()?,
            })),
            7 => ConnectionEvent::Gathered(self.candidate()?),
            8 => ConnectionEvent::GatherError {
                code: 701,
                text: self.text()?,
                url: String::new(),
            },
            9 => ConnectionEvent::Ice(self.pick([
                IceState::New,
                IceState::Checking,
                IceState::Connected,
                IceState::Completed,
                IceState::Disconnected,
                IceState::Failed,
                IceState::Closed,
            ])?),
            10 => ConnectionEvent::State(self.pick([
                ConnectionState::Connecting,
                ConnectionState::Connected,
                ConnectionState::Disconnected,
                ConnectionState::Failed,
                ConnectionState::Closed,
            ])?),
            11 => self
                .pick([ConnectionEventKind::Needed, ConnectionEventKind::Frame])?
                .event(),
            12 => {
                if self.flag()? {
                    ConnectionEvent::Gathering(GatheringState::Complete)
                } else {
                    ConnectionEvent::Signaling(SignalingState::Stable)
                }
            }
            _ => ConnectionEvent::Stats(Box::new(self.stats()?)),
        };
        Some(Event::Connection { connection, event })
    }

    fn stats(&mut self) -> Option<StatsReport> {
        let summary = CandidateSummary {
            kind: self.pick([CandidateKind::Host, CandidateKind::Relayed])?,
            protocol: "udp".to_owned(),
            address: self.text()?,
            relay_protocol: self.optional_text()?,
        };
        Some(StatsReport {
            bytes_sent: self.long()?,
            bytes_received: self.long()?,
            packets_received: self.long()?,
            packets_lost: i64::try_from(self.long()?).unwrap_or(i64::MIN),
            frames_decoded: self.long()?,
            round_trip_ms: self.pick([None, Some(f64::NAN), Some(f64::INFINITY), Some(20.0)])?,
            selected_pair: Some(CandidatePair {
                local: summary.clone(),
                remote: summary,
            }),
            codecs: vec![
                Codec {
                    mime: self.text()?,
                    sending: true,
                };
                usize::from(self.byte()?)
            ],
            ..StatsReport::default()
        })
    }

    fn error(&mut self) -> Option<MediaError> {
        self.pick([
            MediaError::Denied,
            MediaError::Forbidden,
            MediaError::Missing,
            MediaError::Busy,
            MediaError::Gone,
            MediaError::Insecure,
            MediaError::Other,
        ])
    }

    fn media_event(&mut self) -> Option<MediaEvent> {
        Some(match self.below(13)? {
            0..=2 => MediaEvent::Opened {
                request: self.request()?,
                microphone: self.optional_text()?,
                camera: self.optional_text()?,
                faces_away: false,
            },
            3 => MediaEvent::OpenFailed {
                request: self.request()?,
                error: self.error()?,
                allowed: Allowed {
                    microphone: self.flag()?,
                    camera: self.flag()?,
                },
            },
            4 => MediaEvent::ScreenOpened {
                request: self.request()?,
                sound: self.flag()?,
            },
            5 => MediaEvent::ScreenFailed {
                request: self.request()?,
                error: self.error()?,
            },
            6 => MediaEvent::MicrophoneEnded,
            7 => MediaEvent::CameraEnded,
            8 => MediaEvent::ScreenEnded,
            9 => MediaEvent::Devices(vec![
                Device {
                    kind: DeviceKind::Camera,
                    id: self.text()?,
                    label: self.text()?,
                };
                usize::from(self.byte()?)
            ]),
            11 => MediaEvent::CameraSilenced {
                silenced: self.flag()?,
            },
            10 => MediaEvent::Levels {
                own: Level(0.5),
                remote: vec![
                    (self.connection()?, Level(self.pick([0.0, 0.5, f32::NAN])?));
                    usize::from(self.byte()?)
                ],
            },
            _ => self
                .pick([PlaybackKind::Blocked, PlaybackKind::Allowed])?
                .event(),
        })
    }

    fn command(&mut self) -> Option<Command> {
        let on = self.flag()?;
        let device_id = || on.then(|| "device".to_owned());
        Some(match self.below(40)? {
            0 => Command::StartCall {
                secret: RoomSecret::parse(&"A".repeat(43)).ok()?,
            },
            1 => Command::Find { text: self.text()? },
            2 => Command::Find {
                text: "1234 5678".to_owned(),
            },
            3 | 4 => Command::OpenRoom { room: self.room()? },
            5..=7 | 26..=39 => Command::Join,
            8 => Command::StopWaiting,
            9 => Command::Leave,
            10 => Command::CallAgain,
            11 => Command::GoHome,
            12 => Command::ForgetRecent { room: self.room()? },
            13 => Command::SetName { name: self.text()? },
            14 => Command::SetMicrophone { on },
            15 => Command::SetCamera { on },
            16 => Command::ChooseMicrophone {
                device_id: device_id(),
            },
            17 => Command::ChooseCamera {
                device_id: device_id(),
            },
            18 => Command::ChooseSpeaker {
                device_id: device_id(),
            },
            19 => Command::SetMusic { on },
            20 if self.flag()? => Command::SetRelayOnly { on },
            20 => Command::SetScreen { on },
            21 => Command::RetryMedia,
            22 if self.flag()? => Command::Hear {
                participant: self.participant()?,
                hearing: Hearing {
                    percent: self.byte()?,
                    muted: on,
                },
            },
            22 if self.flag()? => Command::OpenChat { open: on },
            22 if self.flag()? => Command::Write { text: self.text()? },
            22 => Command::RequestCode,
            23 => Command::Remove {
                participant: self.participant()?,
            },
            24 => Command::SetLocked { locked: on },
            _ => Command::DismissNotice { id: self.number()? },
        })
    }
}
