//! What the person writes to the others, and reads of them.

use protocol::{ChatText, ClientMessage, ParticipantId, ServerMessage};

use super::call::{Call, Stage};
use crate::stage::Presence;
use crate::view::{Bell, NoticeKind};

/// A notice shows so many characters of a text.
const BEGINNING: usize = 80;

impl Call {
    /// The person writes a text. With nobody there to read it, or after too many others, it is not
    /// taken; the page keeps what was typed.
    pub(crate) fn write(&mut self, text: &str) {
        let unix_ms = self.unix_ms();
        let (Stage::Call(session), Some(text)) = (&mut self.stage, ChatText::clean(text)) else {
            return;
        };
        let readers: Vec<_> = session.peers.iter().map(|it| it.about.id.clone()).collect();
        if readers.is_empty() {
            return;
        }
        let here = session.presence == Presence::Here;
        let Some(message) = session.chat.write(self.now, unix_ms, text, readers) else {
            return;
        };
        if here {
            session.chat.sent(self.now);
        }
        self.send_to_room(message);
    }

    /// The person opens or closes the chat.
    pub(super) fn open_chat(&mut self, open: bool) {
        let seen = !self.hidden;
        if let Stage::Call(session) = &mut self.stage {
            session.chat.set_open(open, seen);
            if open {
                self.notices.drop_chat();
            }
        }
    }

    /// A participant has written.
    pub(super) fn chat_came(&mut self, from: ParticipantId, id: u64, text: ChatText) {
        let (unix_ms, seen) = (self.unix_ms(), !self.hidden);
        let Stage::Call(session) = &mut self.stage else {
            return;
        };
        let Some(name) = session.peer(&from).map(|it| it.about.name.clone()) else {
            return;
        };
        let beginning = beginning(&text);
        let was_unread = session.chat.unread() > 0;
        if !session
            .chat
            .came((from, name.clone()), id, text, unix_ms, seen)
        {
            return;
        }
        if !session.chat.is_open() {
            let kind = NoticeKind::Chat {
                name: name.clone(),
                beginning,
            };
            self.notices.chat(self.now, kind);
        }
        // Only the first of them rings, or one person could go on ringing.
        if !was_unread {
            self.ring(Bell::Wrote { name });
        }
    }

    /// Sends what somebody may have missed once more, if this message tells that somebody has.
    pub(super) fn write_again(&mut self, message: &ServerMessage) {
        let back = match message {
            // After a restart of the server, those of before come like newcomers.
            ServerMessage::ParticipantJoined { participant } => &participant.id,
            ServerMessage::ParticipantConnection {
                participant,
                connected: true,
                missed: true,
            } => participant,
            _ => return,
        };
        let Stage::Call(session) = &self.stage else {
            return;
        };
        for message in session.chat.missed_by(self.now, back) {
            self.send_to_room(message);
        }
    }

    /// Sends what may be lost after the connection to the server was. Those of `present` were in the
    /// room when it was back; none if no message is lost, and what waited was sent already.
    pub(super) fn write_after_absence(&mut self, present: Option<&[ParticipantId]>) {
        let now = self.now;
        let Stage::Call(session) = &mut self.stage else {
            return;
        };
        let messages: Vec<ClientMessage> =
            present.map_or_else(Vec::new, |it| session.chat.after_a_gap(now, it));
        session.chat.sent(now);
        for message in messages {
            self.send_to_room(message);
        }
    }
}

/// The beginning of a text, in one line.
fn beginning(text: &ChatText) -> String {
    let mut chars = text.as_str().chars();
    let mut beginning: String = chars.by_ref().take(BEGINNING).collect();
    beginning = beginning.replace('\n', " ");
    if chars.next().is_some() {
        beginning.push('…');
    }
    beginning
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_shows_the_beginning_in_one_line() {
        let text = |text: &str| beginning(&ChatText::clean(text).unwrap());
        assert_eq!(text("one\ntwo"), "one two");
        assert_eq!(text(&"é".repeat(80)), "é".repeat(80));
        assert_eq!(text(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
    }
}
