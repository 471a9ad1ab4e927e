//! Steps in any order, against a model that is too simple to be wrong: who has an allocation,
//! whom it permits, which channels it has, and until when.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use turn::client::Session;
use turn::{Config, Input};

use crate::world::{Person, Sent, World, addr};

const PEOPLE: usize = 3;
const NAMES: [&str; PEOPLE] = ["ada", "ben", "cleo"];
const MAX: usize = 2;
/// Peers outside; the numbers behind them are the others' relayed addresses.
const OUTSIDE: [&str; 3] = ["1.2.3.4:5000", "1.2.3.4:5001", "1.2.3.5:5000"];

#[derive(Debug, Clone)]
enum Step {
    Allocate(usize),
    Refresh(usize, u32),
    Permit(usize, usize),
    Bind(usize, u16, usize),
    Send(usize, usize),
    SendOn(usize, u16),
    FromOutside(usize, usize),
    NewCredentials(usize),
    Revoke(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..PEOPLE;
    let peer = 0..OUTSIDE.len() + PEOPLE;
    let channel = 0x4000..0x4003_u16;
    prop_oneof![
        3 => who.clone().prop_map(Step::Allocate),
        1 => (who.clone(), prop_oneof![Just(0), 1..4_000_u32]).prop_map(|(a, b)| Step::Refresh(a, b)),
        3 => (who.clone(), peer.clone()).prop_map(|(a, b)| Step::Permit(a, b)),
        3 => (who.clone(), channel.clone(), peer.clone()).prop_map(|(a, b, c)| Step::Bind(a, b, c)),
        4 => (who.clone(), peer).prop_map(|(a, b)| Step::Send(a, b)),
        4 => (who.clone(), channel).prop_map(|(a, b)| Step::SendOn(a, b)),
        4 => (who.clone(), 0..OUTSIDE.len()).prop_map(|(a, b)| Step::FromOutside(a, b)),
        2 => who.clone().prop_map(Step::NewCredentials),
        1 => who.prop_map(Step::Revoke),
        3 => prop_oneof![0..10_u64, 0..400_u64].prop_map(Step::Wait),
    ]
}

/// What the model knows of an allocation.
struct Has {
    relayed: SocketAddr,
    expires: Instant,
    credential: Instant,
    permissions: BTreeMap<std::net::IpAddr, (bool, Instant)>,
    channels: BTreeMap<u16, (SocketAddr, Instant)>,
}

struct Model {
    world: World,
    people: Vec<Person>,
    /// Until when each one's credentials may be used first; those that were revoked, never.
    credentials: Vec<Option<Instant>>,
    has: Vec<Option<Has>>,
}

impl Model {
    fn new() -> Self {
        let mut world = World::with(Config {
            max_allocations: MAX,
            ..Config::default()
        });
        let people: Vec<Person> = NAMES.iter().map(|name| world.person(name)).collect();
        let until = world.now + Duration::from_secs(300);
        Self {
            world,
            people,
            credentials: vec![Some(until); PEOPLE],
            has: (0..PEOPLE).map(|_| None).collect(),
        }
    }

    /// The address of a peer; where somebody has no relayed address, one at the same place.
    fn peer(&self, n: usize) -> SocketAddr {
        match OUTSIDE.get(n) {
            Some(peer) => addr(peer),
            None => match &self.has[n - OUTSIDE.len()] {
                Some(has) => has.relayed,
                None => addr("198.51.100.1:9"),
            },
        }
    }

    fn whose(&self, relayed: SocketAddr) -> Option<usize> {
        let has = |it: &Option<Has>| it.as_ref().is_some_and(|it| it.relayed == relayed);
        self.has.iter().position(has)
    }

    /// What becomes of a peer: sent out, handed over, or not at all.
    fn reach(&self, peer: SocketAddr) -> Option<bool> {
        match peer.ip().to_string().as_str() {
            "198.51.100.1" => self.whose(peer).map(|_| true),
            _ => Some(false),
        }
    }

    /// Whether somebody's credentials are good for something new, or for what there is.
    fn credible(&self, who: usize) -> bool {
        let credential = self.credentials[who];
        credential.is_some_and(|until| {
            let lives_on = |has: &Has| has.credential <= until;
            until > self.world.now || self.has[who].as_ref().is_some_and(lives_on)
        })
    }

    /// The code with which a request about an allocation is refused before it is looked at.
    fn refused(&self, who: usize) -> Option<u16> {
        match (&self.has[who], self.credible(who)) {
            (_, false) => Some(401),
            (None, true) => Some(437),
            (Some(_), true) => None,
        }
    }

    fn run(&mut self, step: &Step) {
        let now = self.world.now;
        match *step {
            Step::Allocate(who) => {
                let result = self.people[who].allocate(&mut self.world);
                let expected = match (self.credible(who), &self.has[who]) {
                    (false, _) => Some(401),
                    (true, Some(_)) => Some(437),
                    (true, None) if self.has.iter().flatten().count() >= MAX => Some(508),
                    (true, None) => None,
                };
                assert_eq!(result.err(), expected);
                if let Ok(relayed) = result {
                    self.has[who] = Some(Has {
                        relayed,
                        expires: now + Duration::from_secs(600),
                        credential: self.credentials[who].expect("credentials"),
                        permissions: BTreeMap::new(),
                        channels: BTreeMap::new(),
                    });
                }
            }
            Step::Refresh(who, seconds) => {
                let result = self.people[who].refresh(&mut self.world, seconds);
                assert_eq!(result.err(), self.refused(who));
                if let (Ok(granted), Some(has)) = (result, &mut self.has[who]) {
                    let expected = if seconds == 0 {
                        0
                    } else {
                        seconds.clamp(600, 3_600)
                    };
                    assert_eq!(granted, expected);
                    has.expires = now + Duration::from_secs(granted.into());
                    if granted == 0 {
                        self.has[who] = None;
                    }
                }
            }
            Step::Permit(who, peer) => {
                let peer = self.peer(peer);
                let reach = self.reach(peer);
                let expected = self.refused(who).or(reach.is_none().then_some(403));
                let result = self.people[who].permit(&mut self.world, &[peer]);
                assert_eq!(result.err(), expected);
                if expected.is_none() {
                    self.permit(who, peer);
                }
            }
            Step::Bind(who, number, peer) => {
                let peer = self.peer(peer);
                let taken = self.has[who].as_ref().is_some_and(|has| {
                    has.channels
                        .iter()
                        .any(|(n, (p, until))| *until > now && (*n == number) != (*p == peer))
                });
                let expected = self.refused(who);
                let expected = expected.or(self.reach(peer).is_none().then_some(403));
                let expected = expected.or(taken.then_some(400));
                let result = self.people[who].bind(&mut self.world, number, peer);
                assert_eq!(result.err(), expected);
                if expected.is_none() {
                    self.permit(who, peer);
                    let channel = (peer, now + Duration::from_secs(600));
                    if let Some(has) = &mut self.has[who] {
                        has.channels.insert(number, channel);
                    }
                }
            }
            Step::Send(who, peer) => {
                let peer = self.peer(peer);
                let sent = self.people[who].send(&mut self.world, peer, b"data");
                let permitted = self.has[who]
                    .as_ref()
                    .and_then(|has| has.permissions.get(&peer.ip()));
                let open = permitted.is_some_and(|(_, until)| *until > now);
                self.expect(who, open.then_some(peer), &sent);
            }
            Step::SendOn(who, number) => {
                let sent = self.people[who].send_on(&mut self.world, number, b"data");
                let channel = self.has[who]
                    .as_ref()
                    .and_then(|has| has.channels.get(&number));
                let peer = channel.filter(|it| it.1 > now).map(|it| it.0);
                self.expect(who, peer, &sent);
            }
            Step::FromOutside(who, peer) => {
                let Some(has) = &self.has[who] else {
                    return;
                };
                let peer = self.peer(peer);
                let relayed = has.relayed;
                let sent = self.world.peer(relayed, peer, b"data");
                self.expect_at(who, peer, false, &sent);
            }
            Step::NewCredentials(who) => {
                let address = self.people[who].client.address.ip();
                let new = self.world.credentials_at(NAMES[who], address);
                self.people[who].session = Session::new(&new.username, &new.password);
                let seconds = new.expires_unix_s - crate::world::START_UNIX_S;
                let start = now - self.elapsed();
                self.credentials[who] = Some(start + Duration::from_secs(seconds));
            }
            Step::Revoke(who) => {
                let participant = NAMES[who].to_owned();
                self.world.handle(Input::Revoke { participant });
                self.credentials[who] = None;
                self.has[who] = None;
            }
            Step::Wait(seconds) => {
                self.world.wait(Duration::from_secs(seconds));
                let now = self.world.now;
                for has in &mut self.has {
                    if has.as_ref().is_some_and(|it| it.expires <= now) {
                        *has = None;
                    }
                }
            }
        }
        let live = self.has.iter().flatten().count();
        assert_eq!(self.world.server.allocations(), live);
        assert_eq!(self.world.sockets.len(), live);
        let first = self.has.iter().flatten().map(|it| it.expires).min();
        assert_eq!(self.world.server.poll_timeout(), first);
    }

    fn elapsed(&self) -> Duration {
        self.world.now - self.world.start
    }

    fn permit(&mut self, who: usize, peer: SocketAddr) {
        let inside = self.reach(peer).expect("a permitted peer");
        let until = self.world.now + Duration::from_secs(300);
        if let Some(has) = &mut self.has[who] {
            has.permissions.insert(peer.ip(), (inside, until));
        }
    }

    /// What was sent is what comes of data to this peer.
    fn expect(&self, who: usize, peer: Option<SocketAddr>, sent: &[Sent]) {
        let Some((peer, has)) = peer.zip(self.has[who].as_ref()) else {
            assert_eq!(sent, []);
            return;
        };
        match self.reach(peer) {
            None => assert_eq!(sent, []),
            Some(false) => {
                let expected = Sent::ToPeer(has.relayed, peer, b"data".to_vec());
                assert_eq!(sent, [expected]);
            }
            Some(true) => {
                let to = self.whose(peer).expect("an allocation");
                self.expect_at(to, has.relayed, true, sent);
            }
        }
    }

    /// What was sent is what comes of data from a peer to somebody's relayed address.
    fn expect_at(&self, who: usize, peer: SocketAddr, inside: bool, sent: &[Sent]) {
        let now = self.world.now;
        let Some(has) = &self.has[who] else {
            assert_eq!(sent, []);
            return;
        };
        let permission = has.permissions.get(&peer.ip());
        if permission.is_none_or(|(way, until)| *way != inside || *until <= now) {
            assert_eq!(sent, []);
            return;
        }
        let channel = has
            .channels
            .iter()
            .find(|(_, (to, until))| *to == peer && *until > now);
        let person = &self.people[who];
        let got = match channel {
            Some((number, _)) => person.got_on(sent, *number, b"data"),
            None => person.got_from(sent, peer, b"data"),
        };
        assert!(got, "{sent:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_server_does_what_the_model_says(steps in prop::collection::vec(step(), 1..150)) {
        let mut model = Model::new();
        for step in &steps {
            model.run(step);
        }
    }
}
