//! Which panels there are.

use super::dom;

/// What can be opened over the screen or beside it, one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panel {
    Invite,
    People,
    Chat,
    Details,
    Settings,
    Shortcuts,
    Leaving,
}

impl Panel {
    /// On a wide screen it stands beside the call, which goes on being used.
    pub fn stands_aside(self) -> bool {
        matches!(self, Self::People | Self::Chat | Self::Details) && dom::matches_media(WIDE)
    }

    /// As the style sheet knows it.
    pub fn classes(self) -> &'static str {
        match self {
            Self::People | Self::Details => "panel side",
            Self::Chat => "panel side talk",
            Self::Leaving => "panel small",
            _ => "panel",
        }
    }
}

const WIDE: &str = "(min-width: 900px) and (min-height: 480px)";

/// All panels, in the order of their numbers.
pub const PANELS: [Panel; 7] = [
    Panel::Invite,
    Panel::People,
    Panel::Chat,
    Panel::Details,
    Panel::Settings,
    Panel::Shortcuts,
    Panel::Leaving,
];
