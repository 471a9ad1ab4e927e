//! PROTOCOL.md shows how a room id is made; it is made so.

#![cfg(test)]

use protocol::RoomSecret;

#[test]
fn the_room_of_the_secret_in_the_document_is_the_one_it_says() {
    let document = include_str!("../../../PROTOCOL.md");
    let after = |word: &str| {
        let (_, rest) = document.split_once(word).unwrap();
        rest.lines().next().unwrap().trim()
    };
    let secret = RoomSecret::parse(after("    secret ")).unwrap();
    assert_eq!(
        room::room_of(&secret).unwrap().as_str(),
        after("    room id ")
    );
}
