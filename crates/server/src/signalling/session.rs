//! A session of the fallback: a connection of the rooms that is served by one request after the
//! other. What was said in it and not confirmed yet is kept, within bounds, so that an answer or
//! a POST that was cut off is made good by the next.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::{CloseCode, ServerMessage, SessionId};
use room::{Input, SocketId};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::codec;
use super::hub::Hub;
use super::open::Open;
use super::outbox::{Next, Outbox};
use super::visitor::Visitor;

/// How long a session is kept that nobody listens to.
const ALONE_LIMIT: Duration = Duration::from_secs(5);
/// How many times the ping interval a client may stay silent, as on a WebSocket.
const SILENT_INTERVALS: u32 = 3;
/// Messages that were written and are not confirmed.
const MAX_UNCONFIRMED: usize = 64;
/// The same in bytes; one message more may be there.
const MAX_UNCONFIRMED_BYTES: usize = 256 * 1024;
/// POSTs in one ping interval that bring nothing new.
const MAX_IDLE_POSTS: u32 = 256;

/// The sessions there are, each by the id that its client was given. There are no more than the
/// rooms take connections.
pub(super) struct Sessions {
    hub: Arc<Hub>,
    by_id: Mutex<HashMap<SessionId, Arc<Session>>>,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

impl Sessions {
    pub(super) fn new(hub: Arc<Hub>) -> Self {
        Self {
            hub,
            by_id: Mutex::default(),
        }
    }

    /// The hub to which the sessions' connections belong.
    pub(super) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Opens a session; `random` makes its id. If its connection is refused, the session only holds
    /// the server's last words for this one answer, and no later request finds it.
    pub(super) fn open(
        self: &Arc<Self>,
        visitor: Visitor,
        random: [u8; 24],
    ) -> Option<Arc<Session>> {
        let id = SessionId::parse(&URL_SAFE_NO_PAD.encode(random)).ok()?;
        let (connection, outbox) = self.hub.open(visitor);
        let session = Arc::new(Session::new(id.clone(), connection, outbox));
        if session.outbox.is_closing() {
            self.hub.close(connection);
        } else {
            self.lock().insert(id, Arc::clone(&session));
            tokio::spawn(watch(Arc::clone(self), Arc::clone(&session)));
        }
        Some(session)
    }

    pub(super) fn get(&self, id: &SessionId) -> Option<Arc<Session>> {
        self.lock().get(id).map(Arc::clone)
    }

    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    fn remove(&self, id: &SessionId) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Session>>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Session {
    pub(super) id: SessionId,
    connection: SocketId,
    outbox: Arc<Outbox>,
    inner: Mutex<Inner>,
    /// When to end it may have changed.
    changed: Notify,
}

struct Inner {
    /// How many messages of the client were taken.
    taken: u64,
    /// Written, and not confirmed; the last has the number `written`.
    unconfirmed: VecDeque<Utf8Bytes>,
    bytes: usize,
    written: u64,
    /// The present answer; earlier ones end.
    answer: u64,
    waker: Option<Waker>,
    /// Since when there is no answer to write to.
    alone_since: Option<Instant>,
    /// When the client was last heard of.
    heard: Instant,
    /// Whether the rooms want to know if the client is still there.
    probed: bool,
    idle_posts: u32,
    idle_since: Instant,
    /// It was closed for silence; when it ends although nobody has read that.
    ends: Option<Instant>,
    over: Option<Over>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Closed,
    /// A WebSocket goes on with its connection.
    HandedOver,
}

/// There is no such session, or it has not said what the client claims to have heard.
#[derive(Debug)]
pub(super) struct Unknown;

/// A message to the client and its number.
type Numbered = (u64, Utf8Bytes);

/// Messages are missing in between.
#[derive(Debug)]
pub(super) struct Gap;

/// What there is to write.
pub(super) enum Writing {
    Message(u64, Utf8Bytes),
    Close(CloseCode),
    /// The client is to be asked for a POST.
    Ping,
    /// Nothing before the client confirms.
    Full,
    /// Nothing for now; the waker will be woken.
    Empty,
    /// This answer ends.
    End,
}

impl Session {
    fn new(id: SessionId, connection: SocketId, outbox: Arc<Outbox>) -> Self {
        let now = Instant::now();
        Self {
            id,
            connection,
            outbox,
            inner: Mutex::new(Inner {
                taken: 0,
                unconfirmed: VecDeque::new(),
                bytes: 0,
                written: 0,
                answer: 0,
                waker: None,
                alone_since: Some(now),
                heard: now,
                probed: false,
                idle_posts: 0,
                idle_since: now,
                ends: None,
                over: None,
            }),
            changed: Notify::new(),
        }
    }

    /// A new answer is to be written, from after the last message that the client received.
    pub(super) fn answer(&self, received: u64) -> Result<(u64, Vec<Numbered>), Unknown> {
        let mut inner = self.lock();
        if inner.over.is_some() || received > inner.written {
            return Err(Unknown);
        }
        inner.confirm(received);
        let missed = inner.unconfirmed().collect();
        inner.heard = Instant::now();
        inner.answer += 1;
        inner.alone_since = None;
        let answer = inner.answer;
        wake(inner);
        self.changed.notify_one();
        Ok((answer, missed))
    }

    /// An answer ended, was cut or left aside.
    pub(super) fn answer_ended(&self, answer: u64) {
        let mut inner = self.lock();
        if inner.answer == answer {
            inner.alone_since = Some(Instant::now());
            self.changed.notify_one();
        }
    }

    /// The next thing to write in an answer.
    pub(super) fn next(&self, answer: u64, waker: &Waker) -> Writing {
        let mut inner = self.lock();
        if inner.answer != answer || inner.over.is_some() {
            return Writing::End;
        }
        match &mut inner.waker {
            Some(old) => old.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        if self.outbox.take_probe() {
            inner.probed = true;
            return Writing::Ping;
        }
        if inner.unconfirmed.len() >= MAX_UNCONFIRMED || inner.bytes >= MAX_UNCONFIRMED_BYTES {
            return Writing::Full;
        }
        match self.outbox.poll_next(waker) {
            Poll::Ready(Next::Message(text)) => {
                inner.written += 1;
                inner.bytes += text.len();
                inner.unconfirmed.push_back(text.clone());
                Writing::Message(inner.written, text)
            }
            Poll::Ready(Next::Close(code)) => {
                inner.over = Some(Over::Closed);
                self.changed.notify_one();
                Writing::Close(code)
            }
            Poll::Ready(Next::Probe) => {
                inner.probed = true;
                Writing::Ping
            }
            Poll::Pending => Writing::Empty,
        }
    }

    /// Takes the messages of a POST that were not taken before; the first has the number `first`.
    pub(super) fn take(
        &self,
        hub: &Hub,
        received: u64,
        first: u64,
        texts: &[&str],
    ) -> Result<(), Gap> {
        let mut inner = self.lock();
        if inner.over.is_some() {
            return Ok(());
        }
        if received <= inner.written {
            inner.confirm(received);
        }
        if self.outbox.is_closing() {
            // What was confirmed made room for the last words.
            wake(inner);
            return Ok(());
        }
        let now = Instant::now();
        inner.heard = now;
        if std::mem::take(&mut inner.probed) {
            let connection = self.connection;
            hub.handle(Input::Alive { connection });
        }
        let before = inner.taken.saturating_add(1).checked_sub(first);
        let before = before.ok_or(Gap)?;
        let new = texts.get(usize::try_from(before).unwrap_or(usize::MAX)..);
        let new = new.unwrap_or_default();
        if new.is_empty() && inner.idles_too_much(now, hub.limits.ping_interval) {
            self.close(hub, CloseCode::TooManyMessages);
        }
        let connection = self.connection;
        for text in new {
            inner.taken += 1;
            hub.handle(match codec::decode(text) {
                Ok(message) => Input::Message {
                    connection,
                    message,
                },
                Err(why) => Input::Undecodable { connection, why },
            });
        }
        wake(inner);
        self.changed.notify_one();
        Ok(())
    }

    /// Closes it from this side. For the rooms it is gone already.
    pub(super) fn close(&self, hub: &Hub, code: CloseCode) {
        self.outbox.close(code);
        let connection = self.connection;
        hub.handle(Input::Closed { connection });
    }

    /// A WebSocket takes over: its connection, with all that the client has not received.
    pub(super) fn hand_over(&self, received: u64) -> Result<(SocketId, Arc<Outbox>), Unknown> {
        let mut inner = self.lock();
        if inner.over.is_some() || received > inner.written {
            return Err(Unknown);
        }
        inner.confirm(received);
        let attached = ServerMessage::Attached {
            received: inner.taken,
        };
        let missed = inner.unconfirmed.drain(..);
        self.outbox
            .put_back(std::iter::once(codec::encode(&attached)).chain(missed));
        inner.over = Some(Over::HandedOver);
        wake(inner);
        self.changed.notify_one();
        Ok((self.connection, Arc::clone(&self.outbox)))
    }

    /// When it ends if nothing happens; none if it is over.
    fn deadline(&self, silence: Duration) -> Option<Instant> {
        let inner = self.lock();
        if inner.over.is_some() {
            return None;
        }
        let silent = inner.ends.unwrap_or(inner.heard + silence);
        let alone = inner.alone_since.map(|since| since + ALONE_LIMIT);
        Some(inner.ends.or(alone).map_or(silent, |at| at.min(silent)))
    }

    /// It is time to end. True if that is for silence, and somebody is there to read that.
    fn falls_silent(&self) -> bool {
        let mut inner = self.lock();
        if inner.ends.is_some() || inner.alone_since.is_some() {
            return false;
        }
        inner.ends = Some(Instant::now() + ALONE_LIMIT);
        true
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn confirm(&mut self, received: u64) {
        while self.written.saturating_sub(self.unconfirmed.len() as u64) < received {
            let Some(text) = self.unconfirmed.pop_front() else {
                return;
            };
            self.bytes = self.bytes.saturating_sub(text.len());
        }
    }

    fn unconfirmed(&self) -> impl Iterator<Item = Numbered> {
        let first = self.written.saturating_sub(self.unconfirmed.len() as u64) + 1;
        (first..).zip(self.unconfirmed.iter().cloned())
    }

    fn idles_too_much(&mut self, now: Instant, interval: Duration) -> bool {
        if now.saturating_duration_since(self.idle_since) >= interval {
            self.idle_since = now;
            self.idle_posts = 0;
        }
        self.idle_posts += 1;
        self.idle_posts > MAX_IDLE_POSTS
    }
}

fn wake(mut inner: MutexGuard<'_, Inner>) {
    let waker = inner.waker.take();
    drop(inner);
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Ends a session when it is time to.
async fn watch(sessions: Arc<Sessions>, session: Arc<Session>) {
    let hub = sessions.hub();
    let mut open = Open::new(Arc::clone(hub), session.connection);
    let silence = hub.limits.ping_interval.saturating_mul(SILENT_INTERVALS);
    while let Some(deadline) = session.deadline(silence) {
        tokio::select! {
            () = session.changed.notified() => {}
            () = tokio::time::sleep_until(deadline) => {
                if session.falls_silent() {
                    session.close(hub, CloseCode::Idle);
                } else {
                    break;
                }
            }
        }
    }
    let mut inner = session.lock();
    if inner.over == Some(Over::HandedOver) {
        open.release();
    }
    inner.over.get_or_insert(Over::Closed);
    wake(inner);
    sessions.remove(&session.id);
}
