//! What the two sides of a connection say to each other.

use std::collections::VecDeque;

use protocol::{Candidate, Sdp};

use super::description::with_candidate;

/// Something to be said to the other side.
#[derive(Debug, Clone)]
pub(crate) enum Signal {
    Offer(Sdp),
    Answer(Sdp),
    Candidate(Option<Candidate>),
    IceError { code: u16, text: String },
}

/// Something the other side said, waiting for its turn.
#[derive(Debug, Clone)]
pub(super) enum Incoming {
    Offer(Sdp),
    Answer(Sdp),
    Candidate(Option<Candidate>),
}

/// Puts the candidates that are to be said next into the description before them.
pub(super) fn take_along(sdp: &mut Sdp, signals: &mut VecDeque<Signal>) {
    while let Some(Signal::Candidate(Some(candidate))) = signals.front() {
        let Some(whole) = with_candidate(sdp, candidate) else {
            return;
        };
        *sdp = whole;
        signals.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::samples::{candidate, sdp};

    #[test]
    fn candidates_are_taken_along_up_to_the_first_that_is_not() {
        let mut signals = VecDeque::from([
            Signal::Candidate(Some(candidate(0, "abcd"))),
            Signal::Candidate(None),
            Signal::Candidate(Some(candidate(1, "abcd"))),
        ]);
        let mut whole = sdp();
        take_along(&mut whole, &mut signals);
        assert_eq!(whole.as_str().matches("a=candidate").count(), 1);
        assert!(matches!(signals.front(), Some(Signal::Candidate(None))));
        assert_eq!(signals.len(), 2);
    }
}
