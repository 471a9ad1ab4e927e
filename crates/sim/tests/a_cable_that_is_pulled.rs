//! A cable that is pulled and plugged in again costs the time that it was out, and no more: media
//! finds the way that it had, and nothing that was begun meanwhile gets in its way.

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use call::LogLine;
    use sim::{Fault, World};

    /// The connections, and how often ICE was restarted.
    fn ways(world: &mut World) -> (Vec<u64>, usize) {
        let (mut all, mut restarts) = (Vec::new(), 0);
        for page in 0..2 {
            let browser = world.browser(page).unwrap();
            all.extend(browser.connections.values().map(|it| it.uid));
            let log = world.details(page).into_iter().flat_map(|it| it.log);
            restarts += log.filter(|it| it.line == LogLine::IceRestart).count();
        }
        (all, restarts)
    }

    #[test]
    fn the_way_is_the_one_it_was() {
        for seed in 0..120 {
            let mut world = World::new(seed, 2, 2);
            for page in 0..2 {
                world.browser(page).unwrap().gecko = (seed >> page) & 1 == 1;
            }
            world.begin_call();
            let before = ways(&mut world);
            let page = usize::try_from((seed >> 2) & 1).unwrap();
            world.fault(Fault::Unplug { page });
            // Shorter than ICE takes to be sure.
            world.run_for(Duration::from_millis(2_000 + 10 * seed));
            world.fault(Fault::Plug);
            world.run_for(Duration::from_secs(30));
            world.assert_settled();
            assert_eq!(ways(&mut world), before, "seed {seed}");
        }
    }
}
