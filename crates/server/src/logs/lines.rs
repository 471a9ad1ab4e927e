//! The queue of the log's lines. A thread of its own writes them, for a reader may stop reading: a
//! full pipe then holds up this thread and nothing else. Lines for which the queue has no room
//! meanwhile are left out and counted, and the log says so once it is read again.
//!
//! The crate `tracing-appender` counts such lines as well, but does not write so into the log.

use std::{
    io::{self, Write},
    sync::{
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, SyncSender, TrySendError},
    },
    thread,
    time::{Duration, Instant},
};

use tracing_subscriber::fmt::MakeWriter;

/// How many lines may wait. Each is short, for nothing long from outside is logged.
const MAX_WAITING: usize = 1_024;
/// How long the end of the program waits for the last lines to be written.
const LAST_LINES: Duration = Duration::from_millis(500);
/// How often the end of the program looks for room in a full queue, for this kind of queue has no
/// `send` that gives up after a time.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Lines that were left out for this reason since the program began.
static UNREAD: AtomicU64 = AtomicU64::new(0);

/// How many lines were left out because nobody read the log.
pub fn unread() -> u64 {
    UNREAD.load(Ordering::Relaxed)
}

enum Order {
    Write(Vec<u8>),
    /// Say when everything before this order is written.
    Tell(SyncSender<()>),
}

/// Takes lines and never waits.
#[derive(Debug, Clone)]
pub struct Lines {
    queue: SyncSender<Order>,
}

/// The thread that writes. When this is dropped, the thread has a moment to write what waits.
#[derive(Debug)]
pub struct Writer {
    queue: SyncSender<Order>,
}

impl Lines {
    /// Starts the thread.
    pub fn start(out: impl Write + Send + 'static) -> io::Result<(Self, Writer)> {
        let (queue, orders) = mpsc::sync_channel(MAX_WAITING);
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write(out, &orders))?;
        let lines = Self {
            queue: queue.clone(),
        };
        Ok((lines, Writer { queue }))
    }
}

fn write(mut out: impl Write, orders: &Receiver<Order>) {
    let mut told = unread();
    for order in orders {
        match order {
            // If this fails, the log is closed and nobody wants the line.
            Order::Write(line) => drop(out.write_all(&line)),
            Order::Tell(done) => drop(done.try_send(())),
        }
        let now = unread();
        if now > told {
            let lines = now - told;
            told = now;
            tracing::warn!(
                lines,
                "lines of the log were left out, because nobody read it"
            );
        }
    }
}

impl Write for Lines {
    /// One whole line, as `tracing-subscriber` writes them.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Order::Write(line.to_vec())).is_err() {
            UNREAD.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let end = Instant::now() + LAST_LINES;
        let (done, told) = mpsc::sync_channel(1);
        let mut order = Order::Tell(done);
        while let Err(TrySendError::Full(back)) = self.queue.try_send(order) {
            if Instant::now() >= end {
                return;
            }
            order = back;
            thread::sleep(LOOK_AGAIN);
        }
        let _too_late = told.recv_timeout(end.saturating_duration_since(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A pipe that takes nothing while its gate is locked.
    #[derive(Clone)]
    struct Pipe {
        gate: Arc<Mutex<()>>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _open = self.gate.lock().unwrap();
            self.written.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_that_nobody_reads_holds_nobody_up_and_is_written_once_it_is_read() {
        let gate = Arc::new(Mutex::new(()));
        let pipe = Pipe {
            gate: Arc::clone(&gate),
            written: Arc::default(),
        };
        let closed = gate.lock().unwrap();
        let (mut lines, writer) = Lines::start(pipe.clone()).unwrap();
        let before = unread();
        for _ in 0..2 * MAX_WAITING {
            lines.write_all(b"line\n").unwrap();
        }
        let left_out = usize::try_from(unread() - before).unwrap();
        // The thread has taken one line out of the queue already, or has not yet.
        assert!((MAX_WAITING - 1..=MAX_WAITING).contains(&left_out));
        drop(closed);
        drop(writer);
        let written = pipe.written.lock().unwrap().len() / b"line\n".len();
        assert_eq!(written, 2 * MAX_WAITING - left_out);
    }
}
