//! A queue that never grows beyond its bound.

use std::collections::VecDeque;

/// Adds to a queue that drops what is oldest.
pub(crate) fn push_bounded<T>(queue: &mut VecDeque<T>, item: T, max: usize) {
    if queue.len() >= max {
        queue.pop_front();
    }
    queue.push_back(item);
}
