//! A client's socket: frames in and out, a lot of them by one system call, and next to no memory
//! while nothing comes and goes.

use std::cell::RefCell;
use std::io;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::{Broken, Heard, Reader};
use crate::pace;

/// What is read from a socket at once. One such buffer serves all connections of a thread.
const READ_AT_ONCE: usize = 64 * 1024;

thread_local! {
    static READ: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_AT_ONCE]);
    /// What is about to be written; also of all connections of a thread.
    static WRITE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A WebSocket over a stream, after its opening.
#[derive(Debug)]
pub(super) struct Socket<S> {
    stream: S,
    reader: Reader,
    /// Read and not taken yet, from `taken` on: a frame whose end is missing, or more frames
    /// than were asked for.
    unread: Vec<u8>,
    taken: usize,
    /// Frames that the stream has not taken yet, from `written` on.
    unwritten: Vec<u8>,
    written: usize,
    flushed: bool,
}

/// How reading ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// There is nothing more for now; the task is woken when there is.
    All,
    /// There may be more.
    Stopped,
    /// What comes cannot be read any more.
    Broken(Broken),
    /// The connection is over.
    End,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            reader: Reader::default(),
            unread: Vec::new(),
            taken: 0,
            unwritten: Vec::new(),
            written: 0,
            flushed: true,
        }
    }

    /// Hands out what is there, at most `frames` of it or until it is told to stop.
    pub(super) fn read(
        &mut self,
        cx: &mut Context<'_>,
        mut frames: usize,
        mut heard: impl FnMut(Heard<'_>) -> ControlFlow<()>,
    ) -> Reading {
        let mut taking = self.take_unread(&mut frames, &mut heard);
        loop {
            match taking {
                Err(broken) => return Reading::Broken(broken),
                Ok(ControlFlow::Break(())) => return Reading::Stopped,
                Ok(ControlFlow::Continue(())) => {}
            }
            let polled = READ.with_borrow_mut(|buffer| {
                let mut buffer = ReadBuf::new(buffer);
                let read = Pin::new(&mut self.stream).poll_read(cx, &mut buffer);
                if !matches!(read, Poll::Ready(Ok(()))) || buffer.filled().is_empty() {
                    return read.map(|_| None);
                }
                Poll::Ready(Some(self.take_new(
                    buffer.filled_mut(),
                    &mut frames,
                    &mut heard,
                )))
            });
            taking = match polled {
                Poll::Pending => return Reading::All,
                Poll::Ready(None) => return Reading::End,
                Poll::Ready(Some(taking)) => taking,
            };
        }
    }

    /// Takes what was just read; what is left of it is kept.
    fn take_new(
        &mut self,
        bytes: &mut [u8],
        frames: &mut usize,
        heard: &mut impl FnMut(Heard<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Broken> {
        if !self.unread.is_empty() {
            self.unread.extend_from_slice(bytes);
            return self.take_unread(frames, heard);
        }
        let (taken, flow) = take(&mut self.reader, bytes, frames, heard)?;
        self.unread = bytes.get(taken..).unwrap_or_default().to_vec();
        Ok(flow)
    }

    fn take_unread(
        &mut self,
        frames: &mut usize,
        heard: &mut impl FnMut(Heard<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Broken> {
        let left = self.unread.get_mut(self.taken..).unwrap_or_default();
        let (taken, flow) = take(&mut self.reader, left, frames, heard)?;
        self.taken += taken;
        if self.taken >= self.unread.len() {
            self.unread = Vec::new();
            self.taken = 0;
        } else if self.taken > self.unread.len() / 2 {
            self.unread.drain(..self.taken);
            self.taken = 0;
        }
        Ok(flow)
    }

    /// Reads for nothing; false when the connection is over.
    pub(super) fn discard(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        READ.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer));
            Poll::Ready(read.is_ok() && !buffer.filled().is_empty())
        })
    }

    /// Writes all that `fill` makes, which is asked until it makes nothing.
    pub(super) fn write(
        &mut self,
        cx: &mut Context<'_>,
        mut fill: impl FnMut(&mut Vec<u8>),
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.write_unwritten(cx))?;
            let is_empty = WRITE.with_borrow_mut(|frames| {
                frames.clear();
                fill(frames);
                self.write_new(cx, frames).map(|()| frames.is_empty())
            });
            if is_empty? {
                break;
            }
        }
        if !self.flushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.flushed = true;
        }
        Poll::Ready(Ok(()))
    }

    /// Writes as much as the stream takes, and keeps the rest.
    fn write_new(&mut self, cx: &mut Context<'_>, frames: &[u8]) -> io::Result<()> {
        if frames.is_empty() {
            return Ok(());
        }
        self.flushed = false;
        let written = match Pin::new(&mut self.stream).poll_write(cx, frames)? {
            Poll::Ready(written) => written,
            Poll::Pending => 0,
        };
        self.unwritten = frames.get(written..).unwrap_or_default().to_vec();
        Ok(())
    }

    fn write_unwritten(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let left = self.unwritten.get(self.written..).unwrap_or_default();
            if left.is_empty() {
                break;
            }
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, left))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += written;
        }
        self.unwritten = Vec::new();
        self.written = 0;
        Poll::Ready(Ok(()))
    }

    /// Says that nothing more is written.
    pub(super) fn shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Takes frames off the front of `bytes`: how many bytes of them, and whether to go on.
fn take(
    reader: &mut Reader,
    bytes: &mut [u8],
    frames: &mut usize,
    heard: &mut impl FnMut(Heard<'_>) -> ControlFlow<()>,
) -> Result<(usize, ControlFlow<()>), Broken> {
    let mut at = 0;
    while *frames > 0 {
        let Some(taken) = reader.take(bytes.get_mut(at..).unwrap_or_default())? else {
            return Ok((at, ControlFlow::Continue(())));
        };
        at += taken.length;
        *frames -= 1;
        pace::count_message();
        if heard(taken.heard).is_break() {
            break;
        }
    }
    Ok((at, ControlFlow::Break(())))
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;
    use crate::signalling::frames;

    const ALL: usize = usize::MAX;

    /// A masked frame; a mask of zeros changes nothing.
    fn frame(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        frames::push_text(&mut bytes, text);
        let head = bytes.len() - text.len();
        bytes[1] |= 0x80;
        bytes.splice(head..head, [0; 4]);
        bytes
    }

    fn read(socket: &mut Socket<DuplexStream>, frames: usize) -> (Vec<String>, Reading) {
        let mut texts = Vec::new();
        let mut cx = Context::from_waker(Waker::noop());
        let reading = socket.read(&mut cx, frames, |heard| {
            match heard {
                Heard::Text(text) => texts.push(text.into_owned()),
                other => panic!("{other:?}"),
            }
            ControlFlow::Continue(())
        });
        (texts, reading)
    }

    #[tokio::test]
    async fn everything_is_heard_in_order_whatever_the_pieces() {
        let said: Vec<String> = (0..200).map(|n| format!("{n}").repeat(n)).collect();
        let sent: Vec<u8> = said.iter().flat_map(|text| frame(text)).collect();
        for (piece, frames) in [(1, ALL), (7, 1), (4_096, 3), (50_000, 64), (sent.len(), 5)] {
            let (ours, mut theirs) = duplex(sent.len());
            let mut socket = Socket::new(ours);
            let mut heard = Vec::new();
            for piece in sent.chunks(piece) {
                theirs.write_all(piece).await.unwrap();
                // A new budget of tokio's, so that nothing is held back for the others' turn.
                tokio::task::yield_now().await;
                loop {
                    let (texts, reading) = read(&mut socket, frames);
                    heard.extend(texts);
                    if reading == Reading::All {
                        break;
                    }
                    assert_eq!(reading, Reading::Stopped);
                }
            }
            assert!(heard == said, "in pieces of {piece}");
            assert_eq!(socket.unread.capacity(), 0);
            drop(theirs);
            assert_eq!(read(&mut socket, frames), (vec![], Reading::End));
        }
    }

    #[tokio::test]
    async fn everything_is_written_in_order_to_one_who_reads_little() {
        let (ours, mut theirs) = duplex(100);
        let mut socket = Socket::new(ours);
        let mut wanted = Vec::new();
        let mut left: Vec<String> = (0..50).rev().map(|n| format!("{n}").repeat(n)).collect();
        for text in left.iter().rev() {
            frames::push_text(&mut wanted, text);
        }
        let mut got = Vec::new();
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            tokio::task::yield_now().await;
            let writing = socket.write(&mut cx, |frames| {
                for text in std::iter::from_fn(|| left.pop()).take(3) {
                    frames::push_text(frames, &text);
                }
            });
            if let Poll::Ready(written) = writing {
                written.unwrap();
                break;
            }
            let mut piece = [0; 64];
            let length = theirs.read(&mut piece).await.unwrap();
            got.extend_from_slice(&piece[..length]);
        }
        assert_eq!(socket.unwritten.capacity(), 0);
        drop(socket);
        theirs.read_to_end(&mut got).await.unwrap();
        assert!(got == wanted);
    }
}
