//! What is changed while the socket is broken counts, although what was changed just before is
//! said again afterwards.

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use call::{Command, Signalling};
    use sim::{Fault, World};

    #[test]
    fn camera_and_name() {
        for seed in 0..40 {
            let mut world = World::new(seed, 2, 2);
            world.begin_call();
            let slow = Duration::from_millis(300);
            world.network.delay = (slow, slow);
            world.fault(Fault::Cut { page: 1 });
            // This is lost on the way, with the socket.
            world.command(1, Command::SetCamera { on: false });
            world.command(1, Command::SetName { name: "B".into() });
            while matches!(world.view(1).unwrap().signalling, Signalling::Ready { .. }) {
                world.run_for(Duration::from_millis(5));
            }
            world.command(1, Command::SetCamera { on: true });
            world.command(1, Command::SetName { name: "Bob".into() });
            world.run_for(Duration::from_secs(60));
            world.assert_settled();
        }
    }
}
