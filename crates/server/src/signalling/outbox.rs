//! What is to be written to one connection.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use protocol::CloseCode;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// A bounded queue between the rooms and the task of one connection.
#[derive(Debug)]
pub(super) struct Outbox {
    max_messages: usize,
    max_bytes: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    messages: VecDeque<Utf8Bytes>,
    bytes: usize,
    close: Option<CloseCode>,
    waker: Option<Waker>,
}

/// The next thing to write.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Message(Utf8Bytes),
    /// There will be no more messages.
    Close(CloseCode),
    /// Nothing for now.
    Empty,
}

/// The connection did not read what was sent to it; how many messages were dropped for that.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overflow {
    pub(super) dropped: u64,
}

impl Outbox {
    pub(super) fn new(max_messages: usize, max_bytes: usize) -> Self {
        Self {
            max_messages,
            max_bytes,
            inner: Mutex::default(),
        }
    }

    /// Queues a message. If there is no room for it the connection is to be closed, and what was
    /// queued is dropped.
    pub(super) fn push(&self, message: String) -> Result<(), Overflow> {
        let mut inner = self.lock();
        if inner.close.is_some() {
            return Ok(());
        }
        if inner.messages.len() >= self.max_messages
            || inner.bytes.saturating_add(message.len()) > self.max_bytes
        {
            let dropped = inner.messages.len() as u64 + 1;
            inner.messages = VecDeque::new();
            inner.bytes = 0;
            inner.close = Some(CloseCode::SlowReader);
            wake(inner);
            return Err(Overflow { dropped });
        }
        inner.bytes += message.len();
        inner.messages.push_back(message.into());
        wake(inner);
        Ok(())
    }

    /// Closes the connection after what is queued.
    pub(super) fn close(&self, code: CloseCode) {
        let mut inner = self.lock();
        inner.close.get_or_insert(code);
        wake(inner);
    }

    /// Whether it is to be closed after what is queued.
    pub(super) fn is_closing(&self) -> bool {
        self.lock().close.is_some()
    }

    /// Puts messages in front of what is queued: they were taken, and did not get there.
    pub(super) fn put_back(&self, mut messages: VecDeque<Utf8Bytes>) {
        let mut inner = self.lock();
        inner.bytes += messages.iter().map(|it| it.len()).sum::<usize>();
        messages.append(&mut inner.messages);
        inner.messages = messages;
        wake(inner);
    }

    /// Takes the next thing to write.
    pub(super) fn next(&self) -> Next {
        let mut inner = self.lock();
        if let Some(message) = inner.messages.pop_front() {
            inner.bytes = inner.bytes.saturating_sub(message.len());
            return Next::Message(message);
        }
        match inner.close {
            Some(code) => Next::Close(code),
            None => Next::Empty,
        }
    }

    /// Wakes the task when there is something to write; false if there is already.
    pub(super) fn wake_when_filled(&self, waker: &Waker) -> bool {
        let mut inner = self.lock();
        if !inner.messages.is_empty() || inner.close.is_some() {
            return false;
        }
        // An idle connection keeps no memory for its queue.
        if inner.messages.capacity() > 8 {
            inner.messages = VecDeque::new();
        }
        match &mut inner.waker {
            Some(old) => old.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(mut inner: MutexGuard<'_, Inner>) {
    let waker = inner.waker.take();
    drop(inner);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_in_order_and_the_close_after_them() {
        let outbox = Outbox::new(4, 100);
        assert!(outbox.wake_when_filled(Waker::noop()));
        outbox.push("a".to_owned()).unwrap();
        outbox.push("b".to_owned()).unwrap();
        outbox.close(CloseCode::Removed);
        outbox.push("late".to_owned()).unwrap();
        assert!(!outbox.wake_when_filled(Waker::noop()));
        assert_eq!(outbox.next(), Next::Message("a".into()));
        assert_eq!(outbox.next(), Next::Message("b".into()));
        assert_eq!(outbox.next(), Next::Close(CloseCode::Removed));
    }

    #[test]
    fn a_reader_that_is_too_slow_is_closed_and_keeps_no_memory() {
        for (outbox, fits) in [(Outbox::new(4, 1_000), 4), (Outbox::new(1_000, 30), 3)] {
            for _ in 0..fits {
                outbox.push("0123456789".to_owned()).unwrap();
            }
            let overflow = outbox.push("0123456789".to_owned());
            assert_eq!(overflow, Err(Overflow { dropped: fits + 1 }));
            assert_eq!(outbox.next(), Next::Close(CloseCode::SlowReader));
            assert_eq!(outbox.lock().bytes, 0);
        }
    }
}
