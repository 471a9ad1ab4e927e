//! Any clients, saying anything at any time: nothing is said to a closed connection, and nothing
//! is left when all are gone.
#![no_main]

use std::collections::BTreeSet;
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use protocol::{
    Candidate, ChatText, ClientMessage, DeviceToken, Media, Name, ParticipantId, RoomId,
    RoomSecret, Sdp, ServerMessage, Ticket,
};
use room::{Anchor, Config, SocketId, Input, Keys, Output, Rooms, Snapshot, TicketKey, Totals};
use web_time::Instant;

#[derive(Debug, Arbitrary)]
enum Step<'a> {
    Open {
        address: [u8; 4],
    },
    Close {
        who: u8,
    },
    Peek {
        who: u8,
        room: u8,
    },
    Join {
        who: u8,
        room: u8,
        host: bool,
        ticket: Option<u8>,
        name: &'a str,
        device: bool,
    },
    Find {
        who: u8,
        code: u8,
    },
    Relay {
        who: u8,
        to: u8,
        kind: u8,
        connection: u32,
        text: &'a str,
    },
    Media {
        who: u8,
        media: [bool; 3],
    },
    Rename {
        who: u8,
        name: &'a str,
    },
    Write {
        who: u8,
        to: Option<u8>,
        text: &'a str,
    },
    Code {
        who: u8,
    },
    Remove {
        who: u8,
        whom: u8,
    },
    Readmit {
        who: u8,
        whom: u8,
    },
    MakeHost {
        who: u8,
        whom: u8,
    },
    Lock {
        who: u8,
        locked: bool,
    },
    Leave {
        who: u8,
    },
    Away {
        who: u8,
    },
    /// Whatever can be read as a message.
    Text {
        who: u8,
        text: &'a str,
    },
    Wait {
        ms: u16,
    },
    WaitLong {
        seconds: u16,
    },
    Stop,
}

struct World {
    rooms: Rooms,
    now: Instant,
    next: u64,
    open: BTreeSet<SocketId>,
    people: Vec<ParticipantId>,
    tickets: Vec<Ticket>,
    codes: Vec<protocol::CallCode>,
}

impl World {
    fn new() -> Self {
        let now = Instant::now();
        let keys = Keys {
            ticket: TicketKey::new(&[1; 32]),
        };
        let anchor = Anchor {
            instant: now,
            unix_ms: 1_790_000_000_000,
        };
        let config = Config {
            max_participants: 3,
            max_rooms: 3,
            max_connections: 12,
            max_connections_per_address: 8,
            max_lobbies_per_room: 3,
            ..Config::default()
        };
        Self {
            rooms: Rooms::new(config, keys, anchor, [2; 32]),
            now,
            next: 0,
            open: BTreeSet::new(),
            people: Vec::new(),
            tickets: Vec::new(),
            codes: Vec::new(),
        }
    }

    fn handle(&mut self, input: Input) {
        self.rooms.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.rooms.poll_output() {
            match output {
                Output::Send { to, message } => self.sent(to, message),
                Output::SendMany { to, message } => {
                    for to in to {
                        self.sent(to, message.clone());
                    }
                }
                Output::Close { connection, .. } => assert!(self.open.remove(&connection)),
                Output::Grant { .. } | Output::Probe { .. } | Output::Revoke { .. } => {}
            }
        }
    }

    fn sent(&mut self, to: SocketId, message: ServerMessage) {
        assert!(self.open.contains(&to), "sent to a closed connection");
        match message {
            ServerMessage::Joined {
                participant,
                ticket,
                ..
            } => {
                self.people.push(participant);
                self.tickets.push(ticket);
            }
            ServerMessage::Code { code, .. } => self.codes.push(code),
            _ => {}
        }
    }

    fn who(&self, who: u8) -> SocketId {
        let at = usize::from(who) % self.open.len().max(1);
        self.open
            .iter()
            .nth(at)
            .copied()
            .unwrap_or(SocketId(u64::MAX))
    }

    fn say(&mut self, who: u8, message: ClientMessage) {
        let connection = self.who(who);
        self.handle(Input::Message {
            connection,
            message,
        });
    }

    fn person(&self, n: u8) -> ParticipantId {
        let nobody = || ParticipantId::parse("AAAAAAAAAAAA").expect("an id");
        self.people
            .iter()
            .rev()
            .nth(usize::from(n))
            .cloned()
            .unwrap_or_else(nobody)
    }

    fn wait(&mut self, duration: Duration) {
        self.now += duration;
        self.rooms.handle_timeout(self.now);
        self.drain();
        assert!(self.rooms.poll_timeout().is_none_or(|at| at > self.now));
    }

    fn run(&mut self, step: &Step<'_>) {
        match *step {
            Step::Open { address } => {
                self.next += 1;
                let connection = SocketId(self.next);
                self.open.insert(connection);
                self.handle(Input::Opened {
                    connection,
                    address: address.into(),
                    ice: None,
                });
            }
            Step::Close { who } => {
                let connection = self.who(who);
                self.open.remove(&connection);
                self.handle(Input::Closed { connection });
            }
            Step::Peek { who, room } => self.say(who, ClientMessage::Peek { room: id(room) }),
            Step::Join {
                who,
                room,
                host,
                ticket,
                name,
                device,
            } => {
                let ticket = ticket.and_then(|it| self.tickets.get(usize::from(it)).cloned());
                let message = ClientMessage::Join {
                    room: id(room),
                    name: Some(Name::clean(name)),
                    secret: host.then(|| secret(room)),
                    ticket,
                    media: host.then(Media::default),
                    received: host.then_some(0),
                    offer: (!host).then(|| Sdp::new("v=0")),
                    device: device.then(token),
                };
                self.say(who, message);
            }
            Step::Find { who, code } => {
                if let Some(code) = self.codes.get(usize::from(code)).cloned() {
                    self.say(who, ClientMessage::Find { code });
                }
            }
            Step::Relay {
                who,
                to,
                kind,
                connection,
                text,
            } => {
                let to = self.person(to);
                let message = relayed(to, kind, connection, text);
                self.say(who, message);
            }
            Step::Media {
                who,
                media: [microphone, camera, screen],
            } => {
                let media = Media {
                    microphone,
                    camera,
                    screen,
                };
                self.say(who, ClientMessage::Media { media });
            }
            Step::Rename { who, name } => {
                self.say(
                    who,
                    ClientMessage::Rename {
                        name: Name::clean(name),
                    },
                );
            }
            Step::Write { who, to, text } => {
                let to = to.map(|to| self.person(to));
                if let Some(text) = ChatText::clean(text) {
                    self.say(who, ClientMessage::Chat { id: 1, text, to });
                }
            }
            Step::Code { who } => self.say(who, ClientMessage::Code {}),
            Step::Remove { who, whom } => {
                let participant = self.person(whom);
                self.say(who, ClientMessage::Remove { participant });
            }
            Step::Readmit { who, whom } => {
                let participant = self.person(whom);
                self.say(who, ClientMessage::Readmit { participant });
            }
            Step::MakeHost { who, whom } => {
                let participant = self.person(whom);
                self.say(who, ClientMessage::MakeHost { participant });
            }
            Step::Lock { who, locked } => self.say(who, ClientMessage::Lock { locked }),
            Step::Leave { who } => self.say(who, ClientMessage::Leave {}),
            Step::Away { who } => self.say(who, ClientMessage::Away {}),
            Step::Text { who, text } => {
                if let Ok(message) = serde_json::from_str(text) {
                    self.say(who, message);
                }
            }
            Step::Wait { ms } => self.wait(Duration::from_millis(ms.into())),
            Step::WaitLong { seconds } => self.wait(Duration::from_secs(seconds.into())),
            Step::Stop => self.handle(Input::Stop),
        }
    }
}

fn token() -> DeviceToken {
    DeviceToken::parse(&"d".repeat(22)).expect("a device token")
}

fn secret(n: u8) -> RoomSecret {
    let letter = ["A", "E", "I", "M"][usize::from(n) % 4];
    RoomSecret::parse(&letter.repeat(43)).expect("a secret")
}

fn id(n: u8) -> RoomId {
    room::room_of(&secret(n)).expect("a room id")
}

fn relayed(to: ParticipantId, kind: u8, connection: u32, text: &str) -> ClientMessage {
    let sdp = Sdp::new(text);
    match kind % 5 {
        0 => ClientMessage::Offer {
            to,
            connection,
            sdp,
        },
        1 => ClientMessage::Answer {
            to,
            connection,
            sdp,
        },
        2 => ClientMessage::Candidate {
            to,
            connection,
            candidate: None,
        },
        3 => {
            let candidate = Some(Candidate {
                candidate: text.to_owned(),
                sdp_mid: Some(text.to_owned()),
                sdp_m_line_index: None,
                username_fragment: None,
            });
            ClientMessage::Candidate {
                to,
                connection,
                candidate,
            }
        }
        _ => ClientMessage::IceError {
            to,
            connection,
            code: 701,
            text: text.to_owned(),
        },
    }
}

fuzz_target!(|steps: Vec<Step<'_>>| {
    let mut world = World::new();
    for step in &steps {
        world.run(step);
        let totals = world.rooms.totals();
        assert_eq!(totals.connections, world.open.len());
        assert!(totals.rooms <= 3 && totals.participants <= 9);
    }
    while let Some(connection) = world.open.pop_first() {
        world.handle(Input::Closed { connection });
    }
    world.wait(Duration::from_secs(3_600));
    assert_eq!(world.rooms.totals(), Totals::default());
    assert_eq!(world.rooms.snapshot(world.now), Snapshot::default());
    assert_eq!(world.rooms.poll_timeout(), None);
});
