//! Many worlds, each from its own seed: people come and go, change their devices and the
//! network fails in every way. When it is over, everyone who stayed is connected, and the
//! server knows of nobody else.

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use call::{Command, MediaError, PageEvent};
    use fastrand::Rng;
    use protocol::{RoomId, RoomSecret};
    use sim::browser::Permission;
    use sim::{Fault, World, seeds};

    /// How many worlds, unless the environment says more.
    const SEEDS: u64 = 20;
    /// How long things happen, and how long it takes to settle: longer than the server holds a
    /// place for somebody who was lost.
    const BUSY: Duration = Duration::from_secs(60);
    const QUIET: Duration = Duration::from_secs(150);

    fn room_of(page: usize, per_room: usize) -> (RoomSecret, RoomId) {
        World::room(u8::try_from(page / per_room).unwrap())
    }

    fn person_does(world: &mut World, page: usize, per_room: usize, rng: &mut Rng) {
        let (secret, room) = room_of(page, per_room);
        let on = rng.bool();
        match rng.u8(0..14) {
            0 | 1 => {
                world.command(page, Command::StartCall { secret });
                world.command(page, Command::Join);
            }
            2 | 3 => {
                world.command(page, Command::OpenRoom { room });
                world.command(page, Command::Join);
            }
            4 => world.command(page, Command::Leave),
            5 => {
                world.command(page, Command::CallAgain);
                world.command(page, Command::Join);
            }
            6 | 7 => world.command(page, Command::SetCamera { on }),
            8 => world.command(page, Command::SetMicrophone { on }),
            9 => world.command(page, Command::SetScreen { on }),
            10 => world.command(page, Command::RetryMedia),
            11 => {
                let name = format!("name {}", rng.u8(..));
                world.command(page, Command::SetName { name });
            }
            12 => {
                let devices = &mut world.browser(page).unwrap().devices;
                devices.unplug_camera();
            }
            _ => {
                let denied = Permission::Refused(MediaError::Denied);
                let permission = if on { Permission::Granted } else { denied };
                let devices = &mut world.browser(page).unwrap().devices;
                devices.camera_permission = permission;
            }
        }
    }

    fn fault(pages: usize, rng: &mut Rng) -> Fault {
        let down = Duration::from_millis(rng.u64(0..6_000));
        match rng.u8(0..12) {
            0..=5 => Fault::Cut {
                page: rng.usize(0..pages),
            },
            6..=8 => Fault::Blocked(true),
            9 | 10 => Fault::Restart { down },
            _ => Fault::Crash { down },
        }
    }

    fn live(seed: u64, pages: usize, per_room: usize, faults: bool) -> World {
        let max_participants = u32::try_from(per_room).unwrap();
        let mut world = World::new(seed, pages, max_participants);
        let mut rng = Rng::with_seed(!seed);
        for page in 0..pages {
            let (secret, room) = room_of(page, per_room);
            world.command(
                page,
                if page % per_room == 0 {
                    Command::StartCall { secret }
                } else {
                    Command::OpenRoom { room }
                },
            );
            world.command(page, Command::Join);
        }
        while world.elapsed() < BUSY {
            world.run_for(Duration::from_millis(rng.u64(0..3_000)));
            let page = rng.usize(0..pages);
            person_does(&mut world, page, per_room, &mut rng);
            if faults && rng.u8(0..3) == 0 {
                let fault = fault(pages, &mut rng);
                world.fault(fault);
                if fault == Fault::Blocked(true) {
                    world.run_for(Duration::from_millis(rng.u64(0..12_000)));
                    world.fault(Fault::Blocked(false));
                }
            }
            if rng.u8(0..6) == 0 {
                world.page_event(page, PageEvent::Online);
            }
        }
        world.run_for(QUIET);
        world
    }

    fn worlds(pages: usize, per_room: usize, faults: bool) {
        let range = seeds(SEEDS);
        let (mut people, mut links, mut steps) = (0, 0, 0);
        for seed in range.clone() {
            let result = std::panic::catch_unwind(|| {
                let world = live(seed, pages, per_room, faults);
                world.assert_settled();
                (world.people_in_calls(), world.links(), world.steps)
            });
            let Ok(counts) = result else {
                panic!("the world of CRABCALL_SIM_SEED={seed} does not settle");
            };
            people += counts.0;
            links += counts.1;
            steps += counts.2;
        }
        println!("{range:?}: {steps} steps, {people} people stayed, {links} links between them");
        let is_one = range.end - range.start == 1;
        assert!(is_one || links > 0, "nobody was connected with anybody");
    }

    #[test]
    fn pairs_with_a_good_network() {
        worlds(4, 2, false);
    }

    #[test]
    fn pairs() {
        worlds(4, 2, true);
    }

    /// More people in one room than one connection each.
    #[test]
    fn groups() {
        worlds(4, 4, true);
    }
}
