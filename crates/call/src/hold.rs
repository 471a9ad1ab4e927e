//! Nobody is seen and heard who does not look at the page and may not know of it.

use crate::MediaOp;
use crate::media::LocalMedia;
use crate::outbox::Outbox;

impl LocalMedia {
    pub(crate) fn is_held(&self) -> bool {
        self.held
    }

    /// Nobody looks at the page any more: nothing is sent, and the camera's light goes out.
    pub(crate) fn hold(&mut self, out: &mut Outbox) {
        if !std::mem::replace(&mut self.held, true) {
            out.media(MediaOp::EnableMicrophone { on: false });
            self.close_camera(out);
        }
    }

    /// Somebody does.
    pub(crate) fn release(&mut self, out: &mut Outbox) {
        if std::mem::take(&mut self.held) && self.in_use {
            out.media(MediaOp::EnableMicrophone { on: !self.muted });
            self.open(false, self.camera_on, out);
        }
    }
}
