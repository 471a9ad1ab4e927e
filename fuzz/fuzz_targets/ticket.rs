//! No text is a ticket of a key that did not make it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{ParticipantId, RoomId, Ticket};
use room::{CallState, Claims, Mark, Removed, Standing, TicketError, TicketKey};

fuzz_target!(|input: (&str, u64, u64, u64)| {
    let (text, issued, expires, now) = input;
    let key = TicketKey::new(&[7; 32]);
    if let Ok(ticket) = Ticket::parse(text) {
        assert_eq!(key.verify(&ticket, now), Err(TicketError::Forged));
    }
    let claims = Claims {
        room: RoomId::parse("AAAAAAAAAAAAAAAAAAAAAA").expect("a room id"),
        participant: ParticipantId::parse("AAAAAAAAAAAA").expect("a participant id"),
        standing: Standing::Acting,
        issued,
        expires,
        arrived: now,
        counting: now ^ issued,
        call: CallState {
            opened: issued,
            version: expires,
            locked: now % 2 == 1,
            removed: vec![Removed {
                participant: ParticipantId::parse("BBBBBBBBBBBB").expect("a participant id"),
                device: None,
                whence: Some(Mark(now | 1)),
            }],
            left: Vec::new(),
        },
    };
    let ticket = key.issue(&claims).expect("a ticket");
    let expected = if now < expires {
        Ok(claims)
    } else {
        Err(TicketError::Expired)
    };
    assert_eq!(key.verify(&ticket, now), expected);
});
