//! Which seeds a test makes its worlds from.

use std::ops::Range;

/// The seed of the first world. If only this is given there is one world, so that a failure can be
/// repeated.
const FIRST: &str = "CRABCALL_SIM_SEED";
/// How many worlds there are, one for each seed from the first on.
const COUNT: &str = "CRABCALL_SIM_SEEDS";

/// The seeds from 0 on, `usual` of them, unless the environment says which.
pub fn seeds(usual: u64) -> Range<u64> {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    range(number(FIRST), number(COUNT), usual)
}

fn range(first: Option<u64>, count: Option<u64>, usual: u64) -> Range<u64> {
    let count = count.unwrap_or(if first.is_some() { 1 } else { usual });
    let first = first.unwrap_or(0);
    first..first.saturating_add(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_seed_alone_is_one_world() {
        assert_eq!(range(None, None, 20), 0..20);
        assert_eq!(range(None, Some(3), 20), 0..3);
        assert_eq!(range(Some(7), None, 20), 7..8);
        assert_eq!(range(Some(7), Some(3), 20), 7..10);
    }
}
