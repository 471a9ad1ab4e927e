//! A map of a few things by their ids.

/// A map in the order in which its entries came. A page has one or two sockets and as many peer
/// connections as there are people: to look through them all is quick, and `BTreeMap` is bigger
/// than all that the page does with them.
pub struct Few<K, V>(Vec<(K, V)>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Copy + PartialEq, V> Few<K, V> {
    pub fn get(&self, key: K) -> Option<&V> {
        let found = self.0.iter().find(|(other, _)| *other == key);
        found.map(|(_, value)| value)
    }

    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        let found = self.0.iter_mut().find(|(other, _)| *other == key);
        found.map(|(_, value)| value)
    }

    /// Takes the place of what had this key.
    pub fn insert(&mut self, key: K, value: V) {
        match self.get_mut(key) {
            Some(old) => *old = value,
            None => self.0.push((key, value)),
        }
    }

    pub fn remove(&mut self, key: K) -> Option<V> {
        let at = self.0.iter().position(|(other, _)| *other == key)?;
        Some(self.0.remove(at).1)
    }

    pub fn retain(&mut self, stays: impl Fn(K, &V) -> bool) {
        self.0.retain(|(key, value)| stays(*key, value));
    }

    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_value() {
        let mut few = Few::default();
        few.insert(1, "a");
        few.insert(2, "b");
        few.insert(1, "c");
        assert_eq!(few.get(1), Some(&"c"));
        assert_eq!(few.iter().count(), 2);
        assert_eq!(few.remove(1), Some("c"));
        assert_eq!(few.get(1), None);
        few.retain(|key, _| key != 2);
        assert!(few.is_empty());
    }
}
