//! An answer of the fallback: a session's messages as `text/event-stream` (HTML, section 9.2).

use std::convert::Infallible;
use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use futures_util::Stream;
use protocol::fallback::{EVENT_CLOSE, EVENT_PING, EVENT_SESSION, WHOLE_WAIT_MS};
use tokio::time::{Instant, Sleep, sleep};

use super::session::{Session, Unknown, Writing};

/// An answer ends after so long, and the client asks for the next: before what stands between
/// loses patience, of which the shortest usual one is a minute.
const LIFETIME: Duration = Duration::from_secs(50);
const WHOLE_WAIT: Duration = Duration::from_millis(WHOLE_WAIT_MS);
/// When nothing was written for so long, a ping is.
const BEAT: Duration = Duration::from_secs(15);
/// What stands between may hold back the first bytes until there are enough to look at.
const PADDING: usize = 2 * 1024;
/// What is gathered before it is written.
const PIECE: usize = 16 * 1024;

/// The body of an answer.
pub(super) struct Events {
    session: Arc<Session>,
    answer: u64,
    /// Ends after the first piece, so that a body that is passed on whole is passed on soon.
    whole: bool,
    /// What begins it, which is nothing to say by itself.
    head: String,
    /// To be written next.
    text: String,
    ends: Pin<Box<Sleep>>,
    beat: Pin<Box<Sleep>>,
    interval: Duration,
    /// The client was asked to confirm what was written.
    has_asked: bool,
    /// This was the last piece.
    over: bool,
}

impl Events {
    /// Begins one, after the last message that the client received. `is_new`: the session has
    /// just been opened, and its client waits for its id.
    pub(super) fn begin(
        session: Arc<Session>,
        is_new: bool,
        received: u64,
        whole: bool,
        ping_interval: Duration,
    ) -> Result<Self, Unknown> {
        let (answer, missed) = session.answer(received)?;
        let (mut head, mut text) = (String::new(), String::new());
        if !whole {
            let _ = write!(head, ":{:PADDING$}\n\n", "");
        }
        write_event(&mut head, EVENT_SESSION, session.id.as_str());
        if is_new || !whole {
            std::mem::swap(&mut head, &mut text);
        }
        let interval = ping_interval.min(BEAT);
        let mut events = Self {
            session,
            answer,
            whole,
            head,
            text,
            ends: Box::pin(sleep(if whole { WHOLE_WAIT } else { LIFETIME })),
            beat: Box::pin(sleep(interval)),
            interval,
            has_asked: false,
            over: false,
        };
        for (number, text) in missed {
            events.message(number, &text);
        }
        Ok(events)
    }

    fn message(&mut self, number: u64, text: &str) {
        let _ = write!(self.text, "id: {number}\ndata: {text}\n\n");
    }

    /// Gathers what there is to write.
    fn gather(&mut self, cx: &mut Context<'_>) {
        while !self.over && self.text.len() < PIECE {
            match self.session.next(self.answer, cx.waker()) {
                Writing::Message(number, text) => {
                    self.has_asked = false;
                    self.message(number, &text);
                }
                Writing::Ping => write_event(&mut self.text, EVENT_PING, ""),
                Writing::Close(code) => {
                    write_event(&mut self.text, EVENT_CLOSE, &code.as_u16().to_string());
                    self.over = true;
                }
                Writing::Full => {
                    if !std::mem::replace(&mut self.has_asked, true) {
                        write_event(&mut self.text, EVENT_PING, "");
                    }
                    return;
                }
                Writing::Empty => return,
                Writing::End => self.over = true,
            }
        }
    }
}

fn write_event(text: &mut String, kind: &str, data: &str) {
    let _ = write!(text, "event: {kind}\ndata: {data}\n\n");
}

impl Stream for Events {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        this.gather(cx);
        if this.text.is_empty() && !this.over {
            if this.ends.as_mut().poll(cx).is_ready() {
                this.over = true;
            } else if this.beat.as_mut().poll(cx).is_ready() {
                write_event(&mut this.text, EVENT_PING, "");
            }
        }
        if this.text.is_empty() {
            return if this.over {
                Poll::Ready(None)
            } else {
                Poll::Pending
            };
        }
        this.over |= this.whole;
        this.beat.as_mut().reset(Instant::now() + this.interval);
        let mut piece = std::mem::take(&mut this.head);
        piece.push_str(&std::mem::take(&mut this.text));
        Poll::Ready(Some(Ok(piece.into())))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.session.answer_ended(self.answer);
    }
}
