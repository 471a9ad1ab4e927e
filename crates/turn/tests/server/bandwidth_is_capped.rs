//! An allocation relays so many bytes per second, each way, and others are not slower for it.

use std::time::Duration;

use turn::Config;

use crate::world::{World, addr};

#[test]
fn each_way_on_its_own() {
    let mut world = World::with(Config {
        max_bytes_per_second: Some(100_000),
        ..Config::default()
    });
    let peer = addr("1.2.3.4:5");
    let (mut ada, a) = world.relayed("ada");
    let (mut ben, b) = world.relayed("ben");
    ada.bind(&mut world, 0x4000, peer).unwrap();
    ben.bind(&mut world, 0x4000, peer).unwrap();
    let data = [0; 1_000];
    let seconds = 10;
    let (mut out, mut back, mut of_ben) = (0, 0, 0);
    // A thousand packets per second each way, ten times what is allowed; Ben keeps below it.
    for n in 0..seconds * 1_000 {
        out += ada.send_on(&mut world, 0x4000, &data).len();
        back += world.peer(a, peer, &data).len();
        if n % 10 == 0 {
            of_ben += world.peer(b, peer, &data[..990]).len();
        }
        world.wait(Duration::from_millis(1));
    }
    // Half a second's worth may come at once.
    let allowed = 50 + seconds * 100;
    assert!((allowed - 2..=allowed + 1).contains(&out), "{out}");
    assert!((allowed - 2..=allowed + 1).contains(&back), "{back}");
    assert_eq!(of_ben, seconds * 100);
    let dropped = 2 * seconds * 1_000 - out - back;
    assert_eq!(world.server.counters().too_fast, dropped as u64);
}
