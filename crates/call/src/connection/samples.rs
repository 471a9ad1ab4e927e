//! A description and candidates for unit tests.

use protocol::{Candidate, Sdp};

pub(super) const HEAD: &str = "v=0\r\ns=-\r\n";
pub(super) const AUDIO: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:abcd\r\na=mid:0\r\n";
pub(super) const VIDEO: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:abcd\r\na=mid:1\r\n";
pub(super) const HOST: &str = "candidate:1 1 udp 2122260223 192.0.2.7 54400 typ host generation 0";

pub(crate) fn sdp() -> Sdp {
    Sdp::new(format!("{HEAD}{AUDIO}{VIDEO}"))
}

pub(crate) fn candidate(line: u16, fragment: &str) -> Candidate {
    Candidate {
        candidate: format!("{HOST} ufrag {fragment} network-cost 50"),
        sdp_mid: None,
        sdp_m_line_index: Some(line),
        username_fragment: Some(fragment.to_owned()),
    }
}
