//! What is to be written to one connection.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use protocol::CloseCode;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// How many messages an idle connection keeps room for.
const IDLE_MESSAGES: usize = 8;

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
    /// How long the messages are together.
    bytes: usize,
    close: Option<CloseCode>,
    /// The client is to be asked whether it is there.
    probe: bool,
    waker: Option<Waker>,
}

/// The next thing to write.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The client is to be asked whether it is there.
    Probe,
    Message(Utf8Bytes),
    /// There will be no more messages.
    Close(CloseCode),
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
    pub(super) fn push(&self, message: Utf8Bytes) -> Result<(), Overflow> {
        let mut inner = self.lock();
        if inner.close.is_some() {
            return Ok(());
        }
        let bytes = inner.bytes.saturating_add(message.len());
        if inner.messages.len() >= self.max_messages || bytes > self.max_bytes {
            let dropped = inner.messages.len() as u64 + 1;
            inner.messages = VecDeque::new();
            inner.bytes = 0;
            inner.close = Some(CloseCode::SlowReader);
            wake(inner);
            return Err(Overflow { dropped });
        }
        inner.bytes = bytes;
        inner.messages.push_back(message);
        wake(inner);
        Ok(())
    }

    /// Closes the connection after what is queued.
    pub(super) fn close(&self, code: CloseCode) {
        let mut inner = self.lock();
        inner.close.get_or_insert(code);
        wake(inner);
    }

    /// Has the client asked at once whether it is there.
    pub(super) fn probe(&self) {
        let mut inner = self.lock();
        inner.probe = true;
        wake(inner);
    }

    /// Whether the client is to be asked now.
    pub(super) fn take_probe(&self) -> bool {
        std::mem::take(&mut self.lock().probe)
    }

    /// Whether it is to be closed after what is queued.
    pub(super) fn is_closing(&self) -> bool {
        self.lock().close.is_some()
    }

    /// Puts messages in front of what is queued: they were taken, and did not get there.
    pub(super) fn put_back(&self, messages: impl DoubleEndedIterator<Item = Utf8Bytes>) {
        let mut inner = self.lock();
        for message in messages.rev() {
            inner.bytes += message.len();
            inner.messages.push_front(message);
        }
        wake(inner);
    }

    /// Takes the next thing to write, if there is something.
    pub(super) fn try_next(&self) -> Option<Next> {
        self.lock().next()
    }

    /// Takes the next thing to write, or has the task woken when there is something.
    pub(super) fn poll_next(&self, waker: &Waker) -> Poll<Next> {
        let mut inner = self.lock();
        if let Some(next) = inner.next() {
            return Poll::Ready(next);
        }
        // An idle connection keeps next to no memory for its queue.
        if inner.messages.capacity() > IDLE_MESSAGES {
            inner.messages = VecDeque::new();
        }
        match &mut inner.waker {
            Some(old) => old.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        Poll::Pending
    }

    /// Waits for the next thing to write, and takes it.
    pub(super) async fn next(&self) -> Next {
        poll_fn(|cx| self.poll_next(cx.waker())).await
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn next(&mut self) -> Option<Next> {
        if std::mem::take(&mut self.probe) {
            return Some(Next::Probe);
        }
        match self.messages.pop_front() {
            Some(message) => {
                self.bytes = self.bytes.saturating_sub(message.len());
                Some(Next::Message(message))
            }
            None => self.close.map(Next::Close),
        }
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

    fn message(text: &str) -> Next {
        Next::Message(text.into())
    }

    #[test]
    fn messages_come_out_in_order_and_the_close_after_them() {
        let outbox = Outbox::new(4, 100);
        assert_eq!(outbox.poll_next(Waker::noop()), Poll::Pending);
        outbox.push("a".into()).unwrap();
        outbox.push("b".into()).unwrap();
        outbox.close(CloseCode::Removed);
        outbox.push("late".into()).unwrap();
        assert_eq!(outbox.try_next(), Some(message("a")));
        outbox.probe();
        assert_eq!(outbox.try_next(), Some(Next::Probe));
        assert_eq!(outbox.try_next(), Some(message("b")));
        for _ in 0..2 {
            let close = Next::Close(CloseCode::Removed);
            assert_eq!(outbox.poll_next(Waker::noop()), Poll::Ready(close));
        }
    }

    #[test]
    fn a_reader_that_is_too_slow_is_closed_and_keeps_no_memory() {
        for (outbox, fits) in [(Outbox::new(4, 1_000), 4), (Outbox::new(1_000, 30), 3)] {
            for _ in 0..fits {
                outbox.push("0123456789".into()).unwrap();
            }
            let overflow = outbox.push("0123456789".into());
            assert_eq!(overflow, Err(Overflow { dropped: fits + 1 }));
            let close = Next::Close(CloseCode::SlowReader);
            assert_eq!(outbox.try_next(), Some(close));
            assert_eq!(outbox.lock().bytes, 0);
            assert_eq!(outbox.lock().messages.capacity(), 0);
        }
    }

    #[test]
    fn what_did_not_get_there_comes_first_again() {
        let outbox = Outbox::new(100, 10_000);
        for text in ["a", "bé"] {
            outbox.push(text.into()).unwrap();
        }
        assert_eq!(outbox.try_next(), Some(message("a")));
        outbox.put_back(["x", "", "y"].into_iter().map(Utf8Bytes::from));
        assert_eq!(
            outbox.lock().bytes,
            2 + "bé".len(),
            "only what is queued counts"
        );
        for text in ["x", "", "y", "bé"] {
            assert_eq!(outbox.try_next(), Some(message(text)));
        }
        assert_eq!(outbox.try_next(), None);
        assert_eq!(outbox.lock().bytes, 0);
    }

    #[test]
    fn an_idle_queue_keeps_next_to_no_memory() {
        let outbox = Outbox::new(1_000, 10_000);
        for _ in 0..500 {
            outbox.push("x".into()).unwrap();
        }
        while outbox.try_next().is_some() {}
        assert!(outbox.poll_next(Waker::noop()).is_pending());
        assert!(outbox.lock().messages.capacity() <= IDLE_MESSAGES);
    }
}
