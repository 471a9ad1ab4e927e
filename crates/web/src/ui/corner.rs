//! The corner that the own picture stands in.

use super::grid::Rect;

/// One of the four corners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corner {
    pub right: bool,
    pub bottom: bool,
}

/// How long a throw goes on by itself, in milliseconds.
const GLIDE_MS: f64 = 160.0;

impl Corner {
    /// Where a picture of this size stands in this area.
    pub fn place(self, size: (f64, f64), area: Rect) -> Rect {
        let right = (area.width - size.0).max(0.0);
        let bottom = (area.height - size.1).max(0.0);
        Rect {
            x: area.x + if self.right { right } else { 0.0 },
            y: area.y + if self.bottom { bottom } else { 0.0 },
            width: size.0,
            height: size.1,
        }
    }

    /// The corner that a picture let go at `at` comes to rest in; `speed` is in pixels per
    /// millisecond.
    pub fn nearest(at: Rect, speed: (f64, f64), area: Rect) -> Self {
        let middle = |start: f64, length: f64| start + length / 2.0;
        Self {
            right: middle(at.x, at.width) + speed.0 * GLIDE_MS > middle(area.x, area.width),
            bottom: middle(at.y, at.height) + speed.1 * GLIDE_MS > middle(area.y, area.height),
        }
    }

    /// The corner an arrow key (`KeyboardEvent.key`) moves to; none for other keys.
    pub fn after_key(self, key: &str) -> Option<Self> {
        Some(match key {
            "ArrowLeft" => Self {
                right: false,
                ..self
            },
            "ArrowRight" => Self {
                right: true,
                ..self
            },
            "ArrowUp" => Self {
                bottom: false,
                ..self
            },
            "ArrowDown" => Self {
                bottom: true,
                ..self
            },
            _ => return None,
        })
    }

    /// The next one clockwise.
    pub fn next(self) -> Self {
        Self {
            right: !self.bottom,
            bottom: self.right,
        }
    }

    /// As it is remembered.
    pub fn as_str(self) -> &'static str {
        match (self.bottom, self.right) {
            (false, false) => "top-left",
            (false, true) => "top-right",
            (true, false) => "bottom-left",
            (true, true) => "bottom-right",
        }
    }

    /// Reads what was remembered; anything else is the bottom right.
    pub fn parse(text: &str) -> Self {
        Self {
            right: !text.ends_with("left"),
            bottom: !text.starts_with("top"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect {
        x: 20.0,
        y: 10.0,
        width: 960.0,
        height: 500.0,
    };

    fn all() -> [Corner; 4] {
        ["top-left", "top-right", "bottom-right", "bottom-left"].map(Corner::parse)
    }

    #[test]
    fn a_corner_is_remembered() {
        for corner in all() {
            assert_eq!(Corner::parse(corner.as_str()), corner);
        }
        assert_eq!(Corner::parse("nonsense").as_str(), "bottom-right");
    }

    #[test]
    fn the_next_corner_goes_round() {
        let [a, b, c, d] = all();
        assert_eq!([a.next(), b.next(), c.next(), d.next()], [b, c, d, a]);
    }

    #[test]
    fn a_picture_comes_to_rest_where_it_was_let_go() {
        for corner in all() {
            let place = corner.place((200.0, 150.0), AREA);
            assert_eq!(Corner::nearest(place, (0.0, 0.0), AREA), corner);
        }
        let place = Corner::parse("bottom-right").place((200.0, 150.0), AREA);
        assert_eq!((place.x, place.y), (780.0, 360.0));
    }

    #[test]
    fn a_throw_counts() {
        let place = Corner::parse("top-left").place((200.0, 150.0), AREA);
        let after = |speed| Corner::nearest(place, (speed, 0.0), AREA).as_str();
        assert_eq!(after(4.0), "top-right");
        assert_eq!(after(0.5), "top-left");
    }

    #[test]
    fn arrow_keys_move_and_others_do_not() {
        let corner = Corner::parse("bottom-right");
        assert_eq!(
            corner.after_key("ArrowUp").map(Corner::as_str),
            Some("top-right")
        );
        assert_eq!(corner.after_key("ArrowRight"), Some(corner));
        assert_eq!(corner.after_key("Enter"), None);
    }
}
