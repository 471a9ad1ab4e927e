//! The timers of a connection's repair.

use std::collections::BTreeMap;

use web_time::Instant;

/// What a timer waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// For the other side's offer. Without it, this side offers.
    RemoteOffer,
    /// Until a new connection may be begun, because the last one broke or one was wanted too soon.
    NewConnection,
    /// For the connection to come up. If it does not, it is replaced.
    Up,
    /// For the negotiation to end. If it does not, the connection is replaced.
    Negotiation,
    /// For an interruption to end by itself. If it does not, ICE is restarted.
    Interruption,
}

/// The timers that run, and when each of them is due.
#[derive(Debug, Clone, Default)]
pub(super) struct Timers(BTreeMap<Timer, Instant>);

impl Timers {
    /// Starts a timer, or sets it to another time.
    pub(super) fn start(&mut self, timer: Timer, at: Instant) {
        self.0.insert(timer, at);
    }

    /// Starts a timer unless it runs already.
    pub(super) fn start_once(&mut self, timer: Timer, at: Instant) {
        self.0.entry(timer).or_insert(at);
    }

    /// Makes a timer due at this time, unless it is due before.
    pub(super) fn start_by(&mut self, timer: Timer, at: Instant) {
        let by = self.0.entry(timer).or_insert(at);
        *by = at.min(*by);
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.0.remove(&timer);
    }

    pub(super) fn stop_all(&mut self, timers: &[Timer]) {
        for timer in timers {
            self.stop(*timer);
        }
    }

    /// Whether the timer runs and its time has come.
    pub(super) fn is_due(&self, timer: Timer, now: Instant) -> bool {
        self.0.get(&timer).is_some_and(|at| *at <= now)
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        // While something is being negotiated, ICE is not restarted.
        let negotiates = self.0.contains_key(&Timer::Negotiation);
        let waits = |timer: &Timer| *timer == Timer::Interruption && negotiates;
        let running = self.0.iter().filter(|(timer, _)| !waits(timer));
        running.map(|(_, at)| *at).min()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_timer_is_due_at_its_time_until_it_is_stopped() {
        let now = Instant::now();
        let mut timers = Timers::default();
        assert_eq!(timers.next(), None);
        timers.start(Timer::Up, now + SECOND);
        assert!(!timers.is_due(Timer::Up, now));
        assert!(timers.is_due(Timer::Up, now + SECOND));
        timers.start_once(Timer::Up, now);
        assert_eq!(timers.next(), Some(now + SECOND));
        timers.start_by(Timer::Up, now + 2 * SECOND);
        assert_eq!(timers.next(), Some(now + SECOND));
        timers.start_by(Timer::Up, now);
        assert_eq!(timers.next(), Some(now));
        timers.stop_all(&[Timer::Up]);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn an_interruption_waits_for_the_negotiation() {
        let now = Instant::now();
        let mut timers = Timers::default();
        timers.start(Timer::Interruption, now);
        timers.start(Timer::Negotiation, now + SECOND);
        assert_eq!(timers.next(), Some(now + SECOND));
        timers.stop(Timer::Negotiation);
        assert_eq!(timers.next(), Some(now));
    }
}
