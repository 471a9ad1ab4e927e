//! A stream that counts what frames cost beyond the messages in them.
//!
//! Frames of a WebSocket may be empty (RFC 6455, section 5.4), so that a limit of a message's bytes
//! does not bound how many frames a client sends for it. The bytes of frames are therefore counted
//! as they are read, and given back when a message has come out of them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use protocol::limits;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many bytes that are not part of a finished message a client may send between two pings of
/// ours: one message that is on its way, and 32 KiB. An empty frame has six bytes, so that these are
/// some 16,000 empty frames.
const ALLOWANCE: usize = limits::MESSAGE_BYTES + 32 * 1024;
/// The longest head of a frame (section 5.2).
const HEAD_BYTES: usize = 14;

/// The client has sent too many frames for the messages in them.
#[derive(Debug, thiserror::Error)]
#[error("too many frames for the messages in them")]
pub(super) struct TooManyFrames;

/// The stream of one client, whose frames are counted.
#[derive(Debug)]
pub(super) struct Framing<S> {
    stream: S,
    /// How many bytes may still be read before the client has sent too many frames.
    left: usize,
}

impl<S> Framing<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            left: ALLOWANCE,
        }
    }

    /// Gives back the bytes of a message that was read to its end.
    pub(super) fn message(&mut self, payload_bytes: usize) {
        self.left = ALLOWANCE.min(self.left + HEAD_BYTES + payload_bytes);
    }

    /// Gives the client its whole allowance again.
    pub(super) fn renew(&mut self) {
        self.left = ALLOWANCE;
    }

    /// The stream itself, for what is not read as frames.
    pub(super) fn stream(&mut self) -> &mut S {
        &mut self.stream
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Framing<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let read = buffer.filled().len() - before;
        match self.left.checked_sub(read) {
            Some(left) => self.left = left,
            None => return Poll::Ready(Err(io::Error::other(TooManyFrames))),
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Framing<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn what_comes_out_as_messages_does_not_count() {
        let endless = tokio::io::repeat(0);
        let mut framing = Framing::new(endless);
        let mut buffer = vec![0; 1_000];
        for _ in 0..1_000 {
            framing.read_exact(&mut buffer).await.unwrap();
            framing.message(1_000 - HEAD_BYTES);
        }
        let mut read = 0;
        let error = loop {
            match framing.read(&mut buffer).await {
                Ok(bytes) => read += bytes,
                Err(error) => break error,
            }
        };
        assert!((ALLOWANCE - 1_000..=ALLOWANCE).contains(&read), "{read}");
        assert!(error.get_ref().is_some_and(|it| it.is::<TooManyFrames>()));
        framing.renew();
        framing.read_exact(&mut buffer).await.unwrap();
    }
}
