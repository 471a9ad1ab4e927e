//! The screen that the person shares.

use crate::interface::{MediaOp, RequestId, ScreenContent};
use crate::outbox::Outbox;

/// Whether a screen is shared, and how.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OwnScreen {
    state: State,
    content: Option<ScreenContent>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Off,
    /// The browser asks the person which screen to share.
    Asking(RequestId),
    On {
        sound: bool,
    },
}

impl OwnScreen {
    /// Asks which screen to share, if none is shared.
    pub(crate) fn start(&mut self, out: &mut Outbox) {
        if self.state == State::Off {
            let request = out.new_request();
            self.state = State::Asking(request);
            out.media(MediaOp::OpenScreen { request });
        }
    }

    /// Stops sharing. A screen that the person is just choosing is closed when it arrives.
    pub(crate) fn stop(&mut self, out: &mut Outbox) {
        if self.is_on() {
            out.media(MediaOp::CloseScreen);
        }
        *self = Self::default();
    }

    /// A screen was chosen. True if it is shared now.
    pub(crate) fn opened(&mut self, request: RequestId, sound: bool, out: &mut Outbox) -> bool {
        if self.state == State::Asking(request) {
            self.state = State::On { sound };
            // What can be heard is most likely a film.
            let content = if sound {
                ScreenContent::Motion
            } else {
                ScreenContent::Text
            };
            self.set_content(content, out);
            return true;
        }
        if !self.is_on() {
            out.media(MediaOp::CloseScreen);
        }
        false
    }

    /// No screen was chosen. True if it was this request that failed.
    pub(crate) fn failed(&mut self, request: RequestId) -> bool {
        let asked = self.state == State::Asking(request);
        if asked {
            self.state = State::Off;
        }
        asked
    }

    /// Says what the shared screen shows.
    pub(super) fn set_content(&mut self, content: ScreenContent, out: &mut Outbox) {
        if self.is_on() && self.content != Some(content) {
            self.content = Some(content);
            out.media(MediaOp::SetScreenContent(content));
        }
    }

    pub(super) fn is_on(self) -> bool {
        matches!(self.state, State::On { .. })
    }

    /// Whether what is heard on the screen is shared as well.
    pub(super) fn has_sound(self) -> bool {
        self.state == State::On { sound: true }
    }

    /// What it shows; none if none is shared.
    pub(crate) fn content(self) -> Option<ScreenContent> {
        self.content
    }
}
