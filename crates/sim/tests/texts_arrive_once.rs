//! Three people write to each other while their sockets are cut and the server is killed. Afterwards
//! each of them has read each text once.

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use call::Command;
    use fastrand::Rng;
    use sim::{Fault, World};

    const PAGES: usize = 3;
    /// Longer than a dead socket can go unnoticed, and than it takes to come back.
    const QUIET: Duration = Duration::from_secs(150);

    fn world_of_three(seed: u64) -> World {
        let mut world = World::new(seed, PAGES, 3);
        let (secret, room) = World::room(0);
        world.command(0, Command::StartCall { secret });
        world.command(0, Command::Join);
        world.run_for(Duration::from_secs(2));
        for page in 1..PAGES {
            let room = room.clone();
            world.command(page, Command::OpenRoom { room });
            world.command(page, Command::Join);
            world.run_for(Duration::from_secs(10));
        }
        world.assert_settled();
        world
    }

    fn live(seed: u64) {
        let mut world = world_of_three(seed);
        let mut rng = Rng::with_seed(!seed);
        let mut written = BTreeMap::new();
        for number in 0..60 {
            let page = rng.usize(0..PAGES);
            match rng.u8(0..12) {
                0..=1 => world.fault(Fault::Cut { page }),
                2 => {
                    let down = Duration::from_millis(rng.u64(0..4_000));
                    world.fault(Fault::Crash { down });
                }
                3 => {
                    let down = Duration::from_millis(rng.u64(0..2_000));
                    world.fault(Fault::Restart { down });
                }
                _ => {
                    let text = format!("text {number} of page {page}");
                    let before = texts(&world, page).len();
                    world.command(page, Command::Write { text: text.clone() });
                    if texts(&world, page).len() > before {
                        written.insert(text, 1);
                    }
                }
            }
            world.run_for(Duration::from_millis(rng.u64(0..3_000)));
        }
        world.run_for(QUIET);
        world.assert_settled();
        for page in 0..PAGES {
            let mut read = BTreeMap::new();
            for text in texts(&world, page) {
                *read.entry(text).or_insert(0) += 1;
            }
            assert_eq!(read, written, "page {page} of CRABCALL_SIM_SEED={seed}");
        }
    }

    fn texts(world: &World, page: usize) -> Vec<String> {
        let view = world.view(page).expect("the page is there");
        let messages = view.chat.messages.iter();
        messages.map(|it| it.text.as_str().to_owned()).collect()
    }

    #[test]
    fn whatever_happens_to_sockets_and_server() {
        let seed = std::env::var("CRABCALL_SIM_SEED").ok();
        let seed = seed.and_then(|it| it.parse::<u64>().ok());
        for seed in seed.map_or(0..40, |seed| seed..seed + 1) {
            live(seed);
        }
    }
}
