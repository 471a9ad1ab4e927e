//! A router that forgets what it let through takes a page's socket and its media. The page behind it
//! looks for new ways as soon as it is back, and the other one leaves that to it: two who begin at
//! once are slower than one.

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use call::LogLine;
    use sim::{Fault, World};

    fn restarts(world: &World, page: usize) -> usize {
        let log = world.details(page).into_iter().flat_map(|it| it.log);
        log.filter(|it| it.line == LogLine::IceRestart).count()
    }

    #[test]
    fn who_is_behind_it_mends() {
        for seed in 0..120 {
            let mut world = World::new(seed, 2, 2);
            for page in 0..2 {
                world.browser(page).unwrap().gecko = seed & 1 == 1;
            }
            world.begin_call();
            world.run_for(Duration::from_millis(7 * seed));
            world.assert_settled();
            let page = usize::try_from((seed >> 1) & 1).unwrap();
            world.fault(Fault::HalfOpen { page });
            world.fault(Fault::Blocked(true));
            let mut waited = Duration::ZERO;
            while restarts(&world, 0) + restarts(&world, 1) == 0 {
                let step = Duration::from_millis(10);
                world.run_for(step);
                waited += step;
            }
            assert_eq!(restarts(&world, page), 1, "seed {seed}: the other one did");
            let most = Duration::from_millis(1_800);
            assert!(waited < most, "seed {seed}: {waited:?}");
            world.run_for(Duration::from_secs(1));
            assert_eq!(restarts(&world, 1 - page), 0, "seed {seed}: both did");
            world.fault(Fault::Blocked(false));
            world.run_for(Duration::from_secs(30));
            world.assert_settled();
        }
    }
}
