//! Devices, what is heard and seen by them, and why they may not open.

/// A device, as `MediaDeviceInfo` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub kind: DeviceKind,
    pub id: String,
    /// Empty before the person has allowed devices.
    pub label: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviceKind {
    Microphone,
    Camera,
    Speaker,
}

/// Why a device could not be opened, from the DOMException's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaError {
    /// NotAllowedError: the person, the browser or the system refused. For a screen: the person
    /// closed the browser's question.
    Denied,
    /// NotAllowedError, because the page came with a policy that keeps the device from it (W3C
    /// Permissions Policy): it is not the person who refused.
    Forbidden,
    /// NotFoundError: there is no such device.
    Missing,
    /// NotReadableError: another program has it.
    Busy,
    /// OverconstrainedError: the chosen device is gone.
    Gone,
    /// No `navigator.mediaDevices`: the page did not come over HTTPS or from localhost.
    Insecure,
    /// Anything else.
    Other,
}

/// The devices that may be asked for one at a time, without another question to a person who has
/// just said no.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    pub microphone: bool,
    pub camera: bool,
}

/// Loudness from 0 (silence) to 1, on a scale that looks even.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Level(pub f32);

/// How loud this person hears another one. Nobody else is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hearing {
    /// From 0 to 100.
    pub percent: u8,
    /// Not at all, whatever `percent` is.
    pub muted: bool,
}

impl Default for Hearing {
    fn default() -> Self {
        Self {
            percent: 100,
            muted: false,
        }
    }
}

/// What a shared screen shows. It decides what the browser keeps where the bandwidth does not suffice
/// for all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenContent {
    /// Text, of which every letter is to be read: all pixels, but few frames a second.
    Text,
    /// Something that moves, as a film does: 30 frames a second, in a smaller picture.
    Motion,
}
