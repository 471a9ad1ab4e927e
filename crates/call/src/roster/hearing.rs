//! How loud this person hears each of the others.

use protocol::ParticipantId;

use crate::interface::{ConnectionId, Hearing, MediaOp};
use crate::outbox::Outbox;

/// Choices for more people than this are not kept. The oldest goes first.
const MAX_CHOICES: usize = 256;

/// What was chosen for the people of a call. A choice outlives connections, also those of somebody who
/// comes back with the same id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hearings {
    chosen: Vec<(ParticipantId, Hearing)>,
    /// What the shell was told.
    applied: Vec<(ConnectionId, Hearing)>,
}

impl Hearings {
    pub(crate) fn choose(&mut self, id: ParticipantId, hearing: Hearing) {
        let hearing = Hearing {
            percent: hearing.percent.min(100),
            ..hearing
        };
        self.chosen.retain(|(other, _)| *other != id);
        if self.chosen.len() >= MAX_CHOICES {
            self.chosen.remove(0);
        }
        if hearing != Hearing::default() {
            self.chosen.push((id, hearing));
        }
    }

    pub(crate) fn of(&self, id: &ParticipantId) -> Hearing {
        let chosen = self.chosen.iter().find(|(other, _)| other == id);
        chosen.map_or_else(Hearing::default, |(_, hearing)| *hearing)
    }

    /// Tells the shell what is new for these people and their connections.
    pub(crate) fn settle<'a>(
        &mut self,
        people: impl Iterator<Item = (&'a ParticipantId, ConnectionId)>,
        out: &mut Outbox,
    ) {
        let applied = std::mem::take(&mut self.applied);
        for (id, connection) in people {
            let hearing = self.of(id);
            let before = applied.iter().find(|(other, _)| *other == connection);
            let before = before.map_or_else(Hearing::default, |(_, hearing)| *hearing);
            if hearing != before {
                out.media(MediaOp::Hear {
                    connection,
                    hearing,
                });
            }
            if hearing != Hearing::default() {
                self.applied.push((connection, hearing));
            }
        }
    }
}
