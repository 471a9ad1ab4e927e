//! The list of devices: which of them are new, and which can be used in place of another.

use crate::interface::{Device, DeviceKind};
use crate::view::Found;

/// More devices than this are not listed.
const MAX_DEVICES: usize = 64;
/// Chromium lists the system's choice once more under this id.
const DEFAULT: &str = "default";

/// The devices as the browser listed them last.
#[derive(Debug, Clone, Default)]
pub(super) struct Listing(Vec<Device>);

impl Listing {
    pub(crate) fn all(&self) -> &[Device] {
        &self.0
    }

    /// Takes a new list, and returns what was plugged in since the last one. Devices count only if
    /// the page was allowed to know their kind both times.
    pub(super) fn update(&mut self, mut all: Vec<Device>) -> Option<Found> {
        all.truncate(MAX_DEVICES);
        let before = std::mem::replace(&mut self.0, all);
        let named = |it: &&Device| !it.label.is_empty() && !it.id.is_empty() && it.id != DEFAULT;
        let known: Vec<&Device> = before.iter().filter(named).collect();
        let new = |kind: DeviceKind| {
            // If no device of a kind was known before, the page was not allowed to know that kind.
            let had = known.iter().any(|it| it.kind == kind);
            let mut all = self.0.iter().filter(named);
            all.find(|it| had && it.kind == kind && known.iter().all(|old| old.id != it.id))
        };
        let (microphone, camera) = (new(DeviceKind::Microphone), new(DeviceKind::Camera));
        let speaker = new(DeviceKind::Speaker);
        let first = microphone.or(camera).or(speaker)?;
        let id = |device: Option<&Device>| device.map(|it| it.id.clone());
        Some(Found {
            label: first.label.clone(),
            microphone_id: id(microphone),
            camera_id: id(camera),
            speaker_id: id(speaker),
        })
    }

    /// The chosen speaker, unless the list says that it is not there.
    pub(super) fn speaker(&self, chosen: Option<&String>) -> Option<String> {
        let mut speakers = self.0.iter().filter(|it| it.kind == DeviceKind::Speaker);
        let unknown = speakers.clone().all(|it| it.id.is_empty());
        let there = chosen.filter(|id| unknown || speakers.any(|it| it.id == **id));
        there.cloned()
    }

    /// A camera that was not tried yet. There is none as long as the browser does not tell the ids.
    pub(super) fn other_camera(&self, tried: &[String]) -> Option<&Device> {
        let mut cameras = self.0.iter().filter(|it| it.kind == DeviceKind::Camera);
        cameras.find(|it| !it.id.is_empty() && !tried.contains(&it.id))
    }

    /// The camera that is opened when none is chosen, as far as it is known.
    pub(super) fn first_camera(&self) -> Option<&Device> {
        self.0.iter().find(|it| it.kind == DeviceKind::Camera)
    }
}

/// What is left to offer when this speaker plays already: the chosen one is used again by itself.
pub(super) fn without_speaker(mut found: Found, playing: Option<&String>) -> Option<Found> {
    if found.speaker_id.as_ref() == playing {
        found.speaker_id = None;
    }
    let is_some = found.microphone_id.is_some() || found.camera_id.is_some();
    (is_some || found.speaker_id.is_some()).then_some(found)
}
