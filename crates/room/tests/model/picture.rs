//! What a client makes of what it is told.

use std::collections::{BTreeMap, VecDeque};

use protocol::{CloseCode, Name, Participant, ParticipantId, Role, RoomId, ServerMessage};
use room::SocketId;

use crate::clients::id;
use crate::model::Model;
use crate::parts::Person;

/// What a client knows from what it was told.
#[derive(Debug, Default)]
pub struct Client {
    /// What it has yet to look at.
    pub inbox: VecDeque<ServerMessage>,
    pub lobby: Option<(RoomId, Vec<Name>)>,
    pub view: Option<View>,
    pub closed: Option<CloseCode>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    room: RoomId,
    me: ParticipantId,
    role: Role,
    locked: bool,
    others: BTreeMap<ParticipantId, Participant>,
    /// Who is kept out, as far as a host is told.
    kept_out: Vec<ParticipantId>,
    /// How many wait outside, as far as a host is told.
    waiting: u32,
}

/// What a client should know by now.
pub fn view(model: &Model, connection: SocketId) -> View {
    let me = model.me(connection).expect("who joined is somebody");
    let others = model.in_room(me.room).filter(|it| it.id != me.id);
    View {
        room: id(me.room),
        me: me.id.clone(),
        role: me.standing.role(),
        kept_out: kept_out(model, me),
        waiting: waiting(model, me),
        locked: model.is_locked(me.room),
        others: others
            .map(|it| {
                let participant = Participant {
                    id: it.id.clone(),
                    name: it.name.clone(),
                    role: it.standing.role(),
                    media: it.media,
                    connected: it.link.is_ok(),
                };
                (it.id.clone(), participant)
            })
            .collect(),
    }
}

fn kept_out(model: &Model, me: &Person) -> Vec<ParticipantId> {
    let removed = model.removed.iter().filter(|(room, _)| *room == me.room);
    let is_host = me.standing.role() == Role::Host;
    let removed = removed.filter(|_| is_host);
    removed.map(|(_, it)| it.id.clone()).collect()
}

fn waiting(model: &Model, me: &Person) -> u32 {
    let is_host = me.standing.role() == Role::Host;
    let call = model.call(me.room).filter(|_| is_host);
    call.map_or(0, |it| it.waiting.told())
}

impl Client {
    /// Takes in the news of the lobby that came before anything else.
    pub fn read_lobby(&mut self) {
        while let Some(ServerMessage::Lobby { room, names, .. }) = self.inbox.front() {
            assert_eq!(self.view, None, "no lobby in a room");
            self.lobby = Some((room.clone(), names.clone()));
            self.inbox.pop_front();
        }
    }

    /// Takes in what was sent, as PROTOCOL.md says.
    pub fn read(&mut self) {
        loop {
            self.read_lobby();
            let Some(message) = self.inbox.pop_front() else {
                return;
            };
            match message {
                ServerMessage::Joined {
                    room,
                    participant,
                    role,
                    participants,
                    locked,
                    ..
                } => {
                    self.lobby = None;
                    let others = participants.into_iter().map(|it| (it.id.clone(), it));
                    self.view = Some(View {
                        room,
                        me: participant,
                        role,
                        locked,
                        others: others.collect(),
                        kept_out: Vec::new(),
                        waiting: 0,
                    });
                }
                message => self.in_room(message),
            }
        }
    }

    fn in_room(&mut self, message: ServerMessage) {
        let view = self
            .view
            .as_mut()
            .unwrap_or_else(|| panic!("{message:?} outside of a room"));
        match message {
            ServerMessage::ParticipantJoined { participant } => {
                let old = view.others.insert(participant.id.clone(), participant);
                assert_eq!(old, None, "joined twice");
            }
            ServerMessage::ParticipantLeft { participant, .. } => {
                assert_ne!(participant, view.me);
                view.others.remove(&participant);
            }
            ServerMessage::ParticipantConnection {
                participant,
                connected,
                ..
            } => {
                let other = view.others.get_mut(&participant).expect("somebody known");
                assert_ne!(
                    std::mem::replace(&mut other.connected, connected),
                    connected
                );
            }
            ServerMessage::Media { from, media } => {
                view.others.get_mut(&from).expect("somebody known").media = media;
            }
            ServerMessage::Renamed { from, name } => {
                view.others.get_mut(&from).expect("somebody known").name = name;
            }
            ServerMessage::Role { participant, role } if participant == view.me => {
                view.role = role;
                if role == Role::Guest {
                    view.kept_out.clear();
                    view.waiting = 0;
                }
            }
            ServerMessage::Role { participant, role } => {
                let other = view.others.get_mut(&participant);
                other.expect("somebody known").role = role;
            }
            ServerMessage::KeptOut { participants } => {
                view.kept_out = participants.into_iter().map(|it| it.id).collect();
            }
            ServerMessage::Waiting { count } => {
                assert_eq!(view.role, Role::Host, "a guest is told");
                view.waiting = count;
            }
            ServerMessage::Locked { locked } => {
                view.locked = locked;
                view.waiting = if locked { view.waiting } else { 0 };
            }
            other => panic!("not expected here: {other:?}"),
        }
    }
}
