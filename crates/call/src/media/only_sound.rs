//! Only sound, for a poor link: no pictures are sent or received.

use super::local::LocalMedia;
use crate::outbox::Outbox;

impl LocalMedia {
    pub(crate) fn is_only_sound(&self) -> bool {
        self.only_sound
    }

    /// Stops all pictures, or brings them back as they were. A screen is not shared again by itself.
    pub(crate) fn set_only_sound(&mut self, on: bool, out: &mut Outbox) {
        if !self.in_use || std::mem::replace(&mut self.only_sound, on) == on {
            return;
        }
        if on {
            self.set_screen(false, out);
            self.close_camera(out);
        } else if self.camera_on && !self.held {
            self.open(false, true, out);
        }
    }
}
