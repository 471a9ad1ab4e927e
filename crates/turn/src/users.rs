//! The list of users that the relay works for. The owner grants each user and revokes it later.
//!
//! Credentials are signed, and say whose they are and how long they are good. Their user has to be on
//! this list, too.
//!
//! A list of revoked users instead could not be bounded without harm. It would grow with everyone who
//! leaves. Once it was full, the server would have to accept revoked credentials again, or to refuse
//! users who are still there. The list of present users is only as long as the number of users. The
//! server forgets a user who leaves, so users who stay notice nothing however many others leave. When
//! the list is full, only newcomers are refused, and one address can fill no more than its share of
//! it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use protocol::AddressGroup;

/// The longest name that a user may have.
pub(crate) const NAME_BYTES: usize = 64;

#[derive(Debug)]
pub(crate) struct Users {
    /// The users by name, each with the group of addresses that it counts for.
    here: BTreeMap<Box<str>, AddressGroup>,
    per_address: BTreeMap<AddressGroup, usize>,
    max: usize,
    max_per_address: usize,
}

impl Users {
    pub(crate) fn new(max: usize, max_per_address: usize) -> Self {
        Self {
            here: BTreeMap::new(),
            per_address: BTreeMap::new(),
            max,
            max_per_address,
        }
    }

    /// Adds a user who is at this address; false if there is no place for one more.
    pub(crate) fn admit(&mut self, name: &str, address: IpAddr) -> bool {
        if self.is_here(name) {
            return true;
        }
        let group = AddressGroup::of(address);
        let there = self.per_address.get(&group).copied().unwrap_or_default();
        if self.here.len() >= self.max || there >= self.max_per_address || name.len() > NAME_BYTES {
            return false;
        }
        self.here.insert(name.into(), group);
        self.per_address.insert(group, there + 1);
        true
    }

    /// Takes a user off the list.
    pub(crate) fn dismiss(&mut self, name: &str) {
        let Some(group) = self.here.remove(name) else {
            return;
        };
        if let Some(count) = self.per_address.get_mut(&group) {
            *count -= 1;
            if *count == 0 {
                self.per_address.remove(&group);
            }
        }
    }

    pub(crate) fn is_here(&self, name: &str) -> bool {
        self.here.contains_key(name)
    }

    pub(crate) fn len(&self) -> usize {
        self.here.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_fills_its_own_share_and_no_more() {
        let mut users = Users::new(10, 3);
        let of_eve = (0..100).filter(|n| users.admit(&format!("eve{n}"), ip("2001:db8::1")));
        assert_eq!(of_eve.count(), 3);
        assert!(!users.admit("mallory", ip("2001:db8::2")), "the same /64");
        assert!(users.admit("ada", ip("2001:db8:0:1::1")));
        assert!(users.admit("ada", ip("2001:db8:0:1::1")), "said twice");
        assert_eq!(users.len(), 4);
        users.dismiss("eve1");
        users.dismiss("nobody");
        assert!(users.admit("mallory", ip("2001:db8::2")));
        assert!(users.is_here("ada") && !users.is_here("eve1"));
    }

    #[test]
    fn when_all_places_are_taken_only_newcomers_are_refused() {
        let mut users = Users::new(5, 3);
        let names: Vec<String> = (0..9).map(|n| n.to_string()).collect();
        for (n, name) in names.iter().enumerate() {
            let address = ip(&format!("192.0.2.{n}"));
            assert_eq!(users.admit(name, address), n < 5);
        }
        assert!(names.iter().take(5).all(|name| users.is_here(name)));
        for name in &names {
            users.dismiss(name);
        }
        assert!(users.here.is_empty() && users.per_address.is_empty());
        assert!(!users.admit(&"x".repeat(NAME_BYTES + 1), ip("192.0.2.1")));
    }
}
