//! Medians and spread.

use std::fmt;

/// Stands where nothing was measured.
pub const NOTHING: &str = "–";

/// What several rounds gave.
#[derive(Debug, Clone, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
        self.0.sort_by(f64::total_cmp);
    }

    pub fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        let at = |index: usize| self.0.get(index).copied().unwrap_or(f64::NAN);
        if self.0.len() % 2 == 1 {
            at(middle)
        } else {
            (at(middle.wrapping_sub(1)) + at(middle)) / 2.0
        }
    }

    /// The value that this part of all do not exceed (nearest rank).
    pub fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or(f64::NAN)
    }

    pub fn least(&self) -> f64 {
        self.0.first().copied().unwrap_or(f64::NAN)
    }

    pub fn most(&self) -> f64 {
        self.0.last().copied().unwrap_or(f64::NAN)
    }
}

/// Median, least and most.
impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(NOTHING);
        }
        let digits = if self.median() < 100.0 { 1 } else { 0 };
        write!(
            f,
            "{} ({} … {})",
            grouped(self.median(), digits),
            grouped(self.least(), digits),
            grouped(self.most(), digits)
        )
    }
}

/// A number with its thousands set apart; a dash for none.
pub fn grouped(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return NOTHING.to_owned();
    }
    let text = format!("{value:.digits$}");
    let (whole, rest) = match text.split_once('.') {
        Some((whole, rest)) => (whole, format!(".{rest}")),
        None => (text.as_str(), String::new()),
    };
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 && digit.is_ascii_digit() {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    [grouped, rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_dash() {
        assert_eq!(Samples::default().to_string(), NOTHING);
        assert_eq!(grouped(Samples::default().percentile(95), 0), NOTHING);
    }

    #[test]
    fn the_middle_and_the_ends() {
        let mut samples = Samples::default();
        for value in [3.0, 1.0, 2.0] {
            samples.push(value);
        }
        assert_eq!(samples.median(), 2.0);
        samples.push(10.0);
        assert_eq!(samples.median(), 2.5);
        assert_eq!(samples.percentile(90), 10.0);
        assert_eq!((samples.least(), samples.most()), (1.0, 10.0));
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(grouped(1_234_567.0, 0), "1,234,567");
        assert_eq!(grouped(999.0, 0), "999");
        assert_eq!(grouped(1234.5, 1), "1,234.5");
    }
}
