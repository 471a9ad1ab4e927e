//! A socket that breaks in the middle of a negotiation costs nothing but time: what was lost is
//! said again, and the connection between the two stays the one it was.

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use call::Command;
    use sim::{Fault, World};

    fn connections(world: &mut World) -> Vec<u64> {
        let mut all = Vec::new();
        for page in 0..2 {
            let browser = world.browser(page).unwrap();
            all.extend(browser.connections.values().map(|it| it.uid));
        }
        all
    }

    #[test]
    fn whenever_it_breaks() {
        for seed in 0..120 {
            let mut world = World::new(seed, 2, 2);
            let (secret, room) = World::room(1);
            world.command(0, Command::StartCall { secret });
            world.command(1, Command::OpenRoom { room });
            for page in 0..2 {
                world.command(page, Command::SetCamera { on: false });
                world.command(page, Command::Join);
            }
            world.run_for(Duration::from_secs(20));
            world.assert_settled();
            assert_eq!(world.links(), 1, "seed {seed}");
            let before = connections(&mut world);
            world.command(0, Command::SetCamera { on: true });
            if seed % 3 == 0 {
                world.command(1, Command::SetCamera { on: true });
            }
            world.run_for(Duration::from_millis(seed * 5));
            let page = usize::try_from(seed % 2).unwrap();
            world.fault(Fault::Cut { page });
            world.run_for(Duration::from_secs(60));
            world.assert_settled();
            assert_eq!(connections(&mut world), before, "seed {seed}");
        }
    }
}
