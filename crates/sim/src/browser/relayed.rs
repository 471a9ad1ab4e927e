//! What a connection sends to the relay and gets from it.

use std::net::SocketAddr;

use call::ConnectionEvent;

use super::peer_connection::PeerConnection;

impl PeerConnection {
    /// The address of the device that it knows.
    pub fn address(&self) -> u8 {
        self.candidates.address
    }

    /// The generation that waits for a relayed address.
    pub(crate) fn gathering(&self) -> Option<u32> {
        self.candidates.gathering
    }

    /// What the relay asks for.
    pub(crate) fn credentials(&self) -> Option<(&str, &str)> {
        let mut servers = self.candidates.servers.iter();
        servers.find_map(|it| it.username.as_deref().zip(it.credential.as_deref()))
    }

    /// The relay has given an address, or none.
    pub(crate) fn relayed(&mut self, to: Option<SocketAddr>) {
        for candidate in self.candidates.relayed(self.uid, to) {
            self.fire(ConnectionEvent::Gathered(candidate));
        }
    }

    /// The generation of its ICE credentials that is in use.
    pub(crate) fn generation(&self) -> Option<u32> {
        self.current_local
            .as_ref()
            .map(|it| it.description.generation)
    }

    /// Whether what was gathered for a generation is in use, or may be soon.
    pub(crate) fn uses(&self, generation: u32) -> bool {
        let mut local = [&self.current_local, &self.pending_local]
            .into_iter()
            .flatten();
        local.any(|it| it.description.generation == generation)
            || self.gathering() == Some(generation)
    }

    /// The relayed address of the other side, if it was told.
    pub(crate) fn relay_of_peer(&self) -> Option<SocketAddr> {
        let remote = &self.current_remote.as_ref()?.description;
        self.candidates.relay_of((remote.author, remote.generation))
    }
}
