//! What must hold of a world when it has had time to settle.

use std::collections::{BTreeMap, BTreeSet};

use call::{Link, Screen, Status};
use protocol::{ParticipantId, RoomId, TrackKind};

use crate::World;
use crate::browser::{Browser, PeerConnection, Way};

impl World {
    /// The pages that are in a call, by their room.
    fn calls(&self) -> BTreeMap<RoomId, Vec<usize>> {
        let mut calls = BTreeMap::<RoomId, Vec<usize>>::new();
        for (at, page) in self.pages.iter().enumerate() {
            let view = page.call.view();
            if let (Screen::Call { .. }, Some(room)) = (view.screen, view.room) {
                calls.entry(room.id).or_default().push(at);
            }
        }
        calls
    }

    /// How many pages are in a call.
    pub fn people_in_calls(&self) -> usize {
        self.calls().values().map(Vec::len).sum()
    }

    /// How many connections between people stand.
    pub fn links(&self) -> usize {
        let pages = self.pages.iter().map(|it| it.call.view().people.len());
        pages.sum::<usize>() / 2
    }

    /// Asserts that all has come to rest: no ghosts, everyone who stays is connected with
    /// everyone else in the room, with matching media, and nothing else is open.
    ///
    /// # Panics
    /// If not.
    pub fn assert_settled(&self) {
        let calls = self.calls();
        self.assert_no_ghosts();
        self.assert_relays_for_those_who_are_there();
        for pages in calls.values() {
            for (index, one) in pages.iter().enumerate() {
                self.assert_in_call(*one, pages.len() - 1);
                for other in pages.iter().skip(index + 1) {
                    self.assert_pair(*one, *other);
                }
            }
        }
        for (at, page) in self.pages.iter().enumerate() {
            let view = page.call.view();
            if matches!(view.screen, Screen::Home { .. } | Screen::Ended { .. }) {
                let browser = &page.browser;
                assert!(browser.connections.is_empty(), "{at} leaks connections");
                assert!(!browser.devices.is_any_open(), "{at} leaves devices open");
                assert!(!browser.awake, "{at} keeps the screen awake");
            }
        }
    }

    /// The relay has allocations for people in a call or in front of one, and those that they
    /// know of.
    fn assert_relays_for_those_who_are_there(&self) {
        let Some(relay) = &self.relay else { return };
        let is_there = |number: &u32| {
            let mut pages = self.pages.iter();
            let page = pages.find(|it| it.browser.page == *number);
            let screen = page.map(|it| it.call.view().screen);
            !matches!(
                screen,
                None | Some(Screen::Home { .. } | Screen::Ended { .. })
            )
        };
        for page in relay.pages() {
            assert!(
                is_there(&page),
                "an allocation for {page}, who is not there"
            );
        }
        relay.assert_known_are_there();
    }

    /// Asserts that every allocation of the relay is one that an open connection has: true when
    /// as much time has passed without a change as an allocation lasts.
    ///
    /// # Panics
    /// If not.
    pub fn assert_no_allocation_is_left(&self) {
        if let Some(relay) = &self.relay {
            relay.assert_known_are_there();
            relay.assert_all_are_known();
        }
    }

    /// The server and the pages agree on who is there.
    fn assert_no_ghosts(&self) {
        let mut on_server = BTreeSet::new();
        for room in self.rooms.snapshot(self.now).rooms {
            for participant in room.participants {
                assert!(participant.connected, "a ghost: {:?}", participant.id);
                on_server.insert(participant.id);
            }
        }
        let ids = self
            .pages
            .iter()
            .filter_map(|it| it.call.view().me.participant);
        let on_pages: BTreeSet<ParticipantId> = ids.collect();
        assert_eq!(on_server, on_pages, "server and pages disagree");
    }

    fn assert_in_call(&self, at: usize, others: usize) {
        let Some(page) = self.pages.get(at) else {
            return;
        };
        let view = page.call.view();
        let expected = if others == 0 {
            Status::WaitingForOthers
        } else {
            Status::Connected
        };
        assert_eq!(view.status, expected, "page {at}: {:?}", view.people);
        assert_eq!(view.people.len(), others, "page {at}");
        for person in &view.people {
            assert_eq!(person.link, Link::Connected, "page {at}: {person:?}");
        }
        // Alone, one is kept in reserve.
        let open = page.browser.connections.len();
        assert_eq!(open, others.max(1), "page {at} leaks connections");
    }

    fn assert_pair(&self, one: usize, other: usize) {
        let (Some(one), Some(other)) = (self.pages.get(one), self.pages.get(other)) else {
            return;
        };
        let (a, b) = between(&one.browser, &other.browser);
        assert_media(&one.browser, a, b);
        assert_media(&other.browser, b, a);
        for (from, to) in [(one, other), (other, one)] {
            let me = from.call.view().me;
            let people = to.call.view().people;
            let seen = people
                .iter()
                .find(|it| Some(&it.id) == me.participant.as_ref());
            let seen = seen.map(|it| (it.media, &it.name));
            assert_eq!(seen, Some((me.media, &me.name)), "was told something else");
        }
    }
}

fn between<'a>(one: &'a Browser, other: &'a Browser) -> (&'a PeerConnection, &'a PeerConnection) {
    for a in one.connections.values() {
        for b in other.connections.values() {
            if a.is_linked_to(b) {
                return (a, b);
            }
        }
    }
    panic!("no connection between two people");
}

fn assert_media(browser: &Browser, sender: &PeerConnection, receiver: &PeerConnection) {
    assert!(sender.transceivers.len() <= TrackKind::ALL.len());
    for kind in TrackKind::ALL {
        let live = browser.devices.track(kind);
        let found = (sender.transceiver(kind), receiver.transceiver(kind));
        let (Some(here), Some(there)) = found else {
            assert!(kind.is_of_screen() && live == 0, "{kind:?} is not sent");
            continue;
        };
        assert_eq!(here.track, live, "another track is sent");
        let there = there.current.map(Way::reversed);
        assert_eq!(here.current, there, "directions disagree");
        let may_send = here.current.is_some_and(|it| it.send);
        assert!(live == 0 || may_send, "has something and may not send it");
    }
}
