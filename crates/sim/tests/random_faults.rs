//! A host, a guest and a stranger, and a thousand random things that happen to them, their
//! sockets and their server; in every other world they reach each other through the server's relay
//! only. Afterwards there is no ghost, and everyone who stayed is connected.
//! Then the server is killed once more: people, roles and the lock are what they were.

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use call::{Command, PageEvent, Screen};
    use fastrand::Rng;
    use protocol::{ParticipantId, Role};
    use sim::{Fault, World, seeds};

    const STEPS: usize = 1_000;
    /// How many worlds, unless the environment says more. Each of the parts takes its share.
    const SEEDS: u64 = 100;
    const PARTS: u64 = 4;
    const PAGES: usize = 3;
    /// Longer than credentials for the relay last.
    const CREDENTIALS: Duration = Duration::from_secs(320);
    /// Longer than an allocation lasts of which the relay hears nothing.
    const ALLOCATION: Duration = Duration::from_secs(610);
    /// Longer than it takes to notice that a socket is dead, and then a place is held.
    const QUIET: Duration = Duration::from_secs(150);

    fn ms(rng: &mut Rng, most: u64) -> Duration {
        Duration::from_millis(rng.u64(0..most))
    }

    /// Under a name of its own, for who was removed is known by name and address.
    fn enter(world: &mut World, page: usize) {
        let (secret, room) = World::room(0);
        let name = format!("page {page} after {} steps", world.steps);
        world.command(page, Command::SetName { name });
        world.command(
            page,
            if page == 0 {
                Command::StartCall { secret }
            } else {
                Command::OpenRoom { room }
            },
        );
        world.command(page, Command::Join);
    }

    /// A host lets everyone in again who was removed.
    fn readmit_all(world: &mut World, page: usize) {
        let room = world.view(page).and_then(|it| it.room);
        for person in room.into_iter().flat_map(|it| it.kept_out) {
            let participant = person.id;
            world.command(page, Command::Readmit { participant });
        }
    }

    fn step(world: &mut World, rng: &mut Rng) {
        let page = rng.usize(0..PAGES);
        let on = rng.bool();
        match rng.u8(0..43) {
            0..=5 => enter(world, page),
            6 => world.command(page, Command::Leave),
            7..=9 => world.command(page, Command::SetLocked { locked: on }),
            10 => {
                let people = world.view(page).map(|it| it.people);
                if let Some(person) = people.and_then(|it| it.into_iter().next()) {
                    let participant = person.id;
                    world.command(page, Command::Remove { participant });
                }
            }
            11..=13 => world.command(page, Command::SetCamera { on }),
            14 => world.command(page, Command::SetScreen { on }),
            15..=17 => world.fault(Fault::Cut { page }),
            18 => world.fault(Fault::HalfOpen { page }),
            19 => {
                let down = ms(rng, 6_000);
                world.fault(Fault::Crash { down });
            }
            20 if on => {
                let down = ms(rng, 3_000);
                world.fault(Fault::Restart { down });
            }
            21 => world.fault(Fault::Blocked(true)),
            22..=25 => world.fault(Fault::Blocked(false)),
            26 => world.page_event(page, PageEvent::Online),
            27 => world.page_event(page, PageEvent::NetworkChanged),
            28 => world.page_event(page, PageEvent::Visible),
            29 => {
                let most = Duration::from_millis(rng.u64(1..800));
                world.network.delay = (Duration::from_millis(1), most);
            }
            30 if on => world.fault(Fault::Vanish { page }),
            31 => {
                let (lost, doubled) = (rng.u8(0..40), rng.u8(0..20));
                world.fault(Fault::Datagrams { lost, doubled });
            }
            32 => world.fault(Fault::Move { page }),
            33 | 34 => readmit_all(world, page),
            _ => world.run_for(ms(rng, 600)),
        }
        world.run_for(ms(rng, 150));
    }

    fn quiet(world: &mut World, time: Duration) {
        world.fault(Fault::Blocked(false));
        world.fault(Fault::Datagrams {
            lost: 2,
            doubled: 2,
        });
        world.network.delay = (Duration::from_millis(1), Duration::from_millis(120));
        world.run_for(time);
    }

    /// Who a page is in the call, and whether it sees it locked.
    fn standing(world: &World, page: usize) -> Option<(ParticipantId, Role, bool)> {
        let view = world.view(page)?;
        if !matches!(view.screen, Screen::Call { .. }) {
            return None;
        }
        Some((view.me.participant?, view.me.role, view.room?.locked))
    }

    fn live(seed: u64) -> u64 {
        let is_relayed = seed % 8 >= 4;
        let world = if is_relayed {
            World::relayed
        } else {
            World::new
        };
        let mut world = world(seed, PAGES, 3);
        let mut rng = Rng::with_seed(!seed);
        for number in 0..STEPS {
            if is_relayed && number == STEPS / 2 {
                world.run_for(CREDENTIALS);
            }
            step(&mut world, &mut rng);
        }
        quiet(&mut world, QUIET);
        world.assert_settled();

        // The host and the guest in a call, locked or not, and the stranger outside.
        world.command(2, Command::Leave);
        enter(&mut world, 0);
        world.run_for(Duration::from_secs(5));
        world.command(0, Command::SetLocked { locked: false });
        readmit_all(&mut world, 0);
        world.run_for(Duration::from_secs(5));
        enter(&mut world, 1);
        world.run_for(Duration::from_secs(20));
        let locked = rng.bool();
        world.command(0, Command::SetLocked { locked });
        world.run_for(Duration::from_secs(5));
        let before = [0, 1].map(|page| standing(&world, page));
        let lock = before.clone().map(|it| it.map(|it| it.2));
        assert_eq!(lock, [Some(locked); 2], "both know of the lock");

        let down = ms(&mut rng, 8_000);
        if rng.bool() {
            let page = rng.usize(0..2);
            world.fault(Fault::Cut { page });
            world.run_for(ms(&mut rng, 3_000));
        }
        world.fault(Fault::Crash { down });
        world.run_for(ms(&mut rng, 10_000));
        enter(&mut world, 2);
        quiet(&mut world, QUIET);
        world.assert_settled();
        let after = [0, 1].map(|page| standing(&world, page));
        assert_eq!(after, before, "people, roles and lock survive");
        assert_eq!(standing(&world, 2).is_some(), !locked, "the stranger");
        assert_eq!(world.carried() > 0, is_relayed, "what the relay carried");
        if is_relayed {
            end(&mut world);
        }
        world.steps
    }

    /// Those who were with the host are gone, and the host waits for longer than anything lasts;
    /// then somebody comes, and at last all leave.
    fn end(world: &mut World) {
        world.command(1, Command::Leave);
        world.fault(Fault::Vanish { page: 2 });
        // The host gives its connection to this one up when its place is given up, and that word
        // may be lost.
        world.run_for(QUIET);
        world.assert_settled();
        world.run_for(ALLOCATION);
        world.assert_no_allocation_is_left();
        world.command(0, Command::SetLocked { locked: false });
        world.run_for(Duration::from_secs(5));
        enter(world, 1);
        world.run_for(Duration::from_secs(20));
        world.assert_settled();
        assert_eq!(world.people_in_calls(), 2, "the host and a guest");
        for page in 0..PAGES {
            world.command(page, Command::Leave);
        }
        world.run_for(Duration::from_secs(2));
        assert_eq!(world.allocations(), 0, "nobody is there");
    }

    fn part(part: u64) {
        let range = seeds(SEEDS);
        let mut steps = 0;
        for seed in range.clone().filter(|seed| seed % PARTS == part) {
            let result = std::panic::catch_unwind(|| live(seed));
            let Ok(count) = result else {
                panic!("the world of CRABCALL_SIM_SEED={seed} does not survive");
            };
            steps += count;
        }
        println!("{range:?}, part {part}: {steps} steps");
    }

    #[test]
    fn a_thousand_steps_part_1() {
        part(0);
    }

    #[test]
    fn a_thousand_steps_part_2() {
        part(1);
    }

    #[test]
    fn a_thousand_steps_part_3() {
        part(2);
    }

    #[test]
    fn a_thousand_steps_part_4() {
        part(3);
    }
}
