//! What clients say, and what that does in the room.

use call::{SocketEvent, SocketId};
use protocol::{
    CallCode, ClientMessage, CloseCode, ErrorCode, LeaveReason, Media, Name, Participant,
    ParticipantId, Role, Sdp, ServerMessage, Ticket,
};

use super::{Member, Relay};

const MAX_PARTICIPANTS: usize = 2;

impl Relay {
    pub fn message(&mut self, at: usize, socket: SocketId, message: ClientMessage) {
        if self.clients[at].socket != Some(socket) || self.unplugged == Some(at) {
            // It was cut, and the client does not know yet.
            return;
        }
        self.heard.0.push((at, message.clone()));
        match message {
            ClientMessage::Peek { .. } => {
                self.clients[at].looks = true;
                self.show_lobby(at);
            }
            ClientMessage::Join {
                ref name,
                ref secret,
                ref ticket,
                media,
                ref offer,
                ..
            } => {
                let name = name.clone().unwrap_or_default();
                let media = media.unwrap_or_default();
                if self.clients[at].joined.is_some() {
                    return self.refuse(at, &message, ErrorCode::WrongState);
                }
                if let Some(ticket) = ticket {
                    return self.resume(at, &message, ticket.clone(), name, media);
                }
                if secret.is_none() && self.members.is_empty() {
                    return self.refuse(at, &message, ErrorCode::Unavailable);
                }
                if self.members.len() >= MAX_PARTICIPANTS {
                    return self.refuse(at, &message, ErrorCode::Full);
                }
                let role = if secret.is_some() {
                    Role::Host
                } else {
                    Role::Guest
                };
                self.next_participant += 1;
                let number = self.next_participant;
                let number = if self.descending { 99 - number } else { number };
                let id = ParticipantId::parse(&format!("participan{number:02}")).unwrap();
                let about = Participant {
                    id,
                    name,
                    role,
                    media,
                    connected: true,
                };
                let offer = offer.clone();
                self.enter(at, about, false, offer);
            }
            ClientMessage::Leave {} => {
                if let Some(id) = self.clients[at].joined.take() {
                    self.leave(&id, LeaveReason::Left);
                }
            }
            ClientMessage::Away {} => {
                let socket = self.clients[at].socket;
                self.forget(at);
                self.clients[at].socket = socket;
            }
            ClientMessage::Ping { id } => self.say(at, ServerMessage::Pong { id }),
            ClientMessage::Find { .. } => {
                let room = self.room.clone();
                self.say(at, ServerMessage::Found { room });
            }
            message => self.participant_says(at, message),
        }
    }

    fn participant_says(&mut self, at: usize, message: ClientMessage) {
        let Some(from) = self.clients[at].joined.clone() else {
            return self.refuse(at, &message, ErrorCode::WrongState);
        };
        match message {
            ClientMessage::Offer {
                to,
                connection,
                sdp,
            } => self.relay(
                &to,
                ServerMessage::Offer {
                    from,
                    connection,
                    sdp,
                },
            ),
            ClientMessage::Answer {
                to,
                connection,
                sdp,
            } => self.relay(
                &to,
                ServerMessage::Answer {
                    from,
                    connection,
                    sdp,
                },
            ),
            ClientMessage::Candidate {
                to,
                connection,
                candidate,
            } => self.relay(
                &to,
                ServerMessage::Candidate {
                    from,
                    connection,
                    candidate,
                },
            ),
            ClientMessage::Media { media } => {
                self.members.get_mut(&from).unwrap().about.media = media;
                let message = ServerMessage::Media {
                    from: from.clone(),
                    media,
                };
                self.tell_others(&from, &message);
            }
            ClientMessage::Rename { name } => {
                self.members.get_mut(&from).unwrap().about.name = name.clone();
                let message = ServerMessage::Renamed {
                    from: from.clone(),
                    name,
                };
                self.tell_others(&from, &message);
            }
            ClientMessage::Chat { id, text, to } => {
                let message = ServerMessage::Chat {
                    from: from.clone(),
                    id,
                    text,
                };
                match to {
                    Some(to) => self.relay(&to, message),
                    None => self.tell_others(&from, &message),
                }
            }
            ClientMessage::Lock { locked } => {
                self.locked = locked;
                for at in 0..self.clients.len() {
                    if self.clients[at].joined.is_some() {
                        self.say(at, ServerMessage::Locked { locked });
                    }
                }
            }
            ClientMessage::Code {} => {
                let code = CallCode::parse("12345678").unwrap();
                self.say(
                    at,
                    ServerMessage::Code {
                        code,
                        expires_in_ms: 600_000,
                    },
                );
            }
            ClientMessage::Remove { participant } => {
                let client = self.members.get(&participant).and_then(|it| it.client);
                self.leave(&participant, LeaveReason::Removed);
                if let Some(at) = client {
                    self.say(at, ServerMessage::Removed {});
                    let socket = self.clients[at].socket.take().unwrap();
                    self.clients[at].joined = None;
                    let code = Some(CloseCode::Removed.as_u16());
                    self.clients[at]
                        .events
                        .push_back((socket, SocketEvent::Closed { code }));
                }
            }
            _ => {}
        }
    }

    fn relay(&mut self, to: &ParticipantId, message: ServerMessage) {
        if let Some(at) = self.members.get(to).and_then(|it| it.client) {
            self.say(at, message);
        }
    }

    fn resume(
        &mut self,
        at: usize,
        message: &ClientMessage,
        ticket: Ticket,
        name: Name,
        media: Media,
    ) {
        let id = ParticipantId::parse(ticket.as_str()).unwrap();
        let Some(member) = self.members.get_mut(&id) else {
            if self.knows_tickets {
                let about = Participant {
                    id,
                    name,
                    role: Role::Guest,
                    media,
                    connected: true,
                };
                return self.enter(at, about, true, None);
            }
            return self.refuse(at, message, ErrorCode::BadTicket);
        };
        let old = member.client.take();
        assert!(
            old.is_none(),
            "the relay knows at once when a socket is lost"
        );
        member.client = Some(at);
        member.about.connected = true;
        member.about.name = name;
        member.about.media = media;
        let role = member.about.role;
        self.clients[at].joined = Some(id.clone());
        self.tell_others(
            &id,
            &ServerMessage::ParticipantConnection {
                participant: id.clone(),
                connected: true,
                missed: true,
            },
        );
        self.tell_others(
            &id,
            &ServerMessage::Media {
                from: id.clone(),
                media,
            },
        );
        self.welcome(at, &id, role, true, None);
    }

    fn enter(&mut self, at: usize, about: Participant, resumed: bool, offer: Option<Sdp>) {
        let (id, role) = (about.id.clone(), about.role);
        let mut there = self.members.iter().filter(|(_, it)| it.client.is_some());
        let first = there.next().map(|(id, _)| id.clone());
        let offer = offer.and_then(|sdp| Some((first?, sdp)));
        self.clients[at].joined = Some(id.clone());
        self.clients[at].looks = false;
        self.members.insert(
            id.clone(),
            Member {
                about: about.clone(),
                client: Some(at),
            },
        );
        let offered = offer.as_ref().map(|(to, _)| to.clone());
        self.welcome(at, &id, role, resumed, offered);
        let participant = about;
        self.tell_others(&id, &ServerMessage::ParticipantJoined { participant });
        if let Some((to, sdp)) = offer {
            let (from, connection) = (id, 1);
            self.relay(
                &to,
                ServerMessage::Offer {
                    from,
                    connection,
                    sdp,
                },
            );
        }
        self.show_lobbies();
    }

    fn welcome(
        &mut self,
        at: usize,
        id: &ParticipantId,
        role: Role,
        resumed: bool,
        offered: Option<ParticipantId>,
    ) {
        let others = self.members.values().filter(|it| it.about.id != *id);
        let participants = others.map(|it| it.about.clone()).collect();
        self.say(
            at,
            ServerMessage::Joined {
                room: self.room.clone(),
                participant: id.clone(),
                role,
                resumed,
                participants,
                locked: self.locked,
                max_participants: 2,
                ticket: Ticket::parse(id.as_str()).unwrap(),
                ice_servers: self.ice_servers.clone(),
                received: 0,
                missed: resumed,
                offered,
            },
        );
    }

    pub(super) fn leave(&mut self, id: &ParticipantId, reason: LeaveReason) {
        self.members.remove(id);
        self.tell_others(
            id,
            &ServerMessage::ParticipantLeft {
                participant: id.clone(),
                reason,
            },
        );
        self.show_lobbies();
    }

    /// The server gives up waiting for those who are lost.
    pub fn give_up_lost(&mut self) {
        let lost: Vec<_> = self
            .members
            .iter()
            .filter(|(_, it)| it.client.is_none())
            .map(|(id, _)| id.clone())
            .collect();
        for id in lost {
            self.leave(&id, LeaveReason::Lost);
        }
    }
}
