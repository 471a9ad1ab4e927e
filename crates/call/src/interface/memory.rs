//! What the device keeps from one visit to the next.

use protocol::{Name, RoomId, RoomSecret};
use serde::{Deserialize, Serialize};

/// How many of the people met in a call are remembered.
const MAX_MET: usize = 8;
/// At most so many of the calls in which nobody was met are shown.
const LONELY_SHOWN: usize = 3;

/// What the device keeps from one visit to the next. Never sent anywhere as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    pub name: Name,
    pub microphone_id: Option<String>,
    pub camera_id: Option<String>,
    pub speaker_id: Option<String>,
    /// Devices were off when the person last joined.
    pub microphone_off: bool,
    pub camera_off: bool,
    pub music: bool,
    /// Media goes through the relay only, so that the others don't learn the own address.
    pub relay_only: bool,
    /// No sound is played when something happens on a page that nobody looks at.
    pub bell_off: bool,
    /// The system shows a notification when something happens on a page that nobody looks at, if the
    /// browser allows it.
    pub notify: bool,
    /// A secret of this device. The token that it shows in each room is derived from it.
    pub device: Option<RoomSecret>,
    /// Newest first, at most [`Memory::RECENTS`] in which somebody was met, and as many others.
    pub recent: Vec<Recent>,
}

/// A call that was joined or started from this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    pub room: RoomId,
    /// There if this device started the call: it is its host again.
    pub secret: Option<RoomSecret>,
    /// When it was last joined or started, in milliseconds since 1970.
    pub at_unix_ms: u64,
    /// Who was met there, at most eight.
    pub names: Vec<Name>,
}

impl Memory {
    /// How many recent calls are kept.
    pub const RECENTS: usize = 20;

    /// The secret of a call that this device started.
    pub(crate) fn secret_of(&self, room: &RoomId) -> Option<RoomSecret> {
        let recent = self.recent.iter().find(|it| it.room == *room);
        recent.and_then(|it| it.secret.clone())
    }

    /// Notes that a call is started or joined now. A secret that was known for it is kept.
    pub(crate) fn enter(&mut self, room: &RoomId, secret: Option<RoomSecret>, at_unix_ms: u64) {
        let known = self.recent.iter().position(|it| it.room == *room);
        let known = known.map(|at| self.recent.remove(at));
        let (known_secret, names) = known.map_or((None, Vec::new()), |it| (it.secret, it.names));
        let recent = Recent {
            room: room.clone(),
            secret: secret.or(known_secret),
            at_unix_ms,
            names,
        };
        self.recent.insert(0, recent);
        self.limit();
    }

    /// Notes who was met in a call.
    pub(crate) fn meet(&mut self, room: &RoomId, names: impl Iterator<Item = Name>) {
        let Some(recent) = self.recent.iter_mut().find(|it| it.room == *room) else {
            return;
        };
        for name in names.filter(|it| !it.is_empty()) {
            recent.names.retain(|it| *it != name);
            recent.names.insert(0, name);
        }
        recent.names.truncate(MAX_MET);
    }

    /// The calls that home offers. Calls that nobody came to soon become many, so only the newest
    /// of them are offered; the links of the others still work.
    pub(crate) fn offered(&self) -> Vec<Recent> {
        let mut lonely = 0;
        let offered = self.recent.iter().filter(|it| {
            lonely += usize::from(it.names.is_empty());
            !it.names.is_empty() || lonely <= LONELY_SHOWN
        });
        offered.cloned().collect()
    }

    /// Forgets the oldest calls when there are too many.
    pub(crate) fn limit(&mut self) {
        let (mut met, mut lonely) = (0, 0);
        self.recent.retain(|it| {
            let count = if it.names.is_empty() {
                &mut lonely
            } else {
                &mut met
            };
            *count += 1;
            *count <= Self::RECENTS
        });
    }
}

/// What one page has changed of what the device keeps. Another tab may have stored changes of its
/// own meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub before: Memory,
    pub now: Memory,
}

impl Change {
    /// What is to be stored, given what is stored now (none if nothing is stored or it cannot be
    /// read). Whatever this page did not change stays as it is stored.
    pub fn onto(self, stored: Option<Memory>) -> Memory {
        let Self { before, now } = self;
        let Some(stored) = stored else {
            return now;
        };
        let mut memory = Memory {
            name: newer(&before.name, now.name, stored.name),
            microphone_id: newer(
                &before.microphone_id,
                now.microphone_id,
                stored.microphone_id,
            ),
            camera_id: newer(&before.camera_id, now.camera_id, stored.camera_id),
            speaker_id: newer(&before.speaker_id, now.speaker_id, stored.speaker_id),
            microphone_off: newer(
                &before.microphone_off,
                now.microphone_off,
                stored.microphone_off,
            ),
            camera_off: newer(&before.camera_off, now.camera_off, stored.camera_off),
            music: newer(&before.music, now.music, stored.music),
            relay_only: newer(&before.relay_only, now.relay_only, stored.relay_only),
            bell_off: newer(&before.bell_off, now.bell_off, stored.bell_off),
            notify: newer(&before.notify, now.notify, stored.notify),
            device: stored.device.or(now.device),
            recent: recent(&before.recent, now.recent, stored.recent),
        };
        memory.limit();
        memory
    }
}

/// The value of this page if it has changed it, or else the stored value.
fn newer<T: PartialEq>(before: &T, now: T, stored: T) -> T {
    if *before == now { stored } else { now }
}

/// The calls of both lists, without those that were forgotten in one of them.
fn recent(before: &[Recent], now: Vec<Recent>, stored: Vec<Recent>) -> Vec<Recent> {
    let find = |all: &[Recent], room: &RoomId| all.iter().find(|it| it.room == *room).cloned();
    let mut all: Vec<Recent> = stored
        .iter()
        .filter(|it| find(before, &it.room).is_none() || find(&now, &it.room).is_some())
        .cloned()
        .collect();
    for mine in now {
        let was = find(before, &mine.room);
        match all.iter_mut().find(|it| it.room == mine.room) {
            Some(theirs) => {
                theirs.at_unix_ms = theirs.at_unix_ms.max(mine.at_unix_ms);
                theirs.secret = mine.secret.or(theirs.secret.take());
                if was.is_none_or(|was| was.names != mine.names) {
                    theirs.names = mine.names;
                }
            }
            None if was.as_ref() == Some(&mine) => {}
            None => all.push(mine),
        }
    }
    // Inserted one by one, because the code of std's sorting would be larger than this function.
    let mut newest_first: Vec<Recent> = Vec::new();
    for recent in all {
        let older = newest_first
            .iter()
            .position(|it| it.at_unix_ms < recent.at_unix_ms);
        newest_first.insert(older.unwrap_or(newest_first.len()), recent);
    }
    newest_first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(number: usize) -> RoomId {
        RoomId::parse(&format!("{number:022}")).unwrap()
    }

    fn secret() -> RoomSecret {
        RoomSecret::parse(&"s".repeat(43)).unwrap()
    }

    fn rooms(memory: &Memory) -> Vec<RoomId> {
        memory.recent.iter().map(|it| it.room.clone()).collect()
    }

    fn entered(from: &Memory, number: usize, secret: Option<RoomSecret>, at: u64) -> Change {
        let mut now = from.clone();
        now.enter(&room(number), secret, at);
        Change {
            before: from.clone(),
            now,
        }
    }

    #[test]
    fn two_tabs_keep_what_each_of_them_changed() {
        let empty = Memory::default();
        let mut named = empty.clone();
        named.name = Name::clean("Ada");
        let first = entered(&empty, 1, Some(secret()), 5);
        let second = Change {
            before: empty.clone(),
            now: named,
        };
        let kept = second.onto(Some(first.onto(None)));
        assert_eq!(kept.name, Name::clean("Ada"));
        assert_eq!(kept.secret_of(&room(1)), Some(secret()));
        let third = entered(&empty, 2, None, 3);
        let kept = third.onto(Some(kept));
        assert_eq!(rooms(&kept), [room(1), room(2)]);
    }

    #[test]
    fn a_secret_is_never_replaced_by_none() {
        let empty = Memory::default();
        let kept = entered(&empty, 1, Some(secret()), 5).onto(None);
        // A tab that does not know the secret joins as a guest.
        let kept = entered(&empty, 1, None, 9).onto(Some(kept));
        assert_eq!(kept.recent.len(), 1);
        assert_eq!(kept.recent[0].at_unix_ms, 9);
        assert_eq!(kept.secret_of(&room(1)), Some(secret()));
        // A tab that knows the call joins once more.
        let kept = entered(&kept, 1, None, 12).onto(Some(kept.clone()));
        assert_eq!(kept.secret_of(&room(1)), Some(secret()));
    }

    #[test]
    fn what_one_tab_forgets_no_other_brings_back() {
        let both = entered(&Memory::default(), 1, None, 5).now;
        let both = entered(&both, 2, None, 6).now;
        let mut forgetful = both.clone();
        forgetful.recent.retain(|it| it.room != room(1));
        let forgets = Change {
            before: both.clone(),
            now: forgetful,
        };
        let kept = forgets.onto(Some(both.clone()));
        assert_eq!(rooms(&kept), [room(2)]);
        let kept = entered(&both, 3, None, 7).onto(Some(kept));
        assert_eq!(rooms(&kept), [room(3), room(2)]);
    }

    #[test]
    fn calls_without_anybody_do_not_push_out_the_others() {
        let mut memory = Memory::default();
        memory.enter(&room(0), None, 0);
        memory.meet(&room(0), std::iter::once(Name::clean("Bob")));
        for number in 1..=50 {
            memory.enter(&room(number), Some(secret()), number as u64);
        }
        assert_eq!(memory.recent.len(), Memory::RECENTS + 1);
        let offered: Vec<RoomId> = memory.offered().into_iter().map(|it| it.room).collect();
        assert_eq!(offered, [room(50), room(49), room(48), room(0)]);
    }
}
