//! A session of the fallback: the server's messages come as events of an answer that is asked for
//! again and again, ours go as POSTs. Both are numbered, so that what is said twice is heard once.

use std::collections::VecDeque;
use std::time::Duration;

use protocol::{ClientMessage, SessionId};
use web_time::Instant;

use crate::outbox::Outbox;
use crate::reply::{Obstacle, Outcome};
use crate::socket::{Listen, Post, SocketEvent, SocketId, SocketOp};

/// An answer that has not begun within this time is held back by something on the way.
const BEGIN_WITHIN: Duration = Duration::from_secs(3);
/// The same for an answer that comes only when it is whole.
const WHOLE_WITHIN: Duration = Duration::from_millis(protocol::fallback::WHOLE_WAIT_MS + 10_000);
/// A POST without an answer in this time is sent again.
const POST_WITHIN: Duration = Duration::from_secs(10);
/// The waits before what failed is tried again. The server keeps a session that nobody listens
/// to for 5 seconds.
const WAITS_MS: [u64; 4] = [0, 300, 1_000, 2_000];
/// An answer that lasted so long was none that failed.
const LASTING: Duration = Duration::from_secs(1);
/// Messages that may wait for the server to take them.
const MAX_QUEUE: usize = 256;
/// Messages in one POST, of which one is a description: those are the long ones.
const MAX_BATCH: usize = 32;

/// What an event means to the engine.
#[derive(Debug)]
pub enum Heard {
    Nothing,
    /// Messages may be sent.
    Opened,
    Message(protocol::ServerMessage),
    /// It is over; the close code, if the server gave one.
    Closed(Option<u16>),
}

/// One session.
#[derive(Debug, Clone)]
pub struct Fallback {
    socket: SocketId,
    session: Option<SessionId>,
    /// Something on the way passes answers on only when they are whole.
    whole: bool,
    answer: Answer,
    answers_failed: usize,
    /// The number of the server's last message.
    received: u64,
    /// The server asked for a POST.
    asked: bool,
    /// Ours that the server has not confirmed; the first has the number after `confirmed`.
    queue: VecDeque<ClientMessage>,
    confirmed: u64,
    posting: Posting,
    posts_failed: usize,
    /// A WebSocket is about to take over: nothing is heard or said here any more.
    frozen: bool,
    /// What answered in the place of the server, after which the session is lost.
    obstacle: Option<Obstacle>,
}

#[derive(Debug, Clone, Copy)]
enum Answer {
    Asked { until: Instant },
    Coming { since: Instant, fruitful: bool },
    Over { again: Instant },
}

#[derive(Debug, Clone, Copy)]
enum Posting {
    Idle,
    Out { through: u64, until: Instant },
    Failed { again: Instant },
}

/// The session is lost.
#[derive(Debug)]
pub struct Lost;

impl Fallback {
    /// Asks for a new session.
    pub fn open(now: Instant, out: &mut Outbox) -> Self {
        Self::begin(false, now, out)
    }

    /// The same by answers that come only when they are whole.
    pub fn open_whole(now: Instant, out: &mut Outbox) -> Self {
        Self::begin(true, now, out)
    }

    fn begin(whole: bool, now: Instant, out: &mut Outbox) -> Self {
        let mut session = Self {
            socket: out.new_socket(),
            session: None,
            whole,
            answer: Answer::Asked { until: now },
            answers_failed: 0,
            received: 0,
            asked: false,
            queue: VecDeque::new(),
            confirmed: 0,
            posting: Posting::Idle,
            posts_failed: 0,
            frozen: false,
            obstacle: None,
        };
        session.listen(now, out);
        session
    }

    /// By which number the shell knows it.
    pub fn socket(&self) -> SocketId {
        self.socket
    }

    /// What answered in the place of the server, after which the session is lost.
    pub fn obstacle(&self) -> Option<Obstacle> {
        self.obstacle
    }

    /// Gives the session up.
    pub fn close(&self, out: &mut Outbox) {
        out.push(self.socket, SocketOp::Close);
    }

    fn listen(&mut self, now: Instant, out: &mut Outbox) {
        let within = if self.whole && self.session.is_some() {
            WHOLE_WITHIN
        } else {
            BEGIN_WITHIN
        };
        self.answer = Answer::Asked {
            until: now + within,
        };
        let listen = Listen {
            session: self.session.clone(),
            received: self.received,
            whole: self.whole,
        };
        out.push(self.socket, SocketOp::Listen(listen));
    }

    pub fn event(&mut self, now: Instant, event: SocketEvent, out: &mut Outbox) -> Heard {
        let result = match event {
            SocketEvent::Closed { code } => return Heard::Closed(code),
            SocketEvent::Posted { through, outcome } => self.posted(now, through, outcome, out),
            _ if self.frozen => Ok(()),
            SocketEvent::Session(id) => {
                let is_new = self.session.is_none();
                if is_new {
                    self.session = Some(id);
                } else if self.session.as_ref() != Some(&id) {
                    return Heard::Closed(None);
                }
                self.answer = Answer::Coming {
                    since: now,
                    fruitful: false,
                };
                if is_new {
                    return Heard::Opened;
                }
                Ok(())
            }
            SocketEvent::Numbered { number, message } => {
                if number == self.received.saturating_add(1) && self.session.is_some() {
                    self.received = number;
                    if let Answer::Coming { fruitful, .. } = &mut self.answer {
                        *fruitful = true;
                    }
                    return Heard::Message(message);
                }
                if number > self.received {
                    // Something in between is missing.
                    self.ended(now, out)
                } else {
                    Ok(())
                }
            }
            SocketEvent::Asked => {
                self.asked = true;
                if let Answer::Coming { fruitful, .. } = &mut self.answer {
                    *fruitful = true;
                }
                self.post(now, out);
                Ok(())
            }
            SocketEvent::Ended(Outcome::Refused) => Err(Lost),
            SocketEvent::Ended(Outcome::Blocked(obstacle)) => {
                self.obstacle = Some(obstacle);
                Err(Lost)
            }
            SocketEvent::Ended(_) => self.ended(now, out),
            SocketEvent::Opened | SocketEvent::Message(_) => Ok(()),
        };
        match result {
            Ok(()) => Heard::Nothing,
            Err(Lost) => Heard::Closed(None),
        }
    }

    /// The answer ended, in whatever way: there will be another.
    fn ended(&mut self, now: Instant, out: &mut Outbox) -> Result<(), Lost> {
        if self.session.is_none() {
            return Err(Lost);
        }
        if let Answer::Coming { since, fruitful } = self.answer
            && (fruitful || now.saturating_duration_since(since) >= LASTING)
        {
            self.answers_failed = 0;
        }
        let wait = WAITS_MS.get(self.answers_failed).ok_or(Lost)?;
        self.answers_failed += 1;
        if *wait == 0 {
            self.listen(now, out);
        } else {
            let again = now + Duration::from_millis(*wait);
            self.answer = Answer::Over { again };
        }
        Ok(())
    }

    fn posted(
        &mut self,
        now: Instant,
        through: u64,
        outcome: Outcome,
        out: &mut Outbox,
    ) -> Result<(), Lost> {
        match outcome {
            Outcome::Done => {
                self.confirm(through);
                self.posts_failed = 0;
                if self.is_out(through) {
                    self.posting = Posting::Idle;
                    self.post(now, out);
                }
                Ok(())
            }
            Outcome::Failed if self.is_out(through) => self.post_failed(now, out),
            Outcome::Failed => Ok(()),
            Outcome::Refused | Outcome::Blocked(_) if self.frozen => Ok(()),
            Outcome::Refused | Outcome::Blocked(_) => Err(Lost),
        }
    }

    fn is_out(&self, it: u64) -> bool {
        matches!(self.posting, Posting::Out { through, .. } if through == it)
    }

    fn post_failed(&mut self, now: Instant, out: &mut Outbox) -> Result<(), Lost> {
        let wait = WAITS_MS.get(self.posts_failed).ok_or(Lost)?;
        self.posts_failed += 1;
        // Also when all it had to say was that somebody is here.
        self.asked = true;
        if *wait == 0 {
            self.posting = Posting::Idle;
            self.post(now, out);
        } else {
            let again = now + Duration::from_millis(*wait);
            self.posting = Posting::Failed { again };
        }
        Ok(())
    }

    fn confirm(&mut self, through: u64) {
        while self.confirmed < through && self.queue.pop_front().is_some() {
            self.confirmed += 1;
        }
    }

    /// Sends what waits, when nothing is on its way.
    fn post(&mut self, now: Instant, out: &mut Outbox) {
        if !matches!(self.posting, Posting::Idle) || (self.queue.is_empty() && !self.asked) {
            return;
        }
        let mut descriptions = 0;
        let batch = self.queue.iter().take(MAX_BATCH).take_while(|it| {
            let long = matches!(
                it,
                ClientMessage::Offer { .. } | ClientMessage::Answer { .. }
            );
            descriptions += u32::from(long);
            descriptions <= 1
        });
        let messages = batch.cloned().collect();
        self.post_now(now, messages, false, out);
    }

    fn post_now(
        &mut self,
        now: Instant,
        messages: Vec<ClientMessage>,
        farewell: bool,
        out: &mut Outbox,
    ) {
        let Some(session) = self.session.clone().filter(|_| !self.frozen) else {
            return;
        };
        self.asked = false;
        self.posting = Posting::Out {
            through: self.confirmed + messages.len() as u64,
            until: now + POST_WITHIN,
        };
        let post = Post {
            session,
            received: self.received,
            first: self.confirmed + 1,
            messages,
            farewell,
        };
        out.push(self.socket, SocketOp::Post(post));
    }

    /// Sends in its turn; a farewell at once, as there may be no later.
    pub fn send(
        &mut self,
        now: Instant,
        message: ClientMessage,
        out: &mut Outbox,
    ) -> Result<(), Lost> {
        if self.queue.len() >= MAX_QUEUE {
            return Err(Lost);
        }
        let farewell = matches!(message, ClientMessage::Leave {});
        self.queue.push_back(message);
        if farewell && self.queue.len() <= MAX_BATCH {
            let messages = self.queue.iter().cloned().collect();
            self.post_now(now, messages, true, out);
        } else {
            self.post(now, out);
        }
        Ok(())
    }

    pub fn deadline(&self) -> Option<Instant> {
        if self.frozen {
            return None;
        }
        let answer = match self.answer {
            Answer::Asked { until } => Some(until),
            Answer::Over { again } => Some(again),
            Answer::Coming { .. } => None,
        };
        let posting = match self.posting {
            Posting::Out { until, .. } => Some(until),
            Posting::Failed { again } => Some(again),
            Posting::Idle => None,
        };
        [answer, posting].into_iter().flatten().min()
    }

    pub fn tick(&mut self, now: Instant, out: &mut Outbox) -> Result<(), Lost> {
        if self.deadline().is_none_or(|at| at > now) {
            return Ok(());
        }
        match self.answer {
            Answer::Asked { until } => {
                let late = until <= now;
                if late && !self.waits_for_whole(now, out) {
                    self.ended(now, out)?;
                }
            }
            Answer::Over { again } if again <= now => self.listen(now, out),
            Answer::Over { .. } | Answer::Coming { .. } => {}
        }
        match self.posting {
            Posting::Out { until, .. } if until <= now => self.post_failed(now, out)?,
            Posting::Failed { again } if again <= now => {
                self.posting = Posting::Idle;
                self.post(now, out);
            }
            _ => {}
        }
        Ok(())
    }

    /// Something on the way seems to hold the answer back: asks for short ones from now on.
    /// False if that is done already.
    pub(crate) fn waits_for_whole(&mut self, now: Instant, out: &mut Outbox) -> bool {
        let changes = !std::mem::replace(&mut self.whole, true);
        if changes {
            self.listen(now, out);
        }
        changes
    }

    /// The network or the page is back: no more waiting.
    pub(crate) fn wake(&mut self, now: Instant, out: &mut Outbox) {
        if self.frozen {
            return;
        }
        if matches!(self.answer, Answer::Over { .. }) {
            self.listen(now, out);
        }
        if matches!(self.posting, Posting::Failed { .. }) {
            self.posting = Posting::Idle;
            self.post(now, out);
        }
    }

    /// What a WebSocket says to take over. Nothing is heard or said here until it does.
    pub(crate) fn hand_over(&mut self) -> Option<ClientMessage> {
        let session = self.session.clone()?;
        self.frozen = true;
        let received = self.received;
        Some(ClientMessage::Attach { session, received })
    }

    /// The WebSocket has taken over, and `received` of our messages had come: the others.
    pub(crate) fn handed_over(
        mut self,
        received: u64,
        out: &mut Outbox,
    ) -> VecDeque<ClientMessage> {
        self.confirm(received);
        self.close(out);
        self.queue
    }

    /// The WebSocket did not take over: goes on.
    pub(crate) fn go_on(&mut self, now: Instant, out: &mut Outbox) {
        if std::mem::take(&mut self.frozen) {
            self.listen(now, out);
            self.post(now, out);
        }
    }
}
