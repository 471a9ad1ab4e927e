//! Short messages to the person, which go away by themselves.

use std::time::Duration;

use web_time::Instant;

use crate::{Notice, NoticeKind};

/// More at once would cover the picture.
const MAX_NOTICES: usize = 4;
/// Long enough to be read.
const SHOWN: Duration = Duration::from_secs(6);

/// The notices that are shown, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notices {
    shown: Vec<(Instant, Notice)>,
    last: u32,
}

impl Notices {
    /// Shows one; the same one twice is shown once, for longer.
    pub(crate) fn add(&mut self, now: Instant, kind: NoticeKind) {
        self.shown.retain(|(_, it)| it.kind != kind);
        if self.shown.len() >= MAX_NOTICES {
            self.shown.remove(0);
        }
        self.last = self.last.wrapping_add(1);
        let id = self.last;
        self.shown.push((now + SHOWN, Notice { id, kind }));
    }

    pub(crate) fn dismiss(&mut self, id: u32) {
        self.shown.retain(|(_, it)| it.id != id);
    }

    pub(crate) fn tick(&mut self, now: Instant) {
        self.shown.retain(|(until, _)| *until > now);
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.shown.iter().map(|(until, _)| *until).min()
    }

    pub(crate) fn list(&self) -> Vec<Notice> {
        self.shown.iter().map(|(_, it)| it.clone()).collect()
    }
}
