//! What the engine reads in a description (RFC 8866), and the candidates that it adds to one.

use protocol::{Candidate, Sdp, limits};

/// The user fragment of a description: with one transport for all, that of its first section.
pub(super) fn fragment(sdp: &Sdp) -> Option<&str> {
    let mut lines = sdp.as_str().lines();
    lines.find_map(|line| line.strip_prefix("a=ice-ufrag:"))
}

/// The candidates that stand in a description.
pub(super) fn candidates(sdp: &Sdp) -> impl Iterator<Item = &str> {
    let lines = sdp.as_str().lines();
    let attributes = lines.filter_map(|line| line.strip_prefix("a="));
    attributes.filter(|line| line.starts_with("candidate:"))
}

/// The description with a candidate (RFC 8839, section 5.1) in the media section it belongs to.
/// None if there is none, or no room.
pub(super) fn with_candidate(sdp: &Sdp, candidate: &Candidate) -> Option<Sdp> {
    let line = without_fragment(&candidate.candidate);
    let is_one_line = !line.contains(['\r', '\n']);
    let is_of_it = fragment(sdp)? == candidate.username_fragment.as_deref()?;
    if !is_one_line || !is_of_it {
        return None;
    }
    let line = ["a=", &line].concat();
    let text = sdp.as_str();
    if text.lines().any(|it| it == line) {
        return Some(sdp.clone());
    }
    let lines = text.match_indices('\n').map(|(at, _)| at + 1);
    let mut sections = lines.filter(|at| {
        let line = text.get(*at..);
        line.is_some_and(|line| line.starts_with("m="))
    });
    sections.nth(usize::from(candidate.sdp_m_line_index?))?;
    let (head, tail) = text.split_at(sections.next().unwrap_or(text.len()));
    let whole = [head, &line, "\r\n", tail].concat();
    (whole.len() <= limits::SDP_BYTES && head.ends_with('\n')).then_some(Sdp::new(whole))
}

/// In a description, the fragment has a line of its own.
fn without_fragment(candidate: &str) -> String {
    let mut words = candidate.split(' ');
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        if word == "ufrag" {
            words.next();
        } else {
            kept.push(word);
        }
    }
    kept.join(" ")
}

/// Which media sections for a screen an offer has. The first section of each medium is the camera's or
/// the microphone's, and any other one is of the screen or of its sound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ScreenLines {
    pub(crate) screen: bool,
    pub(crate) screen_sound: bool,
}

impl ScreenLines {
    pub(crate) fn of(offer: &Sdp) -> Self {
        let count = |kind: &str| {
            let lines = offer.as_str().lines();
            lines.filter(|line| line.starts_with(kind)).count()
        };
        Self {
            screen: count("m=video") > 1,
            screen_sound: count("m=audio") > 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::samples::{AUDIO, HEAD, HOST, VIDEO, candidate, sdp};

    #[test]
    fn a_candidate_goes_at_the_end_of_its_section() {
        let line = format!("a={HOST} network-cost 50\r\n");
        let first = with_candidate(&sdp(), &candidate(0, "abcd")).unwrap();
        assert_eq!(first.as_str(), format!("{HEAD}{AUDIO}{line}{VIDEO}"));
        let second = with_candidate(&sdp(), &candidate(1, "abcd")).unwrap();
        assert_eq!(second.as_str(), format!("{HEAD}{AUDIO}{VIDEO}{line}"));
        // The browser had it in there already.
        assert_eq!(with_candidate(&first, &candidate(0, "abcd")), Some(first));
    }

    #[test]
    fn what_does_not_belong_there_stays_outside() {
        assert_eq!(with_candidate(&sdp(), &candidate(2, "abcd")), None);
        assert_eq!(
            with_candidate(&sdp(), &candidate(0, "of an older generation")),
            None
        );
        let two_lines = Candidate {
            candidate: format!("{HOST}\r\na=setup:active"),
            ..candidate(0, "abcd")
        };
        assert_eq!(with_candidate(&sdp(), &two_lines), None);
        let long = Sdp::new(format!("{}{}", sdp().as_str(), "a=x\r\n".repeat(9_800)));
        assert!(long.bytes() <= limits::SDP_BYTES);
        assert_eq!(with_candidate(&long, &candidate(0, "abcd")), None);
    }
}
