//! Nothing is sent of a person who has waited for long and does not look at the page: they may not
//! know that they would be seen and heard.

use super::local::LocalMedia;
use crate::interface::MediaOp;
use crate::outbox::Outbox;

impl LocalMedia {
    pub(crate) fn is_held(&self) -> bool {
        self.held
    }

    /// Sends nothing any more, and closes the camera, so that its light goes out.
    pub(crate) fn hold(&mut self, out: &mut Outbox) {
        if !std::mem::replace(&mut self.held, true) {
            out.media(MediaOp::EnableMicrophone { on: false });
            self.close_camera(out);
        }
    }

    /// The person looks at the page again: opens and sends what is turned on.
    pub(crate) fn release(&mut self, out: &mut Outbox) {
        if std::mem::take(&mut self.held) && self.in_use {
            out.media(MediaOp::EnableMicrophone { on: !self.muted });
            self.open(false, self.camera_on, out);
        }
    }
}
