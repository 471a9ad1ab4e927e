//! The floor of signalling: a server that does for a message only what every relay has to do. It
//! receives a frame, takes its mask off and sends it to the other of the pair; it looks at nothing
//! else, keeps no state, and has no limits. It is made as ours is: one thread, a task for each
//! connection, one system call for all that is there.

use std::{
    cell::RefCell,
    future::poll_fn,
    mem,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use anyhow::Result;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    task::LocalSet,
};

/// The argument with which the benchmark starts itself as this server.
pub const ARGUMENT: &str = "signalling-floor";

/// A client's frame of 126 to 65,535 bytes begins with so much (RFC 6455, section 5.2): the last
/// four are its mask.
const HEAD: usize = 8;
const READ_AT_ONCE: usize = 64 * 1024;

/// Serves for ever. Who connects is paired with the next who does.
pub fn serve(address: &str) -> Result<()> {
    let address: SocketAddr = address.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(LocalSet::new().run_until(async {
        let listener = TcpListener::bind(address).await?;
        let buffer = Rc::new(RefCell::new(vec![0; READ_AT_ONCE]));
        let mut waiting: Option<[Rc<Side>; 2]> = None;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            // Whoever only looks whether the server is there asks for nothing.
            let Ok(socket) = tokio_tungstenite::accept_async(stream).await else {
                continue;
            };
            let [mine, other] = match waiting.take() {
                Some(pair) => pair,
                None => {
                    let (first, second) = (Rc::new(Side::default()), Rc::new(Side::default()));
                    waiting = Some([second.clone(), first.clone()]);
                    [first, second]
                }
            };
            let mut relay = Relay {
                stream: socket.into_inner(),
                mine,
                other,
                begun: Vec::new(),
                buffer: buffer.clone(),
            };
            tokio::task::spawn_local(async move { poll_fn(|cx| relay.poll(cx)).await });
        }
    }))
}

/// What one of a pair is to be sent.
#[derive(Default)]
struct Side {
    frames: RefCell<Vec<u8>>,
    waker: RefCell<Option<Waker>>,
}

struct Relay {
    stream: TcpStream,
    mine: Rc<Side>,
    other: Rc<Side>,
    /// The beginning of a frame.
    begun: Vec<u8>,
    /// What is read into; of all connections.
    buffer: Rc<RefCell<Vec<u8>>>,
}

impl Relay {
    /// Ready when the connection is over.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut frames = self.mine.frames.borrow_mut();
        while !frames.is_empty() {
            match Pin::new(&mut self.stream).poll_write(cx, &frames) {
                Poll::Ready(Ok(written)) if written == frames.len() => frames.clear(),
                Poll::Ready(Ok(written)) => drop(frames.drain(..written)),
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        drop(frames);
        let buffer = self.buffer.clone();
        let mut buffer = buffer.borrow_mut();
        loop {
            let mut buffer = ReadBuf::new(&mut buffer);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => self.pass_on(buffer.filled()),
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        *self.mine.waker.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    fn pass_on(&mut self, bytes: &[u8]) {
        let mut begun = mem::take(&mut self.begun);
        let mut rest = bytes;
        if !begun.is_empty() {
            begun.extend_from_slice(bytes);
            rest = &begun;
        }
        let mut frames = self.other.frames.borrow_mut();
        while let Some((head, after)) = rest.split_first_chunk::<HEAD>() {
            let [first, _, a, b, mask @ ..] = *head;
            let length = usize::from(u16::from_be_bytes([a, b]));
            let Some((payload, after)) = after.split_at_checked(length) else {
                break;
            };
            frames.extend_from_slice(&[first, 126, a, b]);
            let start = frames.len();
            frames.extend_from_slice(payload);
            unmask(frames.get_mut(start..).unwrap_or_default(), mask);
            rest = after;
        }
        let rest = rest.to_vec();
        self.begun = rest;
        if let Some(waker) = self.other.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let word = u128::from(u32::from_le_bytes(mask));
    let wide = word | word << 32 | word << 64 | word << 96;
    let (blocks, rest) = payload.as_chunks_mut();
    for block in blocks {
        *block = (u128::from_le_bytes(*block) ^ wide).to_le_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(wide.to_le_bytes()) {
        *byte ^= mask;
    }
}
