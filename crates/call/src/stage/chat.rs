//! The texts that people write to each other in a call. The page forgets them when the call ends, and
//! keeps none on the device.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use protocol::{ChatText, ClientMessage, Name, ParticipantId};
use web_time::Instant;

use crate::view::{ChatMessage, ChatView};

/// When there are more messages, the oldest are forgotten.
const MAX_KEPT: usize = 500;
/// For so long after a text was sent it is sent again to a participant who may have missed it. The
/// server holds the place of a participant whose connection was lost for a minute, and after a restart
/// it takes tickets for another.
const SAID_AGAIN_FOR: Duration = Duration::from_secs(120);
/// How many texts may be written in quick succession: half of what the server takes at once, because
/// some may have to be sent again.
const AT_ONCE: u32 = 10;
/// The time between two texts in the long run.
const EVERY: Duration = Duration::from_secs(1);
/// So many own texts at most wait for the connection to the server, or can be sent again.
const MAX_RECENT: usize = 20;

/// The texts of a call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chat {
    /// Views share it until it changes.
    messages: Arc<Vec<ChatMessage>>,
    /// Own texts that may have to be sent, or sent again.
    recent: VecDeque<Recent>,
    /// How many messages there were.
    count: u32,
    last_id: u64,
    unread: u32,
    /// The person has the chat open.
    open: bool,
    /// When the allowance for texts is full again, if it was used.
    full_at: Option<Instant>,
}

/// An own text.
#[derive(Debug, Clone)]
struct Recent {
    id: u64,
    text: ChatText,
    /// When it was sent; none while it waits for the connection to the server.
    sent: Option<Instant>,
    /// Who was there when it was written.
    readers: Vec<ParticipantId>,
}

impl Recent {
    fn message(&self, to: Option<ParticipantId>) -> ClientMessage {
        ClientMessage::Chat {
            id: self.id,
            text: self.text.clone(),
            to,
        }
    }
}

impl Chat {
    /// Writes a text for those who are there, and returns what is to be sent. Until [`Self::sent`] is
    /// called the text is shown as waiting. None if too much was written just now.
    pub(crate) fn write(
        &mut self,
        now: Instant,
        unix_ms: u64,
        text: ChatText,
        readers: Vec<ParticipantId>,
    ) -> Option<ClientMessage> {
        if !self.may_write(now) {
            return None;
        }
        self.full_at = Some(self.full_at.map_or(now, |at| at.max(now)) + EVERY);
        // A page that was loaded anew writes under the same participant id and has forgotten its
        // numbers, so they follow the clock.
        self.last_id = unix_ms.max(self.last_id.saturating_add(1));
        let recent = Recent {
            id: self.last_id,
            text: text.clone(),
            sent: None,
            readers,
        };
        let message = recent.message(None);
        // The oldest does not wait, or no other could be written.
        if self.recent.len() >= MAX_RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(recent);
        self.keep(None, self.last_id, Name::default(), text, unix_ms);
        Some(message)
    }

    /// Everything that was written has been sent.
    pub(crate) fn sent(&mut self, now: Instant) {
        self.recent
            .retain(|it| it.sent.is_none_or(|at| at + SAID_AGAIN_FOR > now));
        for recent in &mut self.recent {
            recent.sent.get_or_insert(now);
        }
        if self.messages.iter().any(|it| it.waits) {
            for message in Arc::make_mut(&mut self.messages) {
                message.waits = false;
            }
        }
    }

    /// What is to be sent when nobody knows whether the last texts arrived: those that waited to
    /// everyone, and the others once more to those who are there and were there before.
    pub(crate) fn after_a_gap(
        &self,
        now: Instant,
        present: &[ParticipantId],
    ) -> Vec<ClientMessage> {
        let mut messages: Vec<_> = present
            .iter()
            .flat_map(|one| self.missed_by(now, one))
            .collect();
        let waiting = self.recent.iter().filter(|it| it.sent.is_none());
        messages.extend(waiting.map(|it| it.message(None)));
        messages
    }

    /// The texts that were sent not long ago, for one who was there and may have missed them.
    pub(crate) fn missed_by(&self, now: Instant, reader: &ParticipantId) -> Vec<ClientMessage> {
        let is_young = |it: &&Recent| it.sent.is_some_and(|at| at + SAID_AGAIN_FOR > now);
        let recent = self.recent.iter().filter(is_young);
        recent
            .filter(|it| it.readers.contains(reader))
            .map(|it| it.message(Some(reader.clone())))
            .collect()
    }

    /// A participant has written. False if the text is known already. `seen` says whether the person
    /// looks at the page.
    pub(crate) fn came(
        &mut self,
        (from, name): (ParticipantId, Name),
        id: u64,
        text: ChatText,
        unix_ms: u64,
        seen: bool,
    ) -> bool {
        let from = Some(from);
        let mut all = self.messages.iter();
        if all.any(|it| it.from == from && it.id == id) {
            return false;
        }
        if !(seen && self.open) {
            self.unread = self.unread.saturating_add(1);
        }
        self.keep(from, id, name, text, unix_ms);
        true
    }

    fn keep(
        &mut self,
        from: Option<ParticipantId>,
        id: u64,
        name: Name,
        text: ChatText,
        at_unix_ms: u64,
    ) {
        self.count = self.count.wrapping_add(1);
        let messages = Arc::make_mut(&mut self.messages);
        if messages.len() >= MAX_KEPT {
            messages.remove(0);
        }
        messages.push(ChatMessage {
            number: self.count,
            waits: from.is_none(),
            from,
            id,
            name,
            text,
            at_unix_ms,
        });
    }

    /// The person opens or closes the chat. `seen` says whether the person looks at the page.
    pub(crate) fn set_open(&mut self, open: bool, seen: bool) {
        self.open = open;
        self.look(seen);
    }

    /// The person looks at the page again, or no longer.
    pub(crate) fn look(&mut self, seen: bool) {
        if seen && self.open {
            self.unread = 0;
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    pub(crate) fn unread(&self) -> u32 {
        self.unread
    }

    /// Whether another text may be written now.
    fn may_write(&self, now: Instant) -> bool {
        let waiting = self.recent.iter().filter(|it| it.sent.is_none()).count();
        waiting < MAX_RECENT && self.next().is_none_or(|next| next <= now)
    }

    /// The earliest time at which another text may be written; none if none was written yet.
    fn next(&self) -> Option<Instant> {
        self.full_at?.checked_sub(EVERY * (AT_ONCE - 1))
    }

    /// When a text may be written again, if that is not now.
    pub(crate) fn deadline(&self, now: Instant) -> Option<Instant> {
        self.next().filter(|next| *next > now)
    }

    pub(crate) fn view(&self, now: Instant) -> ChatView {
        ChatView {
            messages: Arc::clone(&self.messages),
            unread: self.unread,
            may_write: self.may_write(now),
        }
    }
}
