//! Where the tiles of a call go: pure geometry, in CSS pixels.

/// A place on the page, from the top left corner of the area for tiles.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Between tiles, and around them.
const GAP: f64 = 8.0;
/// A tile is no narrower than an upright phone's picture, and no wider than a film's.
const UPRIGHT: f64 = 3.0 / 4.0;
const WIDEST: f64 = 16.0 / 9.0;

/// Places `count` equal tiles in an area so that the least of it is wasted. Rows that are not
/// full stand in the middle.
pub fn grid(count: usize, width: f64, height: f64) -> Vec<Rect> {
    let narrowest = narrowest(width, height);
    let mut best = (0.0, 0.0, 1);
    for columns in 1..=count {
        let rows = count.div_ceil(columns);
        let (tile_width, tile_height) = fit(
            (width - GAP) / columns as f64 - GAP,
            (height - GAP) / rows as f64 - GAP,
            narrowest,
        );
        if tile_width * tile_height > best.0 * best.1 {
            best = (tile_width, tile_height, columns);
        }
    }
    let (tile_width, tile_height, columns) = best;
    let rows = count.div_ceil(columns);
    let top = (height - span(rows, tile_height)) / 2.0;
    (0..count)
        .map(|index| {
            let (row, column) = (index / columns, index % columns);
            let in_row = columns.min(count - row * columns);
            let left = (width - span(in_row, tile_width)) / 2.0;
            Rect {
                x: (left + column as f64 * (tile_width + GAP)).round(),
                y: (top + row as f64 * (tile_height + GAP)).round(),
                width: tile_width.floor(),
                height: tile_height.floor(),
            }
        })
        .collect()
}

/// The length of `count` tiles and the gaps between them.
fn span(count: usize, length: f64) -> f64 {
    count as f64 * (length + GAP) - GAP
}

/// The narrowest shape of a tile: where there is width, faces are not cut at their sides.
fn narrowest(width: f64, height: f64) -> f64 {
    if width > height { 1.0 } else { UPRIGHT }
}

/// The largest picture of an allowed shape in a cell.
fn fit(width: f64, height: f64, narrowest: f64) -> (f64, f64) {
    let (width, height) = (width.max(0.0), height.max(0.0));
    (width.min(height * WIDEST), height.min(width / narrowest))
}

/// The size of the own picture in its corner: of the shape of its video, and small.
pub fn corner_size(area_width: f64, area_height: f64, shape: f64) -> (f64, f64) {
    let short = area_width.min(area_height);
    // As much surface for an upright picture as for a lying one.
    let side = (short * 0.28).clamp(88.0, 220.0);
    let shape = shape.clamp(9.0 / 16.0, WIDEST).sqrt();
    ((side * shape).round(), (side / shape).round())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(rects: &[Rect]) -> f64 {
        rects.iter().map(|rect| rect.width * rect.height).sum()
    }

    #[test]
    fn tiles_stay_inside_and_apart() {
        for count in 1..=30 {
            for (width, height) in [
                (1280.0, 720.0),
                (390.0, 844.0),
                (844.0, 390.0),
                (320.0, 480.0),
            ] {
                let rects = grid(count, width, height);
                assert_eq!(rects.len(), count);
                for (index, one) in rects.iter().enumerate() {
                    assert!(one.width > 0.0 && one.height > 0.0);
                    assert!(
                        one.x >= 0.0 && one.x + one.width <= width,
                        "{count} in {width}x{height}: {one:?}"
                    );
                    assert!(
                        one.y >= 0.0 && one.y + one.height <= height,
                        "{count} in {width}x{height}: {one:?}"
                    );
                    for other in &rects[index + 1..] {
                        let apart = one.x + one.width <= other.x
                            || other.x + other.width <= one.x
                            || one.y + one.height <= other.y
                            || other.y + other.height <= one.y;
                        assert!(apart, "{one:?} and {other:?} overlap");
                    }
                }
            }
        }
    }

    #[test]
    fn no_other_number_of_columns_wastes_less() {
        for count in 1..=16 {
            let used = area(&grid(count, 1280.0, 720.0));
            for columns in 1..=count {
                let rows = count.div_ceil(columns);
                let (width, height) = fit(
                    1272.0 / columns as f64 - GAP,
                    712.0 / rows as f64 - GAP,
                    1.0,
                );
                // Whole pixels cost a little.
                assert!(used >= count as f64 * (width - 1.0) * (height - 1.0));
            }
        }
    }

    #[test]
    fn three_on_a_wide_screen_and_on_a_phone() {
        let wide = grid(3, 1280.0, 720.0);
        assert!(wide[0].y == wide[1].y && wide[2].y > wide[0].y);
        // The one alone in its row stands in the middle.
        assert!((wide[2].x + wide[2].width / 2.0 - 640.0).abs() <= 1.0);
        let phone = grid(3, 390.0, 844.0);
        assert!(phone[0].x == phone[1].x && phone[1].y > phone[0].y);
    }

    #[test]
    fn nobody_and_no_room_are_no_trouble() {
        assert!(grid(0, 100.0, 100.0).is_empty());
        let nothing = Rect {
            x: 0.0,
            y: 0.0,
            width: 0.0,
            height: 0.0,
        };
        for rect in grid(2, 0.0, 0.0) {
            assert_eq!((rect.width, rect.height), (nothing.width, nothing.height));
        }
    }

    #[test]
    fn the_own_picture_is_small_and_keeps_its_shape() {
        let (width, height) = corner_size(1280.0, 800.0, 4.0 / 3.0);
        assert!((width / height - 4.0 / 3.0).abs() < 0.02);
        assert!(width * height < 1280.0 * 800.0 / 16.0);
        let (width, height) = corner_size(320.0, 568.0, 9.0 / 16.0);
        assert!(width < height && width <= 320.0 / 3.0);
    }
}
