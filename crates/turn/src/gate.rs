//! How much is said to who has shown no credentials. A datagram's sender may be forged, so that a
//! reply goes to somebody who asked for nothing.
//!
//! A conforming 401 is larger than the 28 bytes with which a browser asks first, and so is what a
//! Binding request is answered with. So replies are paid for: with the bytes that came from the
//! address, of which a quarter is kept, and for the rest from one small budget for the whole
//! server. When that is used up, as in a flood, an address is sent fewer bytes than came from it;
//! a client that is no forgery repeats its request, after 100 to 250 ms, and is answered then.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::bucket::{Bucket, Rate};
use crate::table::Keyed;

/// How many addresses are told apart at one time; a power of two. The memory is touched only as
/// far as it is used.
const SLOTS: usize = 1 << 15;
/// Bytes that an address can have ahead.
const CREDIT: u32 = 2_000;
/// Replies per second to one address, beyond which nothing is said to it.
const REPLIES_PER_SECOND: u32 = 50;
/// And in how many seconds' worth they may come at once: an office behind one address.
const REPLY_DEPTH: Duration = Duration::from_secs(4);
/// Seconds' worth of the budget that may be spent at once.
const BUDGET_DEPTH: Duration = Duration::from_secs(32);

#[derive(Debug)]
pub(crate) struct Gate {
    keyed: Keyed,
    slots: Vec<Slot>,
    budget: Bucket,
    budget_rate: Rate,
    reply_rate: Rate,
}

/// What is known of an address; of two that fall into one slot, the later.
#[derive(Debug, Clone, Copy)]
struct Slot {
    tag: u32,
    credit: u32,
    replies: Bucket,
}

impl Gate {
    pub(crate) fn new(keyed: Keyed, amplified_bytes_per_second: u32) -> Self {
        Self {
            keyed,
            slots: Vec::new(),
            budget: Bucket::full(),
            budget_rate: Rate::new(amplified_bytes_per_second, BUDGET_DEPTH),
            reply_rate: Rate::new(REPLIES_PER_SECOND, REPLY_DEPTH),
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
        if self.slots.is_empty() {
            let empty = Slot {
                tag: 0,
                credit: 0,
                replies: Bucket::full(),
            };
            self.slots = vec![empty; SLOTS];
        }
        let hash = self.keyed.hash(&group(from));
        let tag = (hash >> 32) as u32;
        let Some(slot) = self.slots.get_mut(hash as usize % SLOTS) else {
            return false;
        };
        if slot.tag != tag {
            *slot = Slot {
                tag,
                credit: 0,
                replies: Bucket::full(),
            };
        }
        let request = u32::try_from(request * 3 / 4).unwrap_or(CREDIT);
        slot.credit = slot.credit.saturating_add(request).min(CREDIT);
        if !slot.replies.take(now, self.reply_rate, 1) {
            return false;
        }
        let reply = u32::try_from(reply).unwrap_or(u32::MAX);
        let missing = reply.saturating_sub(slot.credit);
        if missing > 0 && !self.budget.take(now, self.budget_rate, missing as usize) {
            return false;
        }
        slot.credit = slot.credit.saturating_sub(reply);
        true
    }
}

/// Addresses that are most likely one client's: an IPv4 address, or an IPv6 network of /64.
pub(crate) fn group(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().into(),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => ip.to_bits().into(),
            None => (ip.to_bits() >> 64) as u64,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASK: usize = 28;
    const TELL: usize = 60;

    fn gate(budget: u32) -> Gate {
        Gate::new(Keyed::new(&[3; 32]), budget)
    }

    #[test]
    fn in_quiet_times_the_first_request_is_answered() {
        let ip = "192.0.2.1".parse().unwrap();
        assert!(gate(500).may_reply(Instant::now(), ip, ASK, TELL));
    }

    #[test]
    fn without_a_budget_the_repeated_request_is_answered() {
        let now = Instant::now();
        let ip = "192.0.2.1".parse().unwrap();
        let mut gate = gate(0);
        let answered: Vec<bool> = (0..9).map(|_| gate.may_reply(now, ip, ASK, TELL)).collect();
        let third = [false, false, true];
        assert_eq!(answered, third.repeat(3), "three quarters of 3 x 28 are 63");
    }

    #[test]
    fn one_address_is_answered_at_a_rate() {
        let now = Instant::now();
        let ip = "2001:db8::1".parse().unwrap();
        let mut gate = gate(500);
        let answered = (0..1_000).filter(|_| gate.may_reply(now, ip, 100, 60));
        assert_eq!(answered.count(), 200);
        let neighbour = "2001:db8::2".parse().unwrap();
        assert!(!gate.may_reply(now, neighbour, 100, 60), "the same /64");
        let other = "2001:db8:0:1::2".parse().unwrap();
        assert!(gate.may_reply(now, other, 100, 60));
    }
}
