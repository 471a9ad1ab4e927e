//! ChannelData messages (RFC 8656, section 12.4).

use std::ops::{Range, RangeInclusive};

/// Channel number and length.
pub const HEADER: usize = 4;
/// The numbers that channels may have (RFC 8656, section 12).
pub const NUMBERS: RangeInclusive<u16> = 0x4000..=0x4FFF;

/// True if ChannelData begins with this byte.
pub fn begins(first: u8) -> bool {
    matches!(first, 0x40..=0x4F)
}

/// The channel of a ChannelData message, and where its data is; what follows that is padding.
pub fn parse(message: &[u8]) -> Option<(u16, Range<usize>)> {
    let [a, b, c, d] = *message.first_chunk::<HEADER>()?;
    let length = usize::from(u16::from_be_bytes([c, d]));
    let data = HEADER..HEADER + length;
    (begins(a) && data.end <= message.len()).then_some((u16::from_be_bytes([a, b]), data))
}

/// What goes before `length` bytes of data.
pub fn header(number: u16, length: u16) -> [u8; HEADER] {
    let [a, b] = number.to_be_bytes();
    let [c, d] = length.to_be_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_may_be_followed_by_padding_but_not_be_short() {
        assert_eq!(header(0x4001, 258), [0x40, 1, 1, 2]);
        assert_eq!(parse(&[0x40, 1, 0, 2, 7, 8]), Some((0x4001, 4..6)));
        assert_eq!(parse(&[0x40, 1, 0, 2, 7, 8, 0, 0]), Some((0x4001, 4..6)));
        assert_eq!(parse(&[0x40, 1, 0, 0]), Some((0x4001, 4..4)));
        assert_eq!(parse(&[0x40, 1, 0, 3, 7, 8]), None);
        assert_eq!(parse(&[0x50, 1, 0, 0]), None);
        assert_eq!(parse(&[0x40, 1, 0]), None);
    }
}
