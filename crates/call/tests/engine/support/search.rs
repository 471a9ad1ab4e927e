//! A bounded search through every order in which things can happen.

use std::collections::HashSet;
use std::fmt::{self, Write};
use std::hash::{DefaultHasher, Hasher};
use std::rc::Rc;

use super::world::{Next, World};

/// How many states are looked at, unless the environment says more.
const STATES: usize = 2_500;

struct Digest(DefaultHasher);

impl Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

fn digest(world: &World) -> u64 {
    let mut digest = Digest(DefaultHasher::new());
    write!(digest, "{world:?}").unwrap();
    digest.0.finish()
}

/// How a state was reached.
#[derive(Clone)]
struct Path(Option<Rc<(Next, Path)>>);

impl Path {
    fn then(&self, next: Next) -> Self {
        Self(Some(Rc::new((next, self.clone()))))
    }

    fn steps(&self) -> Vec<Next> {
        let mut steps = Vec::new();
        let mut path = self;
        while let Some(step) = &path.0 {
            steps.push(step.0);
            path = &step.1;
        }
        steps.reverse();
        steps
    }
}

fn caught(work: impl FnOnce()) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err()
}

/// Follows every order of what can happen from `start`, and checks every end. If there are more
/// states than the bound, the rest of it goes to branches that are picked blindly, so that the
/// bound cuts off neither the first choices nor the last.
pub fn search(name: &str, start: &World, check_end: impl Fn(&mut World)) {
    let bound = std::env::var("CRABCALL_SEARCH_STATES");
    let bound = bound.ok().and_then(|it| it.parse().ok()).unwrap_or(STATES);
    let mut seen = HashSet::new();
    let mut stack = vec![(start.clone(), Path(None))];
    let mut ends = 0;
    let mut dice = 1_u64;
    while let Some((world, path)) = stack.pop() {
        if seen.len() >= bound {
            break;
        }
        if !seen.insert(digest(&world)) {
            continue;
        }
        let nexts = world.nexts();
        if nexts.is_empty() {
            ends += 1;
            let mut end = world.clone();
            if caught(|| check_end(&mut end)) {
                panic!("{name}: the end of {:?} is wrong", path.steps());
            }
        }
        for next in nexts {
            let path = path.then(next);
            let mut there = world.clone();
            if caught(|| there.take(next)) {
                panic!("{name}: after {:?}", path.steps());
            }
            stack.push((there, path));
        }
        // In depth first, to reach ends; then somewhere else.
        if seen.len() % 64 == 0 && !stack.is_empty() {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let pick = (dice >> 33) as usize % stack.len();
            let last = stack.len() - 1;
            stack.swap(pick, last);
        }
    }
    let all = if stack.is_empty() { "all" } else { "bounded" };
    println!("{name}: {} states, {ends} ends, {all}", seen.len());
    assert!(ends > 0, "{name}: no order came to an end");
}
