//! What is to be written to one connection.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use protocol::CloseCode;

/// How many lengths an idle connection keeps room for.
const IDLE_MESSAGES: usize = 8;
/// How much memory of emptied queues is kept, for all connections of a thread together. To give
/// it back to the system and to ask for it again costs more than a message does.
const SPARE_BYTES: usize = 4 * 1024 * 1024;

thread_local! {
    static SPARE: RefCell<Spare> = const { RefCell::new(Spare { texts: Vec::new(), bytes: 0 }) };
}

/// The memory of emptied queues.
struct Spare {
    texts: Vec<String>,
    bytes: usize,
}

/// A bounded queue between the rooms and the task of one connection.
#[derive(Debug)]
pub(super) struct Outbox {
    max_messages: usize,
    max_bytes: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The messages, one after the other from `at` on: most are written into it and read out of
    /// it without an allocation of their own.
    texts: String,
    at: usize,
    /// How long they are, together `bytes`.
    lengths: VecDeque<usize>,
    bytes: usize,
    close: Option<CloseCode>,
    /// The client is to be asked whether it is there.
    probe: bool,
    waker: Option<Waker>,
}

/// The next thing to write.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<T> {
    Message(T),
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

    /// Queues the message that `write` appends. If there is no room for it the connection is to be
    /// closed, and what was queued is dropped.
    pub(super) fn push(&self, write: impl FnOnce(&mut String)) -> Result<(), Overflow> {
        let mut inner = self.lock();
        if inner.close.is_some() {
            return Ok(());
        }
        let end = inner.at + inner.bytes;
        if inner.texts.capacity() == 0 {
            inner.texts = SPARE.with_borrow_mut(Spare::take);
        }
        // Nothing is behind it, unless somebody panicked in here.
        inner.texts.truncate(end);
        write(&mut inner.texts);
        let length = inner.texts.len().saturating_sub(end);
        if inner.lengths.len() >= self.max_messages
            || inner.bytes.saturating_add(length) > self.max_bytes
        {
            let dropped = inner.lengths.len() as u64 + 1;
            inner.clear();
            inner.close = Some(CloseCode::SlowReader);
            wake(inner);
            return Err(Overflow { dropped });
        }
        inner.bytes += length;
        inner.lengths.push_back(length);
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
    pub(super) fn put_back<T: AsRef<str>>(&self, messages: impl Iterator<Item = T>) {
        let mut inner = self.lock();
        let mut texts = String::new();
        let mut lengths = VecDeque::new();
        for message in messages {
            texts.push_str(message.as_ref());
            lengths.push_back(message.as_ref().len());
        }
        while let Some(message) = inner.pop() {
            texts.push_str(message);
            lengths.push_back(message.len());
        }
        inner.bytes = texts.len();
        inner.texts = texts;
        inner.at = 0;
        inner.lengths = lengths;
        wake(inner);
    }

    /// Takes the next thing to write.
    pub(super) fn next<T>(&self, copy: impl FnOnce(&str) -> T) -> Next<T> {
        let mut inner = self.lock();
        match inner.pop().map(copy) {
            Some(message) => Next::Message(message),
            None => inner.close.map_or(Next::Empty, Next::Close),
        }
    }

    /// Wakes the task when there is something to write; false if there is already.
    pub(super) fn wake_when_filled(&self, waker: &Waker) -> bool {
        let mut inner = self.lock();
        if !inner.lengths.is_empty() || inner.close.is_some() || inner.probe {
            return false;
        }
        // An idle connection keeps next to no memory for its queue.
        if inner.lengths.capacity() > IDLE_MESSAGES {
            inner.lengths = VecDeque::new();
        }
        let emptied = std::mem::take(&mut inner.texts);
        SPARE.with_borrow_mut(|spare| spare.keep(emptied));
        inner.at = 0;
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

impl Inner {
    /// Takes the first message.
    fn pop(&mut self) -> Option<&str> {
        let length = self.lengths.pop_front()?;
        // What was taken before goes, now and then: each byte is moved once at most.
        if self.at > self.texts.len() / 2 {
            self.texts.drain(..self.at);
            self.at = 0;
        }
        let from = self.at;
        self.at += length;
        self.bytes = self.bytes.saturating_sub(length);
        self.texts.get(from..self.at)
    }

    fn clear(&mut self) {
        self.texts = String::new();
        self.at = 0;
        self.lengths = VecDeque::new();
        self.bytes = 0;
    }
}

impl Spare {
    /// An empty text, if possible with memory that another queue does not need any more.
    fn take(&mut self) -> String {
        let text = self.texts.pop().unwrap_or_default();
        self.bytes = self.bytes.saturating_sub(text.capacity());
        text
    }

    fn keep(&mut self, mut text: String) {
        let bytes = self.bytes.saturating_add(text.capacity());
        if text.capacity() > 0 && bytes <= SPARE_BYTES {
            text.clear();
            self.texts.push(text);
            self.bytes = bytes;
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

    fn say(outbox: &Outbox, text: &str) -> Result<(), Overflow> {
        outbox.push(|texts| texts.push_str(text))
    }

    fn next(outbox: &Outbox) -> Next<String> {
        outbox.next(str::to_owned)
    }

    #[test]
    fn messages_come_out_in_order_and_the_close_after_them() {
        let outbox = Outbox::new(4, 100);
        assert!(outbox.wake_when_filled(Waker::noop()));
        say(&outbox, "a").unwrap();
        say(&outbox, "b").unwrap();
        outbox.close(CloseCode::Removed);
        say(&outbox, "late").unwrap();
        assert!(!outbox.wake_when_filled(Waker::noop()));
        assert_eq!(next(&outbox), Next::Message("a".to_owned()));
        assert_eq!(next(&outbox), Next::Message("b".to_owned()));
        assert_eq!(next(&outbox), Next::Close(CloseCode::Removed));
    }

    #[test]
    fn a_reader_that_is_too_slow_is_closed_and_keeps_no_memory() {
        for (outbox, fits) in [(Outbox::new(4, 1_000), 4), (Outbox::new(1_000, 30), 3)] {
            for _ in 0..fits {
                say(&outbox, "0123456789").unwrap();
            }
            let overflow = say(&outbox, "0123456789");
            assert_eq!(overflow, Err(Overflow { dropped: fits + 1 }));
            assert_eq!(next(&outbox), Next::Close(CloseCode::SlowReader));
            assert_eq!(outbox.lock().bytes, 0);
        }
    }

    #[test]
    fn what_did_not_get_there_comes_first_again() {
        let outbox = Outbox::new(100, 10_000);
        let texts: Vec<String> = (0..60).map(|n| format!("{n}é").repeat(n)).collect();
        let mut got = Vec::new();
        for pair in texts.chunks(2) {
            for text in pair {
                say(&outbox, text).unwrap();
            }
            got.push(next(&outbox));
        }
        outbox.put_back(["x", "", "y"].into_iter());
        let wanted =
            |texts: &[String]| -> Vec<_> { texts.iter().cloned().map(Next::Message).collect() };
        assert_eq!(got, wanted(&texts[..30]));
        assert_eq!(
            outbox.lock().bytes,
            2 + texts[30..].concat().len(),
            "only what is queued counts"
        );
        for text in ["x", "", "y"] {
            assert_eq!(next(&outbox), Next::Message(text.to_owned()));
        }
        let rest: Vec<_> = (30..60).map(|_| next(&outbox)).collect();
        assert_eq!(rest, wanted(&texts[30..]));
        assert_eq!(next(&outbox), Next::Empty);
        assert!(outbox.wake_when_filled(Waker::noop()));
        assert_eq!(outbox.lock().texts.capacity(), 0);
    }

    #[test]
    fn the_memory_of_an_emptied_queue_is_for_the_next_one() {
        let text = "x".repeat(10_000);
        let empty = |outbox: &Outbox| {
            while next(outbox) != Next::Empty {}
            assert!(outbox.wake_when_filled(Waker::noop()));
            assert_eq!(outbox.lock().texts.capacity(), 0);
        };
        let outboxes: Vec<Outbox> = (0..1_000).map(|_| Outbox::new(4, 1 << 20)).collect();
        for outbox in &outboxes {
            say(outbox, &text).unwrap();
        }
        outboxes.iter().for_each(empty);
        let kept = SPARE.with_borrow(|spare| spare.bytes);
        assert!(
            (SPARE_BYTES - 20_000..=SPARE_BYTES).contains(&kept),
            "{kept}"
        );
        say(&outboxes[0], "short").unwrap();
        assert!(outboxes[0].lock().texts.capacity() >= text.len());
        empty(&outboxes[0]);
        assert_eq!(SPARE.with_borrow(|spare| spare.bytes), kept);
    }

    #[test]
    fn a_panic_while_a_message_is_written_spoils_no_other() {
        let outbox = Outbox::new(4, 100);
        say(&outbox, "before").unwrap();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _never = outbox.push(|texts| {
                texts.push_str("half");
                panic!("on purpose");
            });
        }));
        assert!(panicked.is_err());
        say(&outbox, "after").unwrap();
        for text in ["before", "after"] {
            assert_eq!(next(&outbox), Next::Message(text.to_owned()));
        }
    }
}
