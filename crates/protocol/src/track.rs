//! What participants send to each other.

/// What a track carries. A participant sends at most one track of each kind (RFC 8834, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrackKind {
    Microphone,
    Camera,
    Screen,
    /// What is heard on the shared screen.
    ScreenSound,
}

impl TrackKind {
    pub const ALL: [Self; 4] = [
        Self::Microphone,
        Self::Camera,
        Self::Screen,
        Self::ScreenSound,
    ];

    /// It is a picture, and not a sound.
    pub fn is_video(self) -> bool {
        matches!(self, Self::Camera | Self::Screen)
    }

    /// It is of the shared screen.
    pub fn is_of_screen(self) -> bool {
        matches!(self, Self::Screen | Self::ScreenSound)
    }
}
