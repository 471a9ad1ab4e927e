//! What the socket did and what the server said.

use std::time::Duration;

use protocol::{
    ClientMessage, CloseCode, Error, ErrorCode, LeaveReason, Participant, ParticipantId, Role,
    ServerMessage,
};
use signalling::{Gap, Heard, SocketEvent, SocketId};

use super::call::{Call, Stage};
use super::device_token;
use crate::context::Context;
use crate::interface::{Effect, TabMessage};
use crate::repair;
use crate::stage::{Entered, Entry, Presence, Session};
use crate::view::{Bell, EndReason, NoticeKind, Problem};

/// How often a bell tells at most that somebody waits outside of a locked call: whoever has its link
/// can go away and come again as often as they like.
const RINGS_FOR_WAITING: Duration = Duration::from_secs(30);
/// At most so many people who are kept out are listed.
const MAX_KEPT_OUT: usize = 64;

impl Call {
    pub(crate) fn socket(&mut self, socket: SocketId, event: SocketEvent) {
        match self.line.handle(self.now, socket, event) {
            Heard::Nothing => {}
            Heard::Opened => self.say_hello(),
            Heard::Message(message) => {
                self.count(&message);
                self.message(message);
            }
            Heard::Closed(code) => {
                self.lost_socket();
                if code == Some(CloseCode::Removed.as_u16()) {
                    self.end(EndReason::Removed);
                } else if code == Some(CloseCode::Replaced.as_u16()) {
                    self.end(EndReason::Replaced);
                }
            }
        }
    }

    /// Counts what comes in a call.
    fn count(&mut self, message: &ServerMessage) {
        if let Stage::Call(session) = &mut self.stage
            && session.presence == Presence::Here
            && let Some(count) = session.delivery.heard(message)
        {
            let received = ClientMessage::Received { count };
            self.line.send(self.now, received);
        }
    }

    /// Says on an open socket what it is for.
    pub(super) fn say_hello(&mut self) {
        let media = self.media.media();
        let hello = match &mut self.stage {
            Stage::Home(home) => match home.finding.clone() {
                Some(code) => ClientMessage::Find { code },
                None => return,
            },
            Stage::Lobby(lobby) => lobby.hello(),
            Stage::Call(session) => {
                let secret = self.memory.device.as_ref();
                let device = secret.and_then(|it| device_token::token(it, &session.about.room));
                session.hello(self.memory.name.clone(), media, device)
            }
            Stage::Ended(_) => return,
        };
        self.line.send(self.now, hello);
    }

    pub(super) fn lost_socket(&mut self) {
        match &mut self.stage {
            Stage::Lobby(lobby) => lobby.lost(),
            Stage::Call(session) => session.lost(),
            Stage::Home(_) | Stage::Ended(_) => {}
        }
    }

    fn message(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Found { room } => {
                if matches!(&self.stage, Stage::Home(home) if home.finding.is_some()) {
                    self.go_to_lobby(room, None);
                }
            }
            ServerMessage::Lobby {
                room,
                names,
                ice_servers,
            } => {
                if let Stage::Lobby(lobby) = &mut self.stage
                    && lobby.room == room
                {
                    lobby.set_ice_servers(ice_servers, &mut self.out);
                    let came = lobby.looked(names);
                    if let Some(name) = came {
                        self.ring(Bell::Came { name });
                    }
                }
            }
            ServerMessage::IceServers { ice_servers } => match &mut self.stage {
                Stage::Lobby(lobby) => lobby.set_ice_servers(ice_servers, &mut self.out),
                Stage::Call(session) => session.set_ice_servers(ice_servers, &mut self.out),
                Stage::Home(_) | Stage::Ended(_) => {}
            },
            ServerMessage::Joined {
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
                offered,
            } => {
                let about = Entered {
                    room,
                    participant,
                    role,
                    resumed,
                    locked,
                    max_participants,
                    ticket,
                };
                let received = (!missed).then_some(received);
                self.joined(about, participants, ice_servers, received, offered);
            }
            ServerMessage::Received { count } => {
                if let Stage::Call(session) = &mut self.stage {
                    session.delivery.arrived(count);
                }
            }
            ServerMessage::Ticket { ticket } => {
                if let Stage::Call(session) = &mut self.stage {
                    session.about.ticket = ticket;
                }
            }
            ServerMessage::Stopping { retry_after_ms } => {
                let retry_after = Duration::from_millis(retry_after_ms);
                self.line.stopping(self.now, retry_after);
                if let Stage::Call(_) = self.stage {
                    self.notices.add(self.now, NoticeKind::ServerRestarting);
                }
            }
            ServerMessage::Waiting { count } => self.waits(count),
            ServerMessage::Removed {} => self.end(EndReason::Removed),
            ServerMessage::Error(error) => self.refused(&error),
            ServerMessage::Pong { .. }
            | ServerMessage::Attached { .. }
            | ServerMessage::Unknown => {}
            ServerMessage::Chat { from, id, text } => self.chat_came(from, id, text),
            message => {
                self.write_again(&message);
                self.in_room(message);
            }
        }
    }

    /// So many people wait outside of the call because it is locked.
    fn waits(&mut self, count: u32) {
        let now = self.now;
        let Stage::Call(session) = &mut self.stage else {
            return;
        };
        let is_for_me = session.about.locked && session.about.role == Role::Host;
        let count = if is_for_me { count } else { 0 };
        let before = std::mem::replace(&mut session.waiting, count);
        if before == count {
            return;
        }
        self.notices.waiting(now, before, count);
        let last = session.rang_for_waiting;
        if count == 0 {
            self.bell = self.bell.take().filter(|it| *it != Bell::Waiting);
        } else if count > before && last.is_none_or(|at| now >= at + RINGS_FOR_WAITING) {
            session.rang_for_waiting = Some(now);
            self.ring(Bell::Waiting);
        } else if self.hidden {
            self.bell.get_or_insert(Bell::Waiting);
        }
    }

    /// What is said to participants.
    fn in_room(&mut self, message: ServerMessage) {
        let now = self.now;
        let notice = self.in_call(|session, cx| match message {
            ServerMessage::ParticipantJoined { participant } => session
                .present(participant, Gap::Missed, repair::LEFT_TO_RETURNED, cx)
                .map(|name| NoticeKind::Joined { name }),
            ServerMessage::ParticipantLeft {
                participant,
                reason,
            } => {
                let name = session.gone(&participant, cx.out)?;
                Some(if reason == LeaveReason::Removed {
                    NoticeKind::RemovedByHost { name }
                } else {
                    NoticeKind::Left { name }
                })
            }
            ServerMessage::ParticipantConnection {
                participant,
                connected,
                missed,
            } => {
                let peer = session.peer(&participant)?;
                peer.about.connected = connected;
                if connected {
                    peer.missing_until = None;
                    let gap = if missed { Gap::Missed } else { Gap::None };
                    peer.back(gap, repair::LEFT_TO_RETURNED, cx);
                }
                None
            }
            ServerMessage::Media { from, media } => {
                session.peer(&from)?.about.media = media;
                None
            }
            ServerMessage::Renamed { from, name } => {
                session.peer(&from)?.about.name = name;
                None
            }
            ServerMessage::Role { participant, role } => {
                let own = participant == session.about.participant;
                let (now, name) = if own {
                    (&mut session.about.role, None)
                } else {
                    let about = &mut session.peer(&participant)?.about;
                    (&mut about.role, Some(about.name.clone()))
                };
                let changed = std::mem::replace(now, role) != role;
                if own && role == Role::Guest {
                    session.kept_out.clear();
                }
                changed.then_some(match name {
                    None => NoticeKind::OwnRole { role },
                    Some(name) => NoticeKind::Role { name, role },
                })
            }
            ServerMessage::KeptOut { participants } => {
                session.kept_out = participants.into_iter().take(MAX_KEPT_OUT).collect();
                None
            }
            ServerMessage::Code {
                code,
                expires_in_ms,
            } => {
                session.coded(now, code, expires_in_ms);
                None
            }
            ServerMessage::Locked { locked } => {
                let changed = std::mem::replace(&mut session.about.locked, locked) != locked;
                changed.then_some(NoticeKind::Locked { locked })
            }
            signal => {
                session.signal(signal, cx);
                None
            }
        });
        if let Stage::Call(session) = &self.stage {
            // The call may be open now, or this person may be no host any more.
            self.waits(session.waiting);
        }
        if let Some(NoticeKind::Joined { name }) = notice.as_ref().and_then(Option::as_ref) {
            let name = name.clone();
            self.met(std::iter::once(name.clone()));
            self.ring(Bell::Came { name });
        }
        if let Some(Some(notice)) = notice {
            self.notices.add(now, notice);
        }
    }

    fn joined(
        &mut self,
        about: Entered,
        participants: Vec<Participant>,
        ice_servers: Vec<protocol::IceServer>,
        received: Option<u64>,
        offered: Option<ParticipantId>,
    ) {
        let names: Vec<_> = participants.iter().map(|it| it.name.clone()).collect();
        match &mut self.stage {
            Stage::Lobby(lobby) if lobby.room == about.room => {
                lobby.asked = false;
                if lobby.entry == Entry::Looking {
                    // The person thought better of it while the answer was on its way.
                    lobby.spend_offer();
                    self.line.send(self.now, ClientMessage::Leave {});
                    let room = about.room;
                    self.line.send(self.now, ClientMessage::Peek { room });
                    return;
                }
                lobby.set_ice_servers(ice_servers.clone(), &mut self.out);
                let (mut prepared, own) = lobby.take_prepared();
                let secret = lobby.secret.take();
                let announced = lobby.announced.clone();
                let waited = lobby.waits_for.is_some();
                let at_unix_ms = self.unix_ms();
                self.memory.enter(&about.room, secret.clone(), at_unix_ms);
                let pass = self.pass.take().filter(|it| it.room == about.room);
                let here = TabMessage::Here {
                    room: about.room.clone(),
                };
                self.out.push(Effect::TellTabs(here));
                let mut session = Session::new(about, secret, ice_servers, announced, self.now);
                session.go_on_from(pass.map(|it| it.numbers).unwrap_or_default());
                match (offered, &mut prepared) {
                    (Some(_), Some(connection)) if own => connection.offer_was_sent(self.now),
                    (Some(to), _) => session.offered_before(to),
                    (None, _) => {}
                }
                self.leave_stage(Stage::Call(Box::new(session)));
                self.in_call(|session, cx| session.meet(participants, prepared, cx));
                if waited {
                    self.ring(Bell::LetIn);
                }
            }
            Stage::Call(session) if session.about.room == about.room => {
                session.set_ice_servers(ice_servers, &mut self.out);
                let away = self.line.away();
                let (gap, again) = session.count_on(&about, received);
                if gap == Gap::None {
                    // These are counted already.
                    for message in again {
                        self.line.send(self.now, message);
                    }
                    self.in_call(|session, cx| {
                        session.reentered(about, participants, gap, away, cx)
                    });
                    self.write_after_absence(None);
                } else {
                    let present: Vec<_> = participants.iter().map(|it| it.id.clone()).collect();
                    self.in_call(|session, cx| {
                        session.reentered(about, participants, gap, away, cx)
                    });
                    for message in again {
                        self.send_to_room(message);
                    }
                    self.write_after_absence(Some(&present));
                }
                // If anybody does, the server says so next.
                self.waits(0);
            }
            _ => return,
        }
        self.met(names.into_iter());
    }

    /// Remembers who was met in the present call.
    fn met(&mut self, names: impl Iterator<Item = protocol::Name>) {
        let Stage::Call(session) = &self.stage else {
            return;
        };
        self.memory.meet(&session.about.room, names);
    }

    fn refused(&mut self, error: &Error) {
        let refused = error.refused.as_deref().unwrap_or_default();
        match &mut self.stage {
            Stage::Home(home) if refused == "find" => home.refused(error),
            Stage::Lobby(lobby) if refused == "join" => {
                let had_pass = error.code == ErrorCode::BadTicket && self.pass.take().is_some();
                if had_pass {
                    // The pass is void, so the server is asked again without it.
                    lobby.asked = false;
                } else {
                    lobby.refused(self.now, error);
                }
            }
            Stage::Lobby(lobby) if error.code == ErrorCode::ServerBusy => {
                lobby.problem = Some(Problem::ServerBusy);
            }
            Stage::Call(_) if refused == "join" && error.code == ErrorCode::Removed => {
                self.end(EndReason::Removed);
            }
            Stage::Call(session) if refused == "join" => {
                let says_more = session.refused(self.now, error);
                if says_more {
                    self.say_hello();
                }
            }
            Stage::Call(session) => match (refused, error.code) {
                ("offer" | "answer" | "candidate", ErrorCode::TooManyMessages) => {
                    session.slowed(self.now, error);
                }
                (
                    "remove" | "readmit" | "make_host" | "lock" | "code" | "rename" | "media"
                    | "chat",
                    _,
                ) => {
                    self.notices.add(self.now, NoticeKind::Refused);
                }
                _ => {}
            },
            _ => {}
        }
    }
}

impl Session {
    /// Hands what somebody said of its connection to that connection.
    fn signal(&mut self, message: ServerMessage, cx: &mut Context<'_>) {
        match message {
            ServerMessage::Offer {
                from,
                connection,
                sdp,
            } => {
                if let Some(peer) = self.peer(&from) {
                    peer.offer(connection, sdp, cx);
                }
            }
            ServerMessage::Answer {
                from,
                connection,
                sdp,
            } => {
                if let Some(it) = self.peer(&from).and_then(|it| it.numbered(connection)) {
                    it.remote_answer(cx.now, sdp);
                }
            }
            ServerMessage::Candidate {
                from,
                connection,
                candidate,
            } => {
                if let Some(it) = self.peer(&from).and_then(|it| it.numbered(connection)) {
                    it.remote_candidate(cx.now, candidate);
                }
            }
            ServerMessage::IceError {
                from,
                connection,
                code,
                text,
            } => {
                if let Some(it) = self.peer(&from).and_then(|it| it.numbered(connection)) {
                    it.remote_ice_error(cx.now, code, &text);
                }
            }
            _ => {}
        }
    }
}
