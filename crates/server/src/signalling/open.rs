//! A connection that the hub has open.

use std::sync::Arc;

use room::SocketId;

use super::hub::Hub;

/// Reports the end of a connection, also when its task panics or is cancelled.
pub(super) struct Open {
    hub: Arc<Hub>,
    id: Option<SocketId>,
}

impl Open {
    pub(super) fn new(hub: Arc<Hub>, id: SocketId) -> Self {
        Self { hub, id: Some(id) }
    }

    /// It does not end here: another goes on with it.
    pub(super) fn release(&mut self) {
        self.id = None;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.hub.close(id);
        }
    }
}
