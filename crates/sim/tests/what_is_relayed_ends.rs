//! What the relay does for somebody ends when that one is gone, however it went; and what it does
//! for the others goes on.

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use call::Command;
    use sim::{Fault, World};

    /// How long the relay keeps what nobody gave back.
    const LIFETIME: Duration = Duration::from_secs(600);
    /// A dead socket is noticed, and then a place is held.
    const HELD: Duration = Duration::from_secs(90);

    /// A host and a guest who see each other by the relay, and nothing else at rest.
    fn call(seed: u64) -> World {
        let mut world = World::relayed(seed, 2, 4);
        world.begin_call();
        assert_eq!((world.links(), world.allocations()), (1, 2));
        world
    }

    /// No datagram reaches the relay, so that nobody can give anything back.
    fn deafen(world: &mut World) {
        world.fault(Fault::Datagrams {
            lost: 100,
            doubled: 0,
        });
    }

    #[test]
    fn within_a_second_of_being_removed() {
        for seed in 0..4 {
            let mut world = call(seed);
            deafen(&mut world);
            let people = world.view(0).unwrap().people;
            let participant = people[0].id.clone();
            world.command(0, Command::Remove { participant });
            world.run_for(Duration::from_secs(1));
            assert_eq!(world.allocations(), 1, "seed {seed}: the host's");
        }
    }

    #[test]
    fn within_a_second_of_leaving() {
        for seed in 0..4 {
            let mut world = call(seed);
            deafen(&mut world);
            world.command(1, Command::Leave);
            world.run_for(Duration::from_secs(1));
            assert_eq!(world.allocations(), 1, "seed {seed}: the host's");
        }
    }

    #[test]
    fn within_a_second_of_a_connection_that_is_closed() {
        for seed in 0..4 {
            let mut world = call(seed);
            world.command(1, Command::Leave);
            world.run_for(Duration::from_secs(1));
            assert_eq!(
                world.allocations(),
                0,
                "seed {seed}: given back by the host"
            );
        }
    }

    #[test]
    fn when_somebody_who_vanished_has_no_place_any_more() {
        for seed in 0..4 {
            let mut world = call(seed);
            world.fault(Fault::Vanish { page: 1 });
            world.run_for(Duration::from_secs(5));
            assert_eq!(world.allocations(), 2, "seed {seed}: may still come back");
            world.run_for(HELD);
            assert_eq!(world.allocations(), 0, "seed {seed}");
        }
    }

    /// The host's connection to a guest who left is closed, and the relay does not hear of it.
    #[test]
    fn when_its_lifetime_is_over() {
        for seed in 0..4 {
            let mut world = call(seed);
            deafen(&mut world);
            world.command(1, Command::Leave);
            world.run_for(LIFETIME / 2);
            assert_eq!(world.allocations(), 1, "seed {seed}: nobody gave it back");
            world.run_for(LIFETIME / 2 + Duration::from_secs(1));
            assert_eq!(world.allocations(), 0, "seed {seed}");
        }
    }

    #[test]
    fn when_the_server_is_killed_and_then_there_are_new_ones() {
        for seed in 0..4 {
            let mut world = call(seed);
            let down = Duration::from_secs(2);
            world.fault(Fault::Crash { down });
            assert_eq!(world.allocations(), 0);
            world.run_for(Duration::from_secs(60));
            world.assert_settled();
            // Also what was asked for meanwhile by a connection that was closed before the answer.
            world.run_for(LIFETIME);
            world.assert_no_allocation_is_left();
            assert_eq!((world.links(), world.allocations()), (1, 2), "seed {seed}");
        }
    }

    #[test]
    fn not_with_the_credentials_that_began_it() {
        for seed in 0..2 {
            let mut world = call(seed);
            world.fault(Fault::Datagrams {
                lost: 5,
                doubled: 5,
            });
            world.run_for(4 * LIFETIME);
            world.assert_settled();
            assert_eq!((world.links(), world.allocations()), (1, 2), "seed {seed}");
        }
    }
}
