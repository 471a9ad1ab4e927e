//! Whether a participant is a host, and why.

use protocol::Role;

/// Whether a participant is a host, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Guest,
    /// It is a host because no other was left, or because an acting host made it one. It becomes a
    /// guest again when a lasting host enters.
    Acting,
    /// A lasting host made it a host.
    Made,
    /// It showed the room's secret.
    Secret,
}

impl Standing {
    /// The role that clients are told.
    pub const fn role(self) -> Role {
        match self {
            Self::Guest => Role::Guest,
            Self::Acting | Self::Made | Self::Secret => Role::Host,
        }
    }

    pub(crate) fn is_host(self) -> bool {
        self.role() == Role::Host
    }

    /// Whether it is a lasting host: one that stays host whoever else enters.
    pub(crate) fn lasts(self) -> bool {
        matches!(self, Self::Made | Self::Secret)
    }
}
