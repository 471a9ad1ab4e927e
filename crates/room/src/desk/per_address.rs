//! Counts of something for each group of addresses.

use std::collections::BTreeMap;

use protocol::AddressGroup;

/// A count for each group of addresses. Groups with a count of zero are left out.
#[derive(Debug, Default)]
pub(super) struct PerAddress(BTreeMap<AddressGroup, usize>);

impl PerAddress {
    pub(super) fn of(&self, group: AddressGroup) -> usize {
        self.0.get(&group).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, group: AddressGroup) {
        let count = self.0.entry(group).or_default();
        *count = count.saturating_add(1);
    }

    pub(super) fn remove(&mut self, group: AddressGroup) {
        if let Some(count) = self.0.get_mut(&group) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.0.remove(&group);
            }
        }
    }

    /// How many groups have a count above zero.
    pub(super) fn groups(&self) -> usize {
        self.0.len()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
