//! A table by keyed hashes. It cannot be iterated, so that no order of hashes ever shows.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// Hashes that who does not know the seed cannot foresee.
#[derive(Clone, Copy)]
pub(crate) struct Keyed([u64; 2]);

impl Keyed {
    /// Takes the hash's key from a seed.
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        let (a, rest) = seed.split_first_chunk().unwrap_or((&[0; 8], &[]));
        let b = rest.first_chunk().unwrap_or(&[0; 8]);
        Self([u64::from_le_bytes(*a), u64::from_le_bytes(*b)])
    }

    pub(crate) fn hash(self, key: &impl Hash) -> u64 {
        let Self([a, b]) = self;
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(a);
        hasher.write_u64(b);
        key.hash(&mut hasher);
        hasher.finish()
    }
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyed(…)")
    }
}

/// Finds values by keys.
#[derive(Debug)]
pub(crate) struct Table<K, V> {
    keyed: Keyed,
    rows: HashTable<(K, V)>,
}

impl<K: Hash + Eq, V: Copy> Table<K, V> {
    pub(crate) fn new(keyed: Keyed) -> Self {
        Self {
            keyed,
            rows: HashTable::new(),
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let hash = self.keyed.hash(key);
        self.rows
            .find(hash, |row| row.0 == *key)
            .map(|(_, value)| *value)
    }

    /// Puts a value in the place of the key's earlier one.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        let keyed = self.keyed;
        let hash = keyed.hash(&key);
        let entry = self
            .rows
            .entry(hash, |row| row.0 == key, |row| keyed.hash(&row.0));
        match entry {
            Entry::Occupied(mut row) => row.get_mut().1 = value,
            Entry::Vacant(place) => {
                place.insert((key, value));
            }
        }
    }

    pub(crate) fn remove(&mut self, key: &K) {
        let hash = self.keyed.hash(key);
        if let Ok(row) = self.rows.find_entry(hash, |row| row.0 == *key) {
            row.remove();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_found_until_it_is_removed() {
        let mut table = Table::new(Keyed::new(&[1; 32]));
        for n in 0..1_000_u32 {
            table.insert(n, n);
            table.insert(n, n + 1);
        }
        assert_eq!(table.len(), 1_000);
        for n in 0..1_000 {
            assert_eq!(table.get(&n), Some(n + 1));
            table.remove(&n);
            assert_eq!(table.get(&n), None);
        }
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn another_seed_gives_other_hashes() {
        let (one, other) = (Keyed::new(&[1; 32]), Keyed::new(&[2; 32]));
        assert_ne!(one.hash(&7), other.hash(&7));
        assert_eq!(one.hash(&7), one.hash(&7));
    }
}
