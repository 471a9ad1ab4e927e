//! The STUN and TURN servers that clients are told of, and the credentials for the relay.
//!
//! A credential is made as the draft "A REST API for Access To TURN Services" has it: the user
//! name is `EXPIRES:USER` (unix seconds), the password is the base64 of an HMAC-SHA1 over it. The
//! relay checks a credential by the shared secret, and works only for users that were granted and not
//! yet revoked. USER is random and never used twice. It belongs to one participant, or to somebody who
//! looks into a room and may soon enter it. When that one goes, the relay ends what it does for USER.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use protocol::{IceServer, ParticipantId, RoomId, ServerMessage};
use sha1::Sha1;

use crate::rooms::{Rooms, State};
use crate::timers::Timer;
use crate::{ConnectionId, Output};

/// Put in front of what is signed.
const CONTEXT: &[u8] = b"credentials:";

/// Signs credentials for the relay (HMAC-SHA1, which TURN's own message integrity rests on too).
#[derive(Clone)]
pub struct RelayKey(Hmac<Sha1>);

impl fmt::Debug for RelayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelayKey(..)")
    }
}

impl RelayKey {
    /// A key of 32 random bytes, which the relay has too.
    pub fn new(secret: &[u8; 32]) -> Self {
        // HMAC fills a key up to the hash's block with zeros (RFC 2104, section 2).
        let mut block = [0; 64];
        block
            .iter_mut()
            .zip(secret)
            .for_each(|(to, from)| *to = *from);
        Self(Hmac::new(&block.into()).chain_update(CONTEXT))
    }

    /// The password that belongs to a user name.
    pub fn password(&self, username: &str) -> String {
        let mac = self.0.clone().chain_update(username.as_bytes()).finalize();
        STANDARD.encode(mac.into_bytes())
    }
}

/// Where this server's STUN and TURN are found, under the name that a client reached it by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IceUrls {
    /// STUN URIs (RFC 7064).
    pub stun: Vec<String>,
    /// TURN URIs (RFC 7065).
    pub turn: Vec<String>,
}

/// Whom the relay knows somebody as. Not the participant id: a user name is sent in the clear.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelayUser(ParticipantId);

impl RelayUser {
    /// The part of a user name after the colon.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// What a connection has to do with STUN and TURN.
#[derive(Debug, Default)]
pub(crate) struct Ice {
    pub(crate) urls: Option<Arc<IceUrls>>,
    /// Whom the relay knows somebody in a lobby as.
    in_lobby: Option<RelayUser>,
    /// When new credentials are due.
    renew_at: Option<web_time::Instant>,
}

impl Ice {
    pub(crate) fn new(urls: Option<Arc<IceUrls>>) -> Self {
        Self {
            urls,
            ..Self::default()
        }
    }
}

impl Rooms {
    /// Makes a user of the relay for a connection and grants it, if there is a relay.
    pub(crate) fn new_relay_user(&mut self, connection: ConnectionId) -> Option<RelayUser> {
        self.config.relay_key.as_ref()?;
        let address = self.connections.get(&connection)?.group;
        let user = RelayUser(self.random.participant()?);
        self.push(Output::Grant {
            user: user.clone(),
            address,
        });
        Some(user)
    }

    /// The servers for somebody who looks into a room: with the relay only while somebody is to be
    /// seen there, whom it may soon call. So a relay is for those who could enter.
    pub(crate) fn ice_servers_in_lobby(
        &mut self,
        connection: ConnectionId,
        is_empty: bool,
    ) -> Vec<IceServer> {
        if is_empty {
            self.leave_lobby_relay(connection);
            return self.ice_servers(connection, None);
        }
        let known = self
            .connections
            .get(&connection)
            .and_then(|it| it.ice.in_lobby.clone());
        let user = known.or_else(|| self.new_relay_user(connection));
        if let Some(it) = self.connections.get_mut(&connection) {
            it.ice.in_lobby.clone_from(&user);
        }
        self.ice_servers(connection, user.as_ref())
    }

    /// Takes over what the relay does for somebody in the lobby, who enters now.
    pub(crate) fn take_lobby_relay(&mut self, connection: ConnectionId) -> Option<RelayUser> {
        self.connections.get_mut(&connection)?.ice.in_lobby.take()
    }

    /// Ends what the relay does for somebody in the lobby.
    pub(crate) fn leave_lobby_relay(&mut self, connection: ConnectionId) {
        let user = self.take_lobby_relay(connection);
        self.revoke(user);
    }

    /// Ends what the relay does for somebody.
    pub(crate) fn revoke(&mut self, user: Option<RelayUser>) {
        if let Some(user) = user {
            self.push(Output::Revoke { user });
        }
    }

    /// The servers for a participant.
    pub(crate) fn ice_servers_of(
        &mut self,
        connection: ConnectionId,
        room: &RoomId,
        me: &ParticipantId,
    ) -> Vec<IceServer> {
        let member = self.rooms.get(room).and_then(|it| it.members.get(me));
        let user = member.and_then(|it| it.relay.clone());
        self.ice_servers(connection, user.as_ref())
    }

    fn ice_servers(
        &mut self,
        connection: ConnectionId,
        user: Option<&RelayUser>,
    ) -> Vec<IceServer> {
        self.stop_renewal(connection);
        let Some(urls) = self
            .connections
            .get(&connection)
            .and_then(|it| it.ice.urls.clone())
        else {
            return Vec::new();
        };
        let mut servers = Vec::new();
        if !urls.stun.is_empty() {
            servers.push(IceServer {
                urls: urls.stun.clone(),
                username: None,
                credential: None,
            });
        }
        if let Some((key, user)) = self.config.relay_key.as_ref().zip(user)
            && !urls.turn.is_empty()
        {
            let lifetime = self.config.relay_lifetime;
            let now = self.anchor.unix_seconds(self.now);
            let expires = now.saturating_add(lifetime.as_secs());
            let username = format!("{expires}:{}", user.as_str());
            let credential = key.password(&username);
            servers.push(IceServer {
                urls: urls.turn.clone(),
                username: Some(username),
                credential: Some(credential),
            });
            // Early enough for a clock or a line that is slow.
            let at = self.now + lifetime * 4 / 5;
            self.timers.set(at, Timer::IceServers(connection));
            if let Some(it) = self.connections.get_mut(&connection) {
                it.ice.renew_at = Some(at);
            }
        }
        servers
    }

    /// No new credentials for a connection that is to have none.
    pub(crate) fn stop_renewal(&mut self, connection: ConnectionId) {
        let due = self
            .connections
            .get_mut(&connection)
            .and_then(|it| it.ice.renew_at.take());
        if let Some(at) = due {
            self.timers.cancel(at, Timer::IceServers(connection));
        }
    }

    /// Hands out new credentials before the old ones expire.
    pub(crate) fn renew_ice_servers(&mut self, connection: ConnectionId) {
        let Some(it) = self.connections.get_mut(&connection) else {
            return;
        };
        it.ice.renew_at = None;
        let ice_servers = match it.state.clone() {
            State::Joined(room, me) => self.ice_servers_of(connection, &room, &me),
            State::Lobby(_) => match it.ice.in_lobby.clone() {
                Some(user) => self.ice_servers(connection, Some(&user)),
                None => return,
            },
            State::Fresh { .. } | State::Idle => return,
        };
        self.send(connection, ServerMessage::IceServers { ice_servers });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_that_of_the_draft() {
        // Computed apart from this code, by:
        // python3 -c 'import hmac,base64 as b;print(b.b64encode(hmac.digest(
        //   bytes(range(32)),b"credentials:1790000300:AAAAAAAAAAAA","sha1")).decode())'
        let secret = std::array::from_fn(|at| at as u8);
        assert_eq!(
            RelayKey::new(&secret).password("1790000300:AAAAAAAAAAAA"),
            "/hroPGw+ceU2+/qPC5k2WVqOC0E="
        );
        assert_eq!(format!("{:?}", RelayKey::new(&secret)), "RelayKey(..)");
    }
}
