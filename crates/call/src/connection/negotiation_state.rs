//! How far offer and answer have come.

/// How far offer and answer have come, and with that, which operation is outstanding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Negotiation {
    /// Nothing is being negotiated.
    Stable { busy: Option<Busy> },
    /// An offer is wanted: setting the transceivers.
    PreparingOffer,
    /// Making the offer and setting it.
    MakingOffer,
    /// The offer is set and, unless the other side's came first, sent.
    HaveLocalOffer { sent: bool, busy: Option<Busy> },
    /// Setting the answer to it.
    SettingAnswer,
    /// Taking the own offer back, to yield to the one in the inbox.
    RollingBack,
    /// Setting the other side's offer.
    SettingOffer,
    /// Taking the offer's transceivers over.
    PreparingAnswer,
    /// Making the answer and setting it.
    MakingAnswer,
}

/// An outstanding operation that leaves the negotiation as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Busy {
    AddingCandidate,
    ReplacingTracks,
}

impl Negotiation {
    /// Idle: nothing under way, nothing outstanding.
    pub(crate) fn is_settled(self) -> bool {
        self == Self::Stable { busy: None }
    }

    /// A local description is in the making; what is gathered now must not overtake it.
    pub(super) fn describes(self) -> bool {
        matches!(
            self,
            Self::PreparingOffer
                | Self::MakingOffer
                | Self::HaveLocalOffer { sent: false, .. }
                | Self::RollingBack
                | Self::SettingOffer
                | Self::PreparingAnswer
                | Self::MakingAnswer
        )
    }

    /// An own offer is under way.
    pub(crate) fn offers(self) -> bool {
        matches!(
            self,
            Self::PreparingOffer | Self::MakingOffer | Self::HaveLocalOffer { .. }
        )
    }
}
