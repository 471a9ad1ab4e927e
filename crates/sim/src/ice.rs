//! Whether media finds its way between browsers, as time goes by.

use std::collections::BTreeMap;
use std::time::Duration;

use call::IceState;
use web_time::Instant;

use crate::browser::{Browser, PeerConnection};
use crate::relay::Relay;

/// How long it takes until a lost way is noticed, and until it is given up.
const NOTICED: Duration = Duration::from_millis(1_500);
const GIVEN_UP: Duration = Duration::from_secs(7);

/// The ways between browsers.
#[derive(Debug, Default)]
pub(crate) struct Ice {
    /// Since when a connection is without its partner.
    alone: BTreeMap<u64, Instant>,
    /// There is no way between any two.
    pub(crate) blocked: bool,
}

impl Ice {
    /// Moves the state of every connection on.
    pub(crate) fn update<'a>(
        &mut self,
        now: Instant,
        browsers: impl Iterator<Item = &'a mut Browser>,
        mut relay: Option<&mut Relay>,
    ) {
        let mut browsers: Vec<_> = browsers.collect();
        if let Some(relay) = &mut relay {
            let connections = browsers
                .iter_mut()
                .flat_map(|it| it.connections.values_mut());
            let mut connections = connections.map(|it| (it.uid, it)).collect();
            relay.tick(now, &mut connections);
        }
        let all: BTreeMap<u64, PeerConnection> = browsers
            .iter()
            .flat_map(|it| it.usable())
            .map(|it| (it.uid, it.clone()))
            .collect();
        self.alone.retain(|uid, _| {
            let mut open = browsers.iter().flat_map(|it| it.connections.values());
            open.any(|it| it.uid == *uid)
        });
        for browser in &mut browsers {
            let address = browser.address;
            for it in browser.connections.values_mut() {
                let partner = it.partner().and_then(|uid| all.get(&uid));
                let linked = !self.blocked
                    && it.address() == address
                    && partner.is_some_and(|other| {
                        it.is_linked_to(other)
                            && relay.as_ref().is_none_or(|relay| {
                                relay.hears(now, it, other) && relay.hears(now, other, it)
                            })
                    });
                it.flows = linked;
                let next = if linked {
                    self.alone.remove(&it.uid);
                    match it.ice {
                        IceState::New => IceState::Checking,
                        _ => IceState::Connected,
                    }
                } else {
                    let since = *self.alone.entry(it.uid).or_insert(now);
                    let alone = now - since;
                    match it.ice {
                        IceState::New if it.partner().is_some() => IceState::Checking,
                        IceState::Connected if alone >= NOTICED => IceState::Disconnected,
                        IceState::Disconnected if alone >= GIVEN_UP => IceState::Failed,
                        IceState::Checking if alone >= 2 * GIVEN_UP => IceState::Failed,
                        other => other,
                    }
                };
                it.set_ice(next);
            }
        }
    }
}
