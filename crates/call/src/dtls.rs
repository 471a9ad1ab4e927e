//! Who is who in the DTLS handshake (RFC 8842).
//!
//! It is settled by the first answer and holds for as long as the connection does. Every later
//! offer leaves the choice open, as it must, and every answer has to repeat what was settled.
//! Firefox may choose anew when ICE is restarted, and the other browser then refuses the answer;
//! so a browser is shown every later offer with the choice settled.

use protocol::Sdp;

const OPEN: &str = "a=setup:actpass";

/// What a side does to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setup {
    /// It sends the first message.
    Active,
    /// It waits for it.
    Passive,
}

impl Setup {
    /// What the author of a description does, if the description settles it.
    pub(crate) fn of(description: &Sdp) -> Option<Self> {
        description
            .0
            .lines()
            .find_map(|line| match line.trim_end() {
                "a=setup:active" => Some(Self::Active),
                "a=setup:passive" => Some(Self::Passive),
                _ => None,
            })
    }

    /// What the other side does.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Active => Self::Passive,
            Self::Passive => Self::Active,
        }
    }

    /// The offer of one who does this, with the choice no longer open.
    pub(crate) fn settle(self, offer: &Sdp) -> Sdp {
        let settled = match self {
            Self::Active => "a=setup:active",
            Self::Passive => "a=setup:passive",
        };
        Sdp(offer.0.replace(OPEN, settled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sdp(setup: &str) -> Sdp {
        Sdp(format!(
            "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=setup:{setup}\r\na=mid:0\r\n\
             m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=setup:{setup}\r\na=mid:1\r\n"
        ))
    }

    #[test]
    fn only_an_answer_settles_it() {
        assert_eq!(Setup::of(&sdp("active")), Some(Setup::Active));
        assert_eq!(Setup::of(&sdp("passive")), Some(Setup::Passive));
        assert_eq!(Setup::of(&sdp("actpass")), None);
        assert_eq!(Setup::of(&Sdp(String::new())), None);
    }

    #[test]
    fn an_open_offer_is_settled_in_every_section() {
        let offer = sdp("actpass");
        assert_eq!(Setup::Active.settle(&offer), sdp("active"));
        assert_eq!(Setup::Active.other().settle(&offer), sdp("passive"));
        assert_eq!(Setup::Active.settle(&sdp("passive")), sdp("passive"));
    }
}
