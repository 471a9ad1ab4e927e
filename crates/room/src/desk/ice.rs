//! The STUN and TURN servers that one connection is told of.

use std::sync::Arc;
use std::time::Duration;

use protocol::IceServer;
use web_time::Instant;

use crate::{IceUrls, RelayKey, RelayUser};

/// What a connection has to do with STUN and TURN.
#[derive(Debug, Default)]
pub(super) struct Ice {
    urls: Option<Arc<IceUrls>>,
    /// Whom the relay knows somebody in a lobby as.
    in_lobby: Option<RelayUser>,
    /// When new credentials are due.
    renew_at: Option<Instant>,
}

/// The key and times with which the relay's credentials are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signing<'a> {
    pub(super) key: Option<&'a RelayKey>,
    pub(super) lifetime: Duration,
    pub(super) now: Instant,
    pub(super) unix_seconds: u64,
}

impl Ice {
    pub(super) fn new(urls: Option<Arc<IceUrls>>) -> Self {
        Self {
            urls,
            ..Self::default()
        }
    }

    pub(super) fn lobby_user(&self) -> Option<&RelayUser> {
        self.in_lobby.as_ref()
    }

    pub(super) fn set_lobby_user(&mut self, user: Option<RelayUser>) {
        self.in_lobby = user;
    }

    pub(super) fn take_lobby_user(&mut self) -> Option<RelayUser> {
        self.in_lobby.take()
    }

    pub(super) fn renew_at(&self) -> Option<Instant> {
        self.renew_at
    }

    /// Stops the renewal of credentials. Returns when it was due.
    pub(super) fn stop_renewal(&mut self) -> Option<Instant> {
        self.renew_at.take()
    }

    /// The servers for a connection, and when they must be sent again with new credentials.
    pub(super) fn servers(
        &mut self,
        signing: &Signing<'_>,
        user: Option<&RelayUser>,
    ) -> Vec<IceServer> {
        self.renew_at = None;
        let Some(urls) = &self.urls else {
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
        if let Some((key, user)) = signing.key.zip(user)
            && !urls.turn.is_empty()
        {
            let expires = (signing.unix_seconds).saturating_add(signing.lifetime.as_secs());
            let username = format!("{expires}:{}", user.as_str());
            let credential = key.password(&username);
            servers.push(IceServer {
                urls: urls.turn.clone(),
                username: Some(username),
                credential: Some(credential),
            });
            // Early enough for a clock or a line that is slow.
            self.renew_at = Some(signing.now + signing.lifetime * 4 / 5);
        }
        servers
    }
}
