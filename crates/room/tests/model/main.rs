//! Any interleaving of what clients do leaves the rooms as a simple model says they are, and
//! leaves every client with a true picture of its room.

#![cfg(test)]

mod check;
mod clients;
mod model;
mod parts;
mod picture;
mod recall;
mod steps;
mod waiting;
mod world;

use proptest::prelude::*;

use crate::steps::{Step, step};
use crate::world::World;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn rooms_are_as_the_model_says(
        max in 1_u32..5,
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let mut world = World::new(max);
        for step in &steps {
            world.run(step);
            world.check();
        }
        world.end();
    }
}

/// Failed once: the news of the lobby came before the refusal of the join that caused them.
#[test]
fn a_ticket_that_is_refused_changes_the_lobby_first() {
    let (right, locked, room) = (true, true, 1);
    let ticket = |which| Step::JoinWithTicket {
        who: 0,
        which,
        right,
    };
    let steps = [
        Step::Open,
        Step::JoinAsHost { who: 0, room },
        Step::Lock { who: 0, locked },
        Step::Wait { ms: 2 },
        Step::Restart,
        Step::Open,
        ticket(1),
        Step::Leave { who: 0 },
        Step::Open,
        Step::Open,
        Step::JoinAsHost { who: 1, room },
        Step::Peek { who: 0, room },
        ticket(2),
    ];
    let mut world = World::new(1);
    for step in &steps {
        world.run(step);
        world.check();
    }
    world.end();
}
