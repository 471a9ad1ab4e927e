//! What is measured in a fault, and what the browsers have received.

use std::time::Duration;

use anyhow::Result;
use e2e::stats::Samples;
use serde_json::Value;

use crate::stage::Stage;

const RECEIVED: &str = include_str!("../../js/received.js");

/// Something measured, and what it may be.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    pub what: &'static str,
    pub value: f64,
    pub limit: Limit,
}

/// What a figure may be.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    Most(f64),
    /// 95 % of all.
    MostOf95(f64),
    Least(f64),
    /// Only told.
    None,
}

impl Figure {
    pub fn most(what: &'static str, value: f64, most: f64) -> Self {
        let limit = Limit::Most(most);
        Self { what, value, limit }
    }

    pub fn most_of_95(what: &'static str, value: f64, most: f64) -> Self {
        let limit = Limit::MostOf95(most);
        Self { what, value, limit }
    }

    pub fn least(what: &'static str, value: f64, least: f64) -> Self {
        let limit = Limit::Least(least);
        Self { what, value, limit }
    }

    pub fn told(what: &'static str, value: f64) -> Self {
        let limit = Limit::None;
        Self { what, value, limit }
    }

    /// Whether the limit is kept, or so many times the limit.
    pub fn holds(&self, slack: f64) -> bool {
        match self.limit {
            Limit::Most(most) | Limit::MostOf95(most) => self.value <= most * slack,
            Limit::Least(least) => self.value >= least / slack,
            Limit::None => true,
        }
    }
}

/// Whether all values of a figure are within its limit, of which this is the worst.
pub fn keep(worst: &Figure, all: &Samples, slack: f64) -> bool {
    match worst.limit {
        Limit::MostOf95(most) => all.percentile(95) <= most * slack,
        Limit::Most(_) | Limit::Least(_) | Limit::None => worst.holds(slack),
    }
}

/// What one person has received.
#[derive(Debug, Clone, Copy, Default)]
pub struct Received {
    samples: f64,
    concealed: f64,
    bytes: f64,
    packets: f64,
    lost: f64,
}

pub async fn received(stage: &Stage) -> Result<[Received; 2]> {
    let mut all = [Received::default(); 2];
    for (person, received) in stage.people().into_iter().zip(&mut all) {
        let counts = person.browser().run(RECEIVED, vec![]).await?;
        let number = |name| counts.get(name).and_then(Value::as_f64).unwrap_or(0.0);
        *received = Received {
            samples: number("received"),
            concealed: number("concealed"),
            bytes: number("bytes"),
            packets: number("packets"),
            lost: number("lost"),
        };
    }
    Ok(all)
}

/// What there is most of, of the two people.
fn most(
    before: [Received; 2],
    after: [Received; 2],
    what: impl Fn(Received, Received) -> f64,
) -> f64 {
    let both = before.into_iter().zip(after);
    both.map(|(before, after)| what(before, after))
        .fold(0.0, f64::max)
}

/// The part of sound that was made up, in percent, of who heard more of it.
pub fn concealed(before: [Received; 2], after: [Received; 2]) -> f64 {
    most(before, after, |before, after| {
        let samples = (after.samples - before.samples).max(1.0);
        100.0 * (after.concealed - before.concealed) / samples
    })
}

/// The part of packets that were lost, in percent, of who lost more of them.
pub fn lost(before: [Received; 2], after: [Received; 2]) -> f64 {
    most(before, after, |before, after| {
        // A late one that was counted as lost is taken off again.
        let lost = (after.lost - before.lost).max(0.0);
        let sent = lost + after.packets - before.packets;
        100.0 * lost / sent.max(1.0)
    })
}

/// kbit/s, of who received more.
pub fn rate(before: [Received; 2], after: [Received; 2], time: Duration) -> f64 {
    most(before, after, |before, after| {
        (after.bytes - before.bytes) * 8e-3 / time.as_secs_f64()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_sound_counts() {
        let received = |samples, concealed| Received {
            samples,
            concealed,
            bytes: samples,
            packets: samples,
            lost: concealed,
        };
        let before = [received(1_000.0, 10.0), received(0.0, 0.0)];
        let after = [received(2_000.0, 40.0), received(1_000.0, 10.0)];
        assert_eq!(concealed(before, after), 3.0);
        assert_eq!(concealed(before, before), 0.0);
        assert_eq!(lost(before, after).round(), 3.0);
        assert_eq!(lost(before, before), 0.0);
        assert_eq!(rate(before, after, Duration::from_secs(2)), 4.0);
    }

    #[test]
    fn limits() {
        assert!(Figure::most("x", 2.0, 2.0).holds(1.0) && !Figure::most("x", 2.1, 2.0).holds(1.0));
        assert!(
            Figure::least("x", 2.0, 2.0).holds(1.0) && !Figure::least("x", 1.9, 2.0).holds(1.0)
        );
        assert!(Figure::told("x", 1e9).holds(1.0));
        assert!(Figure::most("x", 3.9, 2.0).holds(2.0) && !Figure::most("x", 4.1, 2.0).holds(2.0));
        assert!(Figure::least("x", 1.1, 2.0).holds(2.0));
    }

    #[test]
    fn one_of_twenty_may_be_over_a_limit_of_95_percent() {
        let mut all = Samples::default();
        (0..19).for_each(|_| all.push(1.0));
        all.push(5.0);
        let figure = |limit: fn(&'static str, f64, f64) -> Figure| limit("x", 5.0, 2.0);
        assert!(keep(&figure(Figure::most_of_95), &all, 1.0));
        assert!(!keep(&figure(Figure::most), &all, 1.0));
        all.push(5.0);
        assert!(!keep(&figure(Figure::most_of_95), &all, 1.0));
    }
}
