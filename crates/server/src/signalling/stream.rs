//! A stream that reads a lot at once and keeps little.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What is read from a socket at once. One such buffer serves all connections of a thread.
const SCRATCH: usize = 64 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH]);
}

/// Reads whatever the socket has in one system call, hands it out in pieces as small as the
/// reader likes, and holds memory only for as long as something is left. So an idle connection
/// needs no read buffer to speak of, and a busy one no system call for every piece.
#[derive(Debug)]
pub(super) struct Frugal<S> {
    inner: S,
    /// Read and not handed out yet; from `at` on.
    rest: Vec<u8>,
    at: usize,
}

impl<S> Frugal<S> {
    pub(super) fn new(inner: S) -> Self {
        Self {
            inner,
            rest: Vec::new(),
            at: 0,
        }
    }

    /// Hands out what is left; false if nothing is.
    fn take_rest(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let rest = self.rest.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return false;
        }
        let (now, later) = rest.split_at(rest.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.at += now.len();
        if later.is_empty() {
            self.rest = Vec::new();
            self.at = 0;
        }
        true
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Frugal<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.take_rest(buffer) {
            return Poll::Ready(Ok(()));
        }
        BUFFER.with_borrow_mut(|scratch| {
            let mut all = ReadBuf::new(scratch);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut all))?;
            let all = all.filled();
            let (now, later) = all.split_at(all.len().min(buffer.remaining()));
            buffer.put_slice(now);
            if !later.is_empty() {
                this.rest = later.to_vec();
            }
            Poll::Ready(Ok(()))
        })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Frugal<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn everything_arrives_in_order_whatever_the_sizes() {
        let sent: Vec<u8> = (0..200_000_u32)
            .map(|n| n.to_le_bytes()[0] ^ (n >> 8) as u8)
            .collect();
        for size in [1, 7, 1_024, 70_000] {
            let mut stream = Frugal::new(&sent[..]);
            let mut got = Vec::new();
            let mut piece = vec![0; size];
            loop {
                match stream.read(&mut piece).await.unwrap() {
                    0 => break,
                    n => got.extend_from_slice(&piece[..n]),
                }
            }
            assert!(got == sent, "in pieces of {size}");
            assert_eq!(stream.rest.capacity(), 0);
        }
    }
}
