//! Short messages to the person, which go away by themselves.

use std::time::Duration;

use web_time::Instant;

use super::page::{Found, Notice, NoticeKind};

/// More at once would cover the picture.
const MAX_NOTICES: usize = 4;
/// How long any other notice stays: long enough to be read.
const SHOWN: Duration = Duration::from_secs(6);
/// How long a notice with a button stays: long enough to be answered.
const OFFERED: Duration = Duration::from_secs(20);

/// The notices that are shown, oldest first. One without a time stays until it is closed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notices {
    shown: Vec<(Option<Instant>, Notice)>,
    last: u32,
}

impl Notices {
    /// Shows one; the same one twice is shown once, for longer.
    pub(crate) fn add(&mut self, now: Instant, kind: NoticeKind) {
        self.shown.retain(|(_, it)| it.kind != kind);
        if self.shown.len() >= MAX_NOTICES {
            let first = self.shown.iter().position(|(until, _)| until.is_some());
            self.shown.remove(first.unwrap_or_default());
        }
        self.last = self.last.wrapping_add(1);
        let id = self.last;
        let until = match kind {
            NoticeKind::Waiting { .. } => None,
            NoticeKind::DeviceFound(_) => Some(now + OFFERED),
            _ => Some(now + SHOWN),
        };
        self.shown.push((until, Notice { id, kind }));
    }

    /// Another number of people waits outside of the call now. The notice of it changes, or goes away;
    /// one that the person has closed comes back only if more people wait.
    pub(crate) fn waiting(&mut self, now: Instant, before: u32, count: u32) {
        let is_it = |notice: &Notice| matches!(notice.kind, NoticeKind::Waiting { .. });
        let shown = self.shown.iter().any(|(_, it)| is_it(it));
        self.shown.retain(|(_, it)| !is_it(it));
        if count > 0 && (shown || count > before) {
            self.add(now, NoticeKind::Waiting { count });
        }
    }

    /// Somebody has written. Only the newest text is shown.
    pub(crate) fn chat(&mut self, now: Instant, kind: NoticeKind) {
        self.drop_chat();
        self.add(now, kind);
    }

    /// The chat was opened, so that no notice of it is needed.
    pub(crate) fn drop_chat(&mut self) {
        self.shown
            .retain(|(_, it)| !matches!(it.kind, NoticeKind::Chat { .. }));
    }

    /// Offers devices that were plugged in. The devices of a headset may come one after the other,
    /// and become one offer. A second device of the same kind is another thing, and its offer takes
    /// the place of the first.
    pub(crate) fn offer(&mut self, now: Instant, mut found: Found) {
        let earlier = self.shown.iter().find_map(|(_, it)| match &it.kind {
            NoticeKind::DeviceFound(earlier) => Some(earlier.clone()),
            _ => None,
        });
        if let Some(earlier) = earlier {
            if !share_a_kind(&found, &earlier) {
                found.label = earlier.label;
                found.microphone_id = found.microphone_id.or(earlier.microphone_id);
                found.camera_id = found.camera_id.or(earlier.camera_id);
                found.speaker_id = found.speaker_id.or(earlier.speaker_id);
            }
            self.shown
                .retain(|(_, it)| !matches!(it.kind, NoticeKind::DeviceFound(_)));
        }
        self.add(now, NoticeKind::DeviceFound(found));
    }

    /// Removes this notice, and returns the devices that it offers.
    pub(crate) fn take_offer(&mut self, id: u32) -> Option<Found> {
        let at = self.shown.iter().position(|(_, it)| it.id == id)?;
        match self.shown.remove(at).1.kind {
            NoticeKind::DeviceFound(found) => Some(found),
            _ => None,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.shown.clear();
    }

    pub(crate) fn dismiss(&mut self, id: u32) {
        self.shown.retain(|(_, it)| it.id != id);
    }

    pub(crate) fn tick(&mut self, now: Instant) {
        self.shown
            .retain(|(until, _)| until.is_none_or(|it| it > now));
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.shown.iter().filter_map(|(until, _)| *until).min()
    }

    pub(crate) fn list(&self) -> Vec<Notice> {
        self.shown.iter().map(|(_, it)| it.clone()).collect()
    }
}

/// Whether both hold a device of the same kind.
fn share_a_kind(one: &Found, other: &Found) -> bool {
    one.microphone_id.is_some() && other.microphone_id.is_some()
        || one.camera_id.is_some() && other.camera_id.is_some()
        || one.speaker_id.is_some() && other.speaker_id.is_some()
}
