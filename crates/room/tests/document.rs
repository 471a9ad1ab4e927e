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

#[test]
fn the_limits_in_the_document_are_the_usual_ones() {
    let document = include_str!("../../../PROTOCOL.md");
    let config = room::Config::default();
    let tries = config.code_tries_per_minute;
    for row in [
        format!(
            "| {} at once, {} a second in the long run",
            config.message_burst, config.messages_per_second
        ),
        format!(
            "| connections of one IPv4 address or IPv6 /64 | {} ",
            config.max_connections_per_address
        ),
        format!(
            "| lobbies that look into one room | {} |",
            config.max_lobbies_per_room
        ),
        format!(
            "| {tries} a minute from one IPv4 address or IPv6 /64; {} from one",
            tries * 4
        ),
        format!(
            "more than {} a minute from everywhere",
            config.code_tries_per_minute_in_all
        ),
        format!(
            "| a lost participant's place | {} seconds |",
            config.hold.as_secs()
        ),
        format!(
            "| a call code | {} minutes |",
            config.code_lifetime.as_secs() / 60
        ),
        format!(
            "| a ticket | {} hours;",
            config.ticket_lifetime.as_secs() / 3_600
        ),
        format!(
            "| a room that was brought back by a ticket, without a host | {} seconds ",
            config.settle.as_secs()
        ),
    ] {
        assert!(document.contains(&row), "{row}");
    }
}
