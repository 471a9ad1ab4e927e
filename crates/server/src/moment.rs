//! Moments as people and programs read them.

use std::fmt;

use time::{OffsetDateTime, UtcOffset};

/// The 1st of November 2026. This program was written later, so a clock that shows an earlier time
/// is wrong: that of a computer without a battery is until the network has set it.
pub const EARLIEST: OffsetDateTime = match OffsetDateTime::from_unix_timestamp(1_793_491_200) {
    Ok(moment) => moment,
    Err(_) => OffsetDateTime::UNIX_EPOCH,
};

/// A moment in UTC to the second (RFC 3339).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub OffsetDateTime);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = self.0.to_offset(UtcOffset::UTC);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            utc.year(),
            u8::from(utc.month()),
            utc.day(),
            utc.hour(),
            utc.minute(),
            utc.second()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_is_what_it_says() {
        assert_eq!(Moment(EARLIEST).to_string(), "2026-11-01T00:00:00Z");
    }

    #[test]
    fn is_written_as_in_rfc_3339() {
        let moment = OffsetDateTime::from_unix_timestamp(1_795_397_231).unwrap();
        assert_eq!(Moment(moment).to_string(), "2026-11-23T01:27:11Z");
    }
}
