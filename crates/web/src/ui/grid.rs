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
const UPRIGHT: f64 = 9.0 / 16.0;
const WIDEST: f64 = 16.0 / 9.0;
/// The share of the longer side that people take beside a shared screen, and its bounds.
const STRIP: f64 = 0.18;
const STRIP_LEAST: f64 = 88.0;
const STRIP_MOST: f64 = 240.0;

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
    if width > height { 4.0 / 3.0 } else { UPRIGHT }
}

/// Where shared screens and people stand: the screens take the area but for a strip of people, which
/// is at the right on a wide page and at the bottom on an upright one.
pub fn stage(screens: usize, people: usize, width: f64, height: f64) -> (Vec<Rect>, Vec<Rect>) {
    let is_wide = width > height;
    let long = if is_wide { width } else { height };
    let depth = (long * STRIP)
        .clamp(STRIP_LEAST, STRIP_MOST)
        .min(long / 2.0);
    let (stage, strip) = if is_wide {
        ((width - depth, height), (depth, height))
    } else {
        ((width, height - depth), (width, depth))
    };
    // A screen is of any shape: it takes all of its place.
    let columns = if is_wide { screens.max(1) } else { 1 };
    let rows = screens.max(1).div_ceil(columns);
    let cell = (stage.0 / columns as f64, stage.1 / rows as f64);
    let screens = (0..screens).map(|index| Rect {
        x: ((index % columns) as f64 * cell.0).round(),
        y: ((index / columns) as f64 * cell.1).round(),
        width: (cell.0 - if is_wide { GAP } else { 0.0 }).max(0.0).floor(),
        height: (cell.1 - if is_wide { 0.0 } else { GAP }).max(0.0).floor(),
    });
    let people = row_of_people(people, strip, is_wide).into_iter();
    let people = people.map(|tile| Rect {
        x: tile.x + if is_wide { stage.0 } else { 0.0 },
        y: tile.y + if is_wide { 0.0 } else { stage.1 },
        ..tile
    });
    (screens.collect(), people.collect())
}

/// Equal tiles one after the other along a strip, in its middle.
fn row_of_people(count: usize, (width, height): (f64, f64), is_upright: bool) -> Vec<Rect> {
    let gaps = GAP * count.saturating_sub(1) as f64;
    let each = |length: f64| ((length - gaps) / count.max(1) as f64).max(0.0);
    let cell = if is_upright {
        (width, each(height))
    } else {
        (each(width), height)
    };
    let (tile_width, tile_height) = fit(cell.0, cell.1, UPRIGHT);
    let start = if is_upright {
        height - span(count, tile_height)
    } else {
        width - span(count, tile_width)
    };
    (0..count)
        .map(|index| {
            let step = if is_upright { tile_height } else { tile_width } + GAP;
            let along = start / 2.0 + index as f64 * step;
            let across = if is_upright {
                (width - tile_width) / 2.0
            } else {
                (height - tile_height) / 2.0
            };
            let (x, y) = if is_upright {
                (across, along)
            } else {
                (along, across)
            };
            Rect {
                x: x.round(),
                y: y.round(),
                width: tile_width.floor(),
                height: tile_height.floor(),
            }
        })
        .collect()
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

    /// All are inside of the area, and none lies over another.
    fn assert_stand_apart(rects: &[Rect], width: f64, height: f64) {
        for (index, one) in rects.iter().enumerate() {
            assert!(one.width > 0.0 && one.height > 0.0, "{one:?}");
            let right = one.x + one.width <= width;
            let bottom = one.y + one.height <= height;
            let inside = one.x >= 0.0 && one.y >= 0.0 && right && bottom;
            assert!(inside, "{one:?} in {width}x{height}");
            for other in rects.iter().skip(index + 1) {
                let apart = one.x + one.width <= other.x
                    || other.x + other.width <= one.x
                    || one.y + one.height <= other.y
                    || other.y + other.height <= one.y;
                assert!(apart, "{one:?} and {other:?} overlap");
            }
        }
    }

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
                assert_stand_apart(&rects, width, height);
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
                    4.0 / 3.0,
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
    fn four_on_an_upright_phone_stand_two_by_two() {
        let tiles = grid(4, 374.0, 676.0);
        assert!(tiles[0].y == tiles[1].y && tiles[2].y > tiles[0].y);
        assert!(tiles[0].height > tiles[0].width);
    }

    #[test]
    fn faces_are_not_cut_to_squares_on_a_wide_page() {
        for count in 2..=4 {
            for tile in grid(count, 1264.0, 632.0) {
                assert!(tile.width / tile.height > 1.3, "{tile:?}");
            }
        }
    }

    #[test]
    fn a_screen_takes_most_of_any_page_and_nothing_overlaps() {
        for (width, height) in [
            (1264.0, 632.0),
            (374.0, 676.0),
            (780.0, 382.0),
            (304.0, 400.0),
        ] {
            for people in 1..=4 {
                for screens in 1..=2 {
                    let (stage, strip) = stage(screens, people, width, height);
                    assert_eq!((stage.len(), strip.len()), (screens, people));
                    let all: Vec<_> = stage.iter().chain(&strip).copied().collect();
                    assert_stand_apart(&all, width, height);
                    assert!(area(&stage) > 0.6 * width * height);
                }
            }
        }
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
