//! Moments of frames, read.

use e2e::Moment;

/// A row of frames with no more than this between them is a moving picture (ms).
const MOVING: f64 = 500.0;

/// The longest time without a new frame from `since` until `now`.
pub fn longest_gap(since: Moment, shown: &[Moment], now: Moment) -> f64 {
    let mut last = since;
    let mut longest: f64 = 0.0;
    for moment in shown.iter().copied().chain([now]) {
        longest = longest.max(moment - last);
        last = moment;
    }
    longest
}

/// Whether it goes on: three frames at least, one after the other.
pub fn moves(shown: &[Moment]) -> bool {
    shown.windows(3).any(|frames| match frames {
        [first, second, third] => second - first < MOVING && third - second < MOVING,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_may_be_at_either_end() {
        assert_eq!(longest_gap(0.0, &[10.0, 20.0], 25.0), 10.0);
        assert_eq!(longest_gap(0.0, &[10.0, 40.0], 50.0), 30.0);
        assert_eq!(longest_gap(0.0, &[10.0, 20.0], 99.0), 79.0);
        assert_eq!(longest_gap(5.0, &[], 9.0), 4.0);
    }

    #[test]
    fn single_frames_are_no_moving_picture() {
        assert!(moves(&[1.0, 2_000.0, 2_040.0, 2_080.0]));
        assert!(!moves(&[1.0, 2_000.0, 2_040.0]));
        assert!(!moves(&[]));
    }
}
