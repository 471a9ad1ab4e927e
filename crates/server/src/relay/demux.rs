//! Tells the protocols on one UDP socket apart by the first byte of a datagram (RFC 7983, section 7).

/// The protocol of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A STUN message, of TURN or of ICE.
    Stun,
    /// ChannelData of TURN.
    Channel,
    /// ZRTP, which this server does not speak.
    Zrtp,
    /// A record of DTLS.
    Dtls,
    /// RTP or RTCP.
    Rtp,
    /// None of these.
    Unknown,
}

impl Kind {
    /// The protocol of this datagram.
    pub(super) fn of(datagram: &[u8]) -> Self {
        match datagram.first() {
            Some(0..=3) => Self::Stun,
            Some(16..=19) => Self::Zrtp,
            Some(20..=63) => Self::Dtls,
            Some(64..=79) => Self::Channel,
            Some(128..=191) => Self::Rtp,
            _ => Self::Unknown,
        }
    }
}

/// Datagrams that were dropped because nothing here takes their kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Untaken {
    /// Of ZRTP.
    pub zrtp: u64,
    /// Of DTLS.
    pub dtls: u64,
    /// Of RTP or RTCP.
    pub rtp: u64,
    /// Of no known kind.
    pub unknown: u64,
}

impl Untaken {
    /// Whether a datagram is for TURN. Counts it if it is not.
    pub(super) fn is_for_turn(&mut self, datagram: &[u8]) -> bool {
        let count = match Kind::of(datagram) {
            Kind::Stun | Kind::Channel => return true,
            Kind::Zrtp => &mut self.zrtp,
            Kind::Dtls => &mut self.dtls,
            Kind::Rtp => &mut self.rtp,
            Kind::Unknown => &mut self.unknown,
        };
        *count += 1;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_range_is_what_rfc_7983_says() {
        let ranges = [
            (0..=3, Kind::Stun),
            (4..=15, Kind::Unknown),
            (16..=19, Kind::Zrtp),
            (20..=63, Kind::Dtls),
            (64..=79, Kind::Channel),
            (80..=127, Kind::Unknown),
            (128..=191, Kind::Rtp),
            (192..=255, Kind::Unknown),
        ];
        let mut next = 0_u16;
        for (range, kind) in ranges {
            for first in range {
                assert_eq!(u16::from(first), next, "every byte once");
                assert_eq!(Kind::of(&[first, 0xFF]), kind, "{first}");
                next += 1;
            }
        }
        assert_eq!(next, 256);
        assert_eq!(Kind::of(&[]), Kind::Unknown);
    }

    #[test]
    fn turn_gets_its_own_and_the_rest_is_counted_apart() {
        let mut untaken = Untaken::default();
        let firsts = 0..=255_u8;
        let taken = firsts.filter(|first| untaken.is_for_turn(&[*first, 0, 0, 0]));
        assert_eq!(taken.count(), 4 + 16);
        let counted = Untaken {
            zrtp: 4,
            dtls: 44,
            rtp: 64,
            unknown: 12 + 48 + 64,
        };
        assert_eq!(untaken, counted);
    }
}
