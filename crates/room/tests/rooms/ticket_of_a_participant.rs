//! A ticket is good for one room of one server.

use protocol::{ErrorCode, Ticket};
use room::Config;

use crate::world::{World, as_host, with_ticket};

#[test]
fn a_ticket_of_another_room_or_a_made_up_one_is_refused() {
    let mut world = World::new(Config::default());
    let host = world.enter(as_host(1)).unwrap();
    world.enter(as_host(2)).unwrap();
    for message in [
        with_ticket(2, &host.ticket),
        with_ticket(1, &Ticket::parse("1.a.b").unwrap()),
        with_ticket(1, &Ticket::parse(&"A".repeat(512)).unwrap()),
    ] {
        assert_eq!(world.enter(message).unwrap_err(), ErrorCode::BadTicket);
    }
    assert_eq!(world.closed(host.connection), None);
}
