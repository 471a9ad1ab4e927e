//! How a call begins.

use std::time::Duration;

use call::Command;
use protocol::{RoomId, RoomSecret};

use crate::World;

impl World {
    /// The secret of the room of this number, and the room.
    pub fn room(number: u8) -> (RoomSecret, RoomId) {
        let letter = char::from(b'a' + number % 26);
        let text = format!("{}A", letter.to_string().repeat(42));
        let parsed = RoomSecret::parse(&text);
        let Ok(secret) = parsed else {
            unreachable!("{text} is a secret");
        };
        let Some(room) = room::room_of(&secret) else {
            unreachable!("{text} is the secret of a room");
        };
        (secret, room)
    }

    /// The first page starts a call and the second one joins it; then all is at rest.
    pub fn begin_call(&mut self) {
        let (secret, room) = World::room(1);
        self.command(0, Command::StartCall { secret });
        self.command(1, Command::OpenRoom { room });
        for page in 0..2 {
            self.command(page, Command::Join);
        }
        self.run_for(Duration::from_secs(20));
        self.assert_settled();
    }
}
