//! Back in the browser's history closes what is open or asks, but does not leave a call by itself.

use call::{Command, Memory, Screen};

use crate::support::{World, room};

#[test]
fn a_call_goes_on_and_its_address_is_shown_again() {
    let mut world = World::connected(true, |_| Memory::default());
    let shown = &world.sides[1].kept.addresses;
    assert_eq!(
        *shown,
        [(Some(room()), false), (Some(room()), true)],
        "the call has an entry of its own"
    );
    for (backs, to) in [(1, Some(room())), (2, None)] {
        world.sides[1].kept.addresses.clear();
        world.command(1, Command::Went { room: to });
        world.run();
        world.assert_connected();
        assert_eq!(world.view(1).backs, backs);
        let shown = &world.sides[1].kept.addresses;
        assert_eq!(*shown, [(Some(room()), true)]);
    }
}

#[test]
fn everywhere_else_it_leads_where_the_address_says() {
    let mut world = World::new(true);
    world.command(0, Command::Went { room: Some(room()) });
    assert!(matches!(world.view(0).screen, Screen::Lobby { .. }));
    world.command(0, Command::Went { room: None });
    assert!(matches!(world.view(0).screen, Screen::Home { .. }));
    assert_eq!(world.view(0).backs, 0);
    assert!(
        world.sides[0].kept.addresses.is_empty(),
        "the address bar shows it already"
    );
}
