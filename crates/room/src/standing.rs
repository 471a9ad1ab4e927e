//! By what somebody is a host.

use protocol::Role;

/// By what somebody is a host, or that it is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Guest,
    /// No other host was left, or one of these made it one. It is a guest again when a host of the
    /// kinds below enters.
    Acting,
    /// A host made it one.
    Made,
    /// It showed the room's secret.
    Secret,
}

impl Standing {
    /// What clients are told of it.
    pub const fn role(self) -> Role {
        match self {
            Self::Guest => Role::Guest,
            Self::Acting | Self::Made | Self::Secret => Role::Host,
        }
    }

    pub(crate) fn is_host(self) -> bool {
        self.role() == Role::Host
    }

    /// Whether it is a host whoever else comes.
    pub(crate) fn lasts(self) -> bool {
        matches!(self, Self::Made | Self::Secret)
    }
}
