//! Which directions and encodings the transceivers of a connection get, by what the person wants.

use super::peer_connection::Connection;
use crate::interface::{Direction, Directions, Encodings};
use crate::media::{BEGIN_SCALE, Wish, Wishes};

impl Connection {
    /// Whether the directions that were set last are those that `wishes` ask for. True if none were set.
    pub(crate) fn fits(&self, wishes: Wishes) -> bool {
        self.directions
            .is_none_or(|set| set == self.directions_for(wishes))
    }

    /// How the own pictures are to go out over this connection now.
    pub(super) fn encodings_for(&self, wishes: Wishes) -> Encodings {
        let mut encodings = wishes.encodings;
        if !self.carries_picture {
            encodings.camera.scale_down_by = encodings.camera.scale_down_by.max(BEGIN_SCALE);
        }
        encodings
    }

    /// The directions that `wishes` come to here.
    pub(super) fn directions_for(&self, wishes: Wishes) -> Directions {
        let set = self.directions;
        let one = |wish, receives: bool, set: Option<Direction>| {
            let sends = match wish {
                Wish::Send => true,
                Wish::Receive => false,
                Wish::Keep => set.is_some_and(Direction::sends),
            };
            Direction::of(sends, receives)
        };
        // There is a place for a screen from the first offer on, so that sharing one needs no other
        // offer: Firefox, if it has answered the first one, makes offers that Chromium refuses.
        let reserved = |set: Option<Direction>| set.or(Some(Direction::SendRecv));
        Directions {
            microphone: one(wishes.microphone, true, set.map(|it| it.microphone)),
            camera: one(wishes.camera, wishes.pictures, set.map(|it| it.camera)),
            screen: one(
                wishes.screen,
                wishes.pictures,
                reserved(set.map(|it| it.screen)),
            ),
            screen_sound: one(
                wishes.screen_sound,
                true,
                reserved(set.map(|it| it.screen_sound)),
            ),
        }
    }

    /// The same for an answer, which cannot have what the offer does not have.
    pub(super) fn directions_of_answer(&self, wishes: Wishes) -> Directions {
        let mut directions = self.directions_for(wishes);
        let only_receives = |direction: Direction| Direction::of(false, direction.receives());
        if !self.offered.screen {
            directions.screen = only_receives(directions.screen);
        }
        if !self.offered.screen_sound {
            directions.screen_sound = only_receives(directions.screen_sound);
        }
        directions
    }
}
