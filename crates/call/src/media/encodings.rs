//! The size and the bit rate at which the own pictures are sent.

use crate::interface::{Encoding, Encodings};

/// A camera's picture begins a quarter as wide and high as it is. A first frame that is a fraction of
/// the bytes is there so much sooner, since a browser begins at a bitrate that fits every network. It
/// is also what Chromium comes to for 720p, after having thrown the first frames away.
pub(crate) const BEGIN_SCALE: u8 = 4;

/// 720p of VP8, and within what a home's upload carries.
const FULL: Encoding = Encoding {
    scale_down_by: 1,
    max_bits_per_second: 2_500_000,
};
/// 640x360: what a tile of a quarter of the window needs. The upload carries two or three of them.
const HALF: Encoding = Encoding {
    scale_down_by: 2,
    max_bits_per_second: 800_000,
};
/// 320x180: what a tile beside a shared screen needs.
const QUARTER: Encoding = Encoding {
    scale_down_by: 4,
    max_bits_per_second: 300_000,
};
/// A screen is never made smaller, so that text can be read.
const SCREEN: Encoding = Encoding {
    scale_down_by: 1,
    max_bits_per_second: 4_000_000,
};

/// How the own pictures go out to each of so many `others`, where `is_screen_shared` if anybody
/// shares a screen, for then the cameras are drawn small.
pub(crate) fn encodings(others: usize, is_screen_shared: bool) -> Encodings {
    let camera = match (is_screen_shared, others) {
        (false, 0 | 1) => FULL,
        (true, 0 | 1) | (false, _) => HALF,
        (true, _) => QUARTER,
    };
    Encodings {
        camera,
        screen: SCREEN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(others: usize, is_screen_shared: bool) -> u32 {
        let camera = encodings(others, is_screen_shared).camera;
        camera.max_bits_per_second * others as u32
    }

    #[test]
    fn cameras_of_four_take_no_more_than_that_of_two() {
        for others in 2..=3 {
            assert!(upload(others, false) <= upload(1, false));
            assert!(upload(others, true) <= upload(1, true) * 2);
        }
    }

    #[test]
    fn a_camera_is_smaller_beside_a_screen_and_the_screen_is_whole() {
        for others in 1..=3 {
            let (alone, beside) = (encodings(others, false), encodings(others, true));
            assert!(beside.camera.scale_down_by > alone.camera.scale_down_by);
            assert_eq!(beside.screen.scale_down_by, 1);
        }
    }
}
