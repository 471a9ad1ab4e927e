//! Notices when all connections to signalling come from one loopback or private address. Then a
//! forwarder or a container's network may stand between, and all people share the limits of one
//! address. How many people make these connections is not known.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use crate::networks;

/// How many connections make a crowd.
pub(super) const CROWD: u32 = 20;

/// The connections so far.
#[derive(Debug, Default)]
pub(super) struct Crowd(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Nobody,
    /// All came from this address, and so many there were.
    One(IpAddr, u32),
    /// Some came from other addresses too, or it was said already.
    Settled,
}

impl Crowd {
    /// Counts a connection to signalling that came through no trusted proxy and asked for no loopback
    /// host. True if it is now time to say that all come from one local address.
    pub(super) fn came(&self, from: IpAddr) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *state {
            State::Nobody if networks::is_private(from) => *state = State::One(from, 1),
            State::One(one, count) if *one == from => {
                *count += 1;
                if *count >= CROWD {
                    *state = State::Settled;
                    return true;
                }
            }
            State::Settled => {}
            State::Nobody | State::One(..) => *state = State::Settled,
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(connections: impl IntoIterator<Item = &'static str>) -> usize {
        let crowd = Crowd::default();
        let came = connections
            .into_iter()
            .map(|it| crowd.came(it.parse().unwrap()));
        came.filter(|said| *said).count()
    }

    #[test]
    fn it_is_said_once_and_only_of_one_local_address() {
        let many = 3 * CROWD as usize;
        for near in ["127.0.0.1", "172.17.0.1", "fd00::1"] {
            assert_eq!(said(std::iter::repeat_n(near, many)), 1, "{near}");
            assert_eq!(said(std::iter::repeat_n(near, CROWD as usize - 1)), 0);
        }
        assert_eq!(said(std::iter::repeat_n("198.51.100.1", many)), 0);
        let other = std::iter::once("192.168.1.9");
        assert_eq!(
            said(other.chain(std::iter::repeat_n("192.168.1.5", many))),
            0
        );
    }
}
