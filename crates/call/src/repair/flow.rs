//! Whether media still comes.
//!
//! It comes many times a second. When it stops all at once, the network is gone or another one, and
//! that is known here seconds before ICE or a socket tell of it.

use std::time::Duration;

use web_time::Instant;

/// How often it is looked at, and how soon again when nothing has come.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(333);
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// Fewer packets in a second are no flow whose end would mean anything. Sound alone is 50.
const FLOW_PER_SECOND: f32 = 20.0;
/// So many looks in a row without a packet are a stall.
const MISSES: u32 = 3;
/// So many are enough where something should have come.
const SURE: u32 = 2;
/// And after so many the other side is asked whether it is there. By then it is known whether this
/// side's socket holds, and who has lost its own may be back, and knows better what to do.
const LONG: u32 = MISSES + 2;
/// After so many more than a stall, ICE has had its time to notice, and who has not stopped sending
/// is quiet for another reason.
const PATIENCE: u32 = 40;
/// What was seen longer ago says nothing of now.
const RECENT: Duration = Duration::from_secs(1);

/// A change that the latest count of packets has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlowChange {
    /// Nothing has come since the last look.
    Missed,
    /// Nothing comes any more.
    Stalled,
    /// After a stall, it comes again, or is not waited for any more.
    StallOver,
}

/// The flow of packets from one participant.
#[derive(Debug, Clone, Default)]
pub(crate) struct MediaFlow {
    last: Option<(Instant, u64)>,
    /// When something had come.
    came_at: Option<Instant>,
    flowed: bool,
    /// Only a few packets had come the last time.
    few: bool,
    misses: u32,
    /// By then something should have come, if it comes back by itself.
    expected: Option<Instant>,
    /// It did not.
    lost: bool,
}

impl MediaFlow {
    /// So many packets have come by now; `sends` if the participant says that it sends something.
    pub(crate) fn observe(
        &mut self,
        now: Instant,
        packets: u64,
        sends: bool,
    ) -> Option<FlowChange> {
        let Some((before, had)) = self.last else {
            self.last = Some((now, packets));
            return None;
        };
        let elapsed = now.saturating_duration_since(before);
        // Answers that were late come together.
        if elapsed < LOOK_AGAIN / 2 {
            return None;
        }
        self.last = Some((now, packets));
        let came = packets.saturating_sub(had);
        let stalled = self.is_stalled();
        if came > 0 {
            // The last look before the end of a flow may find only its rest.
            let few = (came as f32) < FLOW_PER_SECOND * elapsed.as_secs_f32();
            self.flowed = !few || (self.flowed && !self.few);
            self.few = few;
            self.came_at = Some(now);
            self.ends_stall();
        } else if self.flowed && sends && self.misses < MISSES + PATIENCE {
            self.misses += 1;
            self.lost |= self.expected.is_some_and(|at| at <= now);
        } else {
            self.flowed = false;
            self.ends_stall();
        }
        match self.misses {
            0 => stalled.then_some(FlowChange::StallOver),
            1 => Some(FlowChange::Missed),
            MISSES => Some(FlowChange::Stalled),
            _ => None,
        }
    }

    fn ends_stall(&mut self) {
        self.misses = 0;
        self.expected = None;
        self.lost = false;
    }

    /// Nothing has come the last time.
    pub(crate) fn is_missing(&self) -> bool {
        self.misses > 0
    }

    /// It comes, whatever ICE says.
    pub(crate) fn is_flowing(&self, now: Instant) -> bool {
        let came = self.came_at.is_some_and(|at| at + RECENT > now);
        came && !self.is_missing()
    }

    /// Both sides can be reached, or again. If nothing comes all the same, `patience` from now, it
    /// is for want of a way.
    pub(crate) fn expect(&mut self, now: Instant, patience: Duration) {
        if self.is_missing() {
            self.expected = Some(now + patience);
            self.lost = patience.is_zero();
        }
    }

    /// It is known by when something should come.
    pub(super) fn is_expected(&self) -> bool {
        self.expected.is_some()
    }

    /// What stopped does not come back by itself.
    pub(super) fn is_lost(&self) -> bool {
        self.lost && self.misses >= SURE
    }

    /// Nothing comes any more.
    pub(crate) fn is_stalled(&self) -> bool {
        self.misses >= MISSES
    }

    /// Nor for a while.
    pub(super) fn is_stalled_for_long(&self) -> bool {
        self.misses >= LONG
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After these looks, a beat from one another.
    fn after(packets: &[u64], sends: bool) -> MediaFlow {
        let start = Instant::now();
        let mut flow = MediaFlow::default();
        for (beat, packets) in (0..).zip(packets) {
            flow.observe(start + LOOK_EVERY * beat, *packets, sends);
        }
        flow
    }

    #[test]
    fn a_flow_that_stops_is_a_stall_when_it_is_seen_three_times() {
        assert!(!after(&[0, 20, 40], true).is_missing());
        let twice = after(&[0, 20, 40, 40, 40], true);
        assert!(twice.is_missing() && !twice.is_stalled());
        assert!(after(&[0, 20, 40, 40, 40, 40], true).is_stalled());
        assert!(after(&[0, 20, 40, 40, 40, 40, 40], true).is_stalled());
    }

    #[test]
    fn the_last_packets_of_a_flow_may_be_few() {
        assert!(after(&[0, 20, 40, 41, 41, 41, 41], true).is_stalled());
    }

    #[test]
    fn one_that_goes_on_is_none() {
        assert!(!after(&[0, 20, 40, 40, 40, 41], true).is_missing());
    }

    #[test]
    fn a_trickle_and_one_who_sends_nothing_are_none() {
        assert!(!after(&[0, 2, 4, 4, 4, 4], true).is_missing());
        assert!(!after(&[0, 20, 40, 42, 44, 44, 44], true).is_missing());
        assert!(!after(&[0, 20, 40, 40, 40, 40], false).is_missing());
        assert!(!after(&[0, 0, 0, 0], true).is_missing());
    }

    #[test]
    fn answers_that_come_together_are_one_look() {
        let mut flow = after(&[0, 20, 40], true);
        let now = Instant::now() + LOOK_EVERY * 4;
        assert_eq!(flow.observe(now, 40, true), Some(FlowChange::Missed));
        assert_eq!(flow.observe(now, 40, true), None);
        assert!(!flow.is_stalled());
    }

    #[test]
    fn the_end_of_a_stall_is_told_once() {
        let mut flow = after(&[0, 20, 40, 40], true);
        let now = Instant::now();
        let turns: Vec<Option<FlowChange>> = [40, 40, 40, 60, 80]
            .into_iter()
            .zip(4..)
            .map(|(packets, beat)| flow.observe(now + LOOK_EVERY * beat, packets, true))
            .collect();
        let (stalled, over) = (Some(FlowChange::Stalled), Some(FlowChange::StallOver));
        assert_eq!(turns, [None, stalled, None, over, None]);
        assert!(flow.is_flowing(now + LOOK_EVERY * 9));
        assert!(!flow.is_flowing(now + LOOK_EVERY * 9 + RECENT), "long ago");
    }

    #[test]
    fn one_who_stays_quiet_is_not_waited_for() {
        let mut flow = after(&[0, 20, 40], true);
        let now = Instant::now();
        let turns: Vec<FlowChange> = (4..200)
            .filter_map(|beat| flow.observe(now + LOOK_EVERY * beat, 40, true))
            .collect();
        assert_eq!(
            turns,
            [
                FlowChange::Missed,
                FlowChange::Stalled,
                FlowChange::StallOver
            ]
        );
        assert!(!flow.is_missing());
    }

    #[test]
    fn the_first_packets_after_a_stall_may_be_few() {
        let mut flow = after(&[0, 20, 40, 41, 41, 41, 41], true);
        let now = Instant::now() + LOOK_EVERY * 7;
        assert!(!flow.is_flowing(now));
        flow.observe(now, 42, true);
        assert!(flow.is_flowing(now));
    }

    #[test]
    fn two_looks_are_enough_where_the_network_was_there_all_the_time() {
        let now = Instant::now() + LOOK_EVERY * 3;
        let mut flow = after(&[0, 20, 40, 40], true);
        flow.expect(now, Duration::ZERO);
        assert!(!flow.is_lost());
        flow.observe(now + LOOK_EVERY, 40, true);
        assert!(flow.is_lost() && !flow.is_stalled());
    }

    #[test]
    fn what_does_not_come_when_it_could_is_over() {
        let now = Instant::now();
        let beat = |beat| now + LOOK_EVERY * beat;
        let mut flow = after(&[0, 20, 40], true);
        flow.expect(beat(2), Duration::ZERO);
        assert!(!flow.is_expected(), "nothing was missed");
        for at in 3..6 {
            flow.observe(beat(at), 40, true);
        }
        flow.expect(beat(5), LOOK_EVERY);
        let mut other = flow.clone();
        flow.observe(beat(6) - LOOK_EVERY / 2, 40, true);
        assert!(!flow.is_lost(), "too soon");
        flow.observe(beat(7), 40, true);
        assert!(flow.is_lost());
        other.observe(beat(7), 60, true);
        assert!(!other.is_lost() && !other.is_expected());
    }

    #[test]
    fn counters_that_run_backwards_do_no_harm() {
        assert!(!after(&[90, 20, 40], true).is_missing());
    }
}
