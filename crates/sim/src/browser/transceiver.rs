//! RTCRtpTransceiver, as far as descriptions and tracks go.

use super::description::Way;
use super::devices::TrackId;

/// One transceiver.
#[derive(Debug, Clone)]
pub struct Transceiver {
    /// Video, or else audio.
    pub video: bool,
    /// What this side wants.
    pub wanted: Way,
    /// What was agreed.
    pub current: Option<Way>,
    /// The line of the description it belongs to.
    pub line: Option<usize>,
    /// What the sender carries.
    pub track: TrackId,
}
