//! How much is said to who has shown no credentials. A datagram's sender may be forged, so that a
//! reply goes to somebody who asked for nothing.
//!
//! A conforming 401 is larger than the 28 bytes with which a browser asks first, and the answer to a
//! Binding request of 20 bytes is larger than that request. So an address pays for replies with the
//! bytes that came from it. The gate gives it what is missing: a little to each address, and in all so
//! few bytes a second that no network is harmed. So the first request of a client is answered. A flood
//! from forged addresses uses these bytes up at once, and then brings out only what it pays for. Two
//! requests pay for a reply, and a real client repeats its request after 100 to 250 ms.
//!
//! Nobody in a call has to wait, even in a flood: an address from which somebody has opened a
//! connection is not forged, and has sent more bytes by that connection than the gate gives it ahead.
//! Such addresses have a table of their own, so that no flood makes the gate forget them.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use protocol::AddressGroup;

use crate::bucket::{Bucket, Rate};
use crate::table::Keyed;

/// How many addresses are told apart at one time, powers of two: two megabytes, taken when they are
/// needed.
const HEARD: usize = 1 << 15;
const EXPECTED: usize = 1 << 14;
/// What a connection pays ahead: less than the request that opens it. A browser spends 44 bytes of
/// it for each interface and connection that it looks for candidates with.
const AHEAD: u32 = 300;
/// Bytes that an address can have ahead, many people behind it included.
const CREDIT: u32 = 6_000;
/// How many bytes of unpaid replies the gate gives to an address, as bytes a second and the time in
/// which they add up: five first 401s, or thirteen answers to the smallest Binding request.
const GIVEN: (u32, Duration) = (16, Duration::from_secs(10));
/// How many such bytes the gate gives to all addresses together: a thousand first 401s a second.
const GIVEN_IN_ALL: (u32, Duration) = (28_000, Duration::from_secs(1));
/// Replies per second to one address, beyond which nothing is said to it.
const REPLIES_PER_SECOND: u32 = 50;
/// And in how many seconds' worth they may come at once: an office behind one address.
const REPLY_DEPTH: Duration = Duration::from_secs(4);

#[derive(Debug)]
pub(crate) struct Gate {
    keyed: Keyed,
    heard: Slots<HEARD>,
    expected: Slots<EXPECTED>,
    given: Bucket,
}

/// What is known of addresses; of two that fall into one slot, the later.
#[derive(Debug, Default)]
struct Slots<const COUNT: usize>(Vec<Slot>);

#[derive(Debug, Clone, Copy)]
struct Slot {
    tag: u32,
    credit: u32,
    given: Bucket,
    replies: Bucket,
}

impl Slot {
    fn of(tag: u32) -> Self {
        Self {
            tag,
            credit: 0,
            given: Bucket::full(),
            replies: Bucket::full(),
        }
    }

    fn pay(&mut self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(CREDIT);
        self.credit = self.credit.saturating_add(bytes).min(CREDIT);
    }
}

impl<const COUNT: usize> Slots<COUNT> {
    fn find(&mut self, hash: u64) -> Option<&mut Slot> {
        let slot = self.0.get_mut(hash as usize % COUNT)?;
        (slot.tag == tag(hash)).then_some(slot)
    }

    fn find_or_take(&mut self, hash: u64) -> Option<&mut Slot> {
        if self.0.is_empty() {
            self.0 = vec![Slot::of(0); COUNT];
        }
        let slot = self.0.get_mut(hash as usize % COUNT)?;
        if slot.tag != tag(hash) {
            *slot = Slot::of(tag(hash));
        }
        Some(slot)
    }
}

/// The half of a hash that does not choose the slot.
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

impl Gate {
    pub(crate) fn new(keyed: Keyed) -> Self {
        Self {
            keyed,
            heard: Slots::default(),
            expected: Slots::default(),
            given: Bucket::full(),
        }
    }

    /// Somebody has opened a connection from this address.
    pub(crate) fn expect(&mut self, from: IpAddr) {
        let hash = self.keyed.hash(&AddressGroup::of(from));
        if let Some(slot) = self.expected.find_or_take(hash) {
            slot.pay(AHEAD as usize);
        }
    }

    /// Whether a request of `request` bytes may be answered with `reply` bytes.
    pub(crate) fn may_reply(
        &mut self,
        now: Instant,
        from: IpAddr,
        request: usize,
        reply: usize,
    ) -> bool {
        let hash = self.keyed.hash(&AddressGroup::of(from));
        let slot = match self.expected.find(hash) {
            Some(slot) => Some(slot),
            None => self.heard.find_or_take(hash),
        };
        let Some(slot) = slot else {
            return false;
        };
        slot.pay(request);
        let rate = |(per_second, depth)| Rate::new(per_second, depth);
        let reply = u32::try_from(reply).unwrap_or(u32::MAX);
        let missing = reply.saturating_sub(slot.credit) as usize;
        let is_paid = missing == 0
            || slot.given.take(now, rate(GIVEN), missing)
                && self.given.take(now, rate(GIVEN_IN_ALL), missing);
        let reply_rate = rate((REPLIES_PER_SECOND, REPLY_DEPTH));
        if !is_paid || !slot.replies.take(now, reply_rate, 1) {
            return false;
        }
        slot.credit = slot.credit.saturating_sub(reply);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASK: usize = 28;
    const TELL: usize = 56;

    fn gate() -> Gate {
        Gate::new(Keyed::new(&[3; 32]))
    }

    /// Asks once from each of `count` addresses, and returns how many of them are answered.
    fn flood(gate: &mut Gate, now: Instant, count: u32) -> usize {
        let forged = (0..count).map(|n| std::net::Ipv4Addr::from_bits(0x0900_0000 + n).into());
        forged
            .filter(|ip| gate.may_reply(now, *ip, ASK, TELL))
            .count()
    }

    #[test]
    fn first_requests_are_answered_and_then_what_is_paid_for() {
        let now = Instant::now();
        let ip = "192.0.2.1".parse().unwrap();
        let mut gate = gate();
        let answered: Vec<bool> = (0..11)
            .map(|_| gate.may_reply(now, ip, ASK, TELL))
            .collect();
        let first = [true; 5];
        assert_eq!(answered, [&first[..], &[false, true].repeat(3)].concat());
        // The smallest request and its answer, every two seconds for ever.
        for seconds in 1..100 {
            let later = now + Duration::from_secs(100 + 2 * seconds);
            assert!(gate.may_reply(later, ip, 20, 32), "{seconds}");
        }
    }

    #[test]
    fn a_thousand_addresses_a_second_are_given_something() {
        let now = Instant::now();
        let mut gate = gate();
        assert_eq!(flood(&mut gate, now, 10_000), 1_000);
        // Half a second later half of that, to other addresses.
        let later = now + Duration::from_millis(500);
        let others = (0..10_000).map(|n| std::net::Ipv4Addr::from_bits(0x0B00_0000 + n).into());
        let answered = others.filter(|ip| gate.may_reply(later, *ip, ASK, TELL));
        assert_eq!(answered.count(), 500);
        let stranger = "192.0.2.1".parse().unwrap();
        let answered: Vec<bool> = (0..4)
            .map(|_| gate.may_reply(later, stranger, ASK, TELL))
            .collect();
        assert!(
            answered[1],
            "the repeated request is answered in a flood too"
        );
    }

    #[test]
    fn who_has_connected_is_answered_at_once_and_floods_do_not_change_that() {
        let now = Instant::now();
        let ip = "192.0.2.1".parse().unwrap();
        let mut gate = gate();
        gate.expect(ip);
        assert_eq!(flood(&mut gate, now, 100_000), 1_000);
        let ahead = (0..100)
            .take_while(|_| gate.may_reply(now, ip, ASK, TELL))
            .count();
        assert_eq!(ahead, 10, "each takes 28 of the 300");
        gate.expect(ip);
        assert!(gate.may_reply(now, ip, ASK, TELL));
    }

    #[test]
    fn one_address_is_answered_at_a_rate() {
        let now = Instant::now();
        let ip = "2001:db8::1".parse().unwrap();
        let mut gate = gate();
        let answered = (0..1_000).filter(|_| gate.may_reply(now, ip, 100, 60));
        assert_eq!(answered.count(), 200);
        let neighbour = "2001:db8::2".parse().unwrap();
        assert!(!gate.may_reply(now, neighbour, 100, 60), "the same /64");
        let other = "2001:db8:0:1::2".parse().unwrap();
        assert!(gate.may_reply(now, other, 100, 60));
    }
}
