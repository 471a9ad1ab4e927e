//! A line of numbers as an SVG path: pure geometry.

/// The plot's own units; the page stretches it.
pub const WIDTH: usize = 240;
pub const HEIGHT: usize = 48;
/// How many numbers fill the width: one a second for two minutes.
pub const NUMBERS: usize = 120;

/// The line through the numbers, the newest at the right edge, `top` at the upper edge. A number
/// that is missing leaves a gap.
pub fn path(numbers: &[Option<f32>], top: f32) -> String {
    let newest = numbers.len().saturating_sub(NUMBERS);
    let shown = numbers.get(newest..).unwrap_or_default();
    let step = WIDTH / NUMBERS;
    let start = WIDTH - shown.len() * step;
    let mut path = String::new();
    let mut pen_down = false;
    for (index, number) in shown.iter().enumerate() {
        let Some(number) = number else {
            pen_down = false;
            continue;
        };
        let part = (number / top).clamp(0.0, 1.0);
        let down = (1.0 - part) * (HEIGHT as f32 - 2.0) + 1.0;
        path.push(if pen_down { 'L' } else { 'M' });
        path.push_str(&(start + (index + 1) * step).to_string());
        path.push(' ');
        path.push_str(&(down as usize).to_string());
        pen_down = true;
    }
    path
}

/// A round number that nothing shown goes beyond, and not below `least`.
pub fn top(numbers: &[Option<f32>], least: f32) -> f32 {
    let largest = numbers
        .iter()
        .flatten()
        .fold(least, |top, &next| top.max(next));
    let mut unit = 1.0;
    while unit < 1e9 {
        for round in [1.0, 2.0, 5.0] {
            if round * unit >= largest {
                return round * unit;
            }
        }
        unit *= 10.0;
    }
    unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stands_at_the_right_edge() {
        assert_eq!(path(&[Some(0.0), Some(10.0)], 10.0), "M238 47L240 1");
        let many = vec![Some(5.0); 500];
        let path = path(&many, 10.0);
        assert!(path.starts_with("M2 24L4 24") && path.ends_with("L240 24"));
        assert_eq!(path.matches('L').count(), NUMBERS - 1);
    }

    #[test]
    fn what_is_missing_leaves_a_gap() {
        let path = path(&[Some(1.0), None, Some(1.0)], 1.0);
        assert_eq!(path, "M236 1M240 1");
    }

    #[test]
    fn nothing_and_nonsense_draw_nothing_wild() {
        assert_eq!(path(&[], 1.0), "");
        assert_eq!(
            path(&[Some(f32::NAN), Some(-5.0), Some(99.0)], 1.0).len(),
            "M236 0L238 47L240 1".len()
        );
    }

    #[test]
    fn the_top_is_round() {
        for (largest, expected) in [(0.0, 10.0), (11.0, 20.0), (49.0, 50.0), (1234.0, 2000.0)] {
            assert_eq!(top(&[Some(largest), None], 10.0), expected);
        }
    }
}
